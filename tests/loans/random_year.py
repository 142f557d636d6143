"""A year of a library in which everything happens: three branches in three zones, and acts of every kind, by chance."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select

from loans_service.application.fines.give_back import Refund, Undoing
from loans_service.application.fines.settle_fine import Payment, Waiver
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.commands import HoldCancellation, OfHold
from loans_service.application.holds.placing.ask_all import NewHold
from loans_service.application.lending.amendments.amend_loan import Loss
from loans_service.application.lending.amendments.charge_borrower import settle_loss
from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.lending.check_out_backdated import BackdatedCheckOut
from loans_service.application.lending.check_out_offline import OfflineCheckOut
from loans_service.application.lending.renewals.renew_loan import Renew
from loans_service.application.lending.return_copy import Scan
from loans_service.application.neighbours import MemberKey
from loans_service.application.privacy.follow_member import CategoryNews, MergedMembersNews
from loans_service.application.rules.note_zones import NoteZones
from loans_service.application.tills.book_receipt import AtTill
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.lending.backdating import Backdating
from loans_service.domain.lending.offline import Offline
from loans_service.domain.money import Money
from loans_service.domain.statistics.atoms import IN_HOUSE_USES
from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.tables import holds, loans, plumbing
from loans_service.persistence.tills.till_tables import till_receipts
from shared import context
from shared.kernel.cube import Count
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.messaging.bus import OutgoingEvent
from shared.messaging.relay import OutboxRelay
from shared.persistence.database import Database
from shared.persistence.work import AnsweredMeanwhile
from shared.tasks import WakeUp
from tests.loans.branch import Branch
from tests.loans.fakes import FakeBranches, FakeCatalogue
from tests.loans.figures_oracle import Done, Oracle, Person
from tests.loans.makers import a_copy, a_loan, a_standing, default_document
from tests.shared.messaging.fakes import RecordingPublisher

ZONES = {"MAIN": "Europe/Vienna", "EAST": "America/New_York", "WEST": "Pacific/Auckland"}
TYPES, LOCATIONS = ("book", "book", "dvd", "magazine"), ("fiction", "children", None)
CATEGORIES = ("adult", "child", "student", "senior", "staff")
DESK, KIOSK = str(UUID(int=7)), "kiosk"
CHANNELS = {DESK: "desk", KIOSK: "machine", "borrower": "reader", "system": "itself"}


class ZonedCatalogue(FakeCatalogue):
    """Books, which says of a copy the zone of the desk."""

    async def lendable_copy(self, key: CopyKey, *, desk: str | None = None) -> LendableCopy:
        found = await super().lendable_copy(key, desk=desk)
        return replace(found, timezone=ZONES[found.desk or found.branch])


class Year:
    """The library, and what an oracle needs to know besides the events."""

    def __init__(self, database: Database, seed: int) -> None:
        self.dice = random.Random(seed)
        self.copies = [self._copy(number) for number in range(40)]
        self.branch = Branch(database, *self.copies)
        self.branch.catalogue = ZonedCatalogue(*self.copies)
        self.branch.catalogue.branches, self.branch.catalogue.zones = [*ZONES], ZONES
        self.clock = self.branch.clock
        self.clock.time = datetime(2026, 1, 1, 6, tzinfo=UTC)
        self.people: dict[str, Person] = {}
        self.cards: list[str] = []
        self.number = 0
        things = {str(copy.copy_id): (copy.item_type, copy.location or "unknown") for copy in self.copies}
        things |= {str(copy.book_id): things[str(copy.copy_id)] for copy in self.copies}
        self.oracle = Oracle(ZONES, things)

    def _copy(self, number: int) -> LendableCopy:
        branch, item_type = self.dice.choice([*ZONES]), self.dice.choice(TYPES)
        ids: dict[str, Any] = {"copy_id": UUID(int=1_000 + number), "book_id": UUID(int=2_000 + number)}
        place: dict[str, Any] = {"branch": branch, "location": self.dice.choice(LOCATIONS)}
        return a_copy(**ids, **place, item_type=item_type, barcode=f"C{number}")

    async def open(self) -> None:
        """Let members join, and the rules be generous, so that most acts happen."""
        for number in range(40):
            self._enrol(f"M{number}", self.dice.choice(CATEGORIES), self.dice.choice([None, *range(3, 90)]))
        document = default_document()
        much = {"most_loans": 40, "most_holds": 20, "most_overdue": 50, "most_owed": {"amount": 900_000}}
        rules = [rule | {"auto_renew": rule.get("category") == "staff"} for rule in document["rules"]]
        await self.branch.put_policy(terms=[terms | much for terms in document["terms"]], rules=rules)
        for branch in ("MAIN", "EAST"):
            await self.branch.put_calendar({"timezone": ZONES[branch], "closed": []}, branch)
        await NoteZones(self.branch.unit_of_work, FakeBranches(self.branch.catalogue))()
        await self._act("system", None, self._move_in)

    def _enrol(self, card: str, category: str, age: int | None) -> None:
        known = self.branch.members.by_card.get(card)
        member_id = new_id() if known is None else known.member_id
        ends = self.clock.now().date().replace(year=2030)
        self.branch.members.by_card[card] = a_standing(
            member_id=member_id, category=category, age=age, membership_ends=ends
        )
        self.people = {**self.people, str(member_id): (category, age)}
        self.cards = sorted({*self.cards, card})

    async def _move_in(self) -> None:
        """Take loans over from another system: they are stock, and no acts."""
        who = self.branch.members.by_card["M0"]
        async with self.branch.unit_of_work() as uow:
            for copy in self.copies[:3]:
                now = self.clock.now()
                loan = a_loan(copy_id=copy.copy_id, barcode=copy.barcode, member_id=who.member_id, now=now)
                loan.copy = replace(copy.as_circulating())
                loan.terms = replace(loan.terms, category=who.category, age_band=who.age_band)
                loan.timezone = ZONES["MAIN"]
                loan.due_at = now + timedelta(days=20)
                loan.take_over(renewals=0, why="Moved in.", now=now)
                uow.loans.add(loan)
            await uow.commit(imported=True)

    async def run(self, acts: int, *, of: int) -> None:
        """Let so many things happen, of those of a year."""
        kinds = [*self._kinds()]
        weights = [weight for weight, _ in kinds]
        for _ in range(acts):
            pause = self.dice.expovariate(of / (364 * 24 * 60))
            self.clock.pass_by(timedelta(minutes=pause))
            ((_, act),) = self.dice.choices(kinds, weights)
            await act()

    def _kinds(self) -> list[tuple[int, Callable[[], Awaitable[None]]]]:
        return [
            *((30, self.check_out), (4, self.check_out_offline), (3, self.check_out_on_paper), (24, self.give_back)),
            *((3, self.give_back_offline), (3, self.give_back_earlier), (10, self.renew), (12, self.hold)),
            *(
                (8, self.collect),
                (4, self.cancel),
                (5, self.pay),
                (2, self.waive),
                (2, self.undo),
                (2, self.refund),
                (2, self.lose),
            ),
            *((4, self.sweep), (2, self.change_member), (1, self.merge_members), (3, self.use_in_house)),
            (1, self.close_a_branch),
        ]

    async def _act(
        self,
        by: str,
        branch: str | None,
        act: Callable[[], Awaitable[Any]],
        channel: str = "",
        lent_at: str | None = None,
    ) -> Any:
        """Do something as this actor; what is refused happens not."""
        self.number += 1
        name = f"act-{self.number}"
        self.oracle.acts[name] = Done(channel or CHANNELS[by], branch, self.people, lent_at)
        with context.working_on(context.new_context(request_id=name)), suppress(LibraryError):
            return await act()

    def _somebody(self) -> MemberKey:
        return MemberKey(card_number=self.dice.choice(self.cards))

    def _some_copy(self) -> CopyKey:
        return CopyKey(barcode=self.dice.choice(self.copies).barcode)

    async def check_out(self) -> None:
        """Lend a copy at a desk or machine; sometimes the answer is lost, and the request comes again."""
        by, branch = self.dice.choice([DESK, DESK, KIOSK]), self.dice.choice([*ZONES])
        command = CheckOut(self._some_copy(), self._somebody(), branch=branch, by=by)
        receipt = Receipt.of(caller=by, key=str(new_id()), request=b"")
        lending = self.branch.lending
        for _ in range(self.dice.choice([1, 1, 1, 2])):
            with suppress(AnsweredMeanwhile):
                await self._act(by, None, lambda: lending.check_out_copy(command, receipt))

    def _earlier(self) -> datetime:
        return self.clock.now() - timedelta(hours=self.dice.choice([1, 5, 30, 200]))

    async def check_out_offline(self) -> None:
        by, branch, at = KIOSK, self.dice.choice([*ZONES]), self._earlier()
        command = CheckOut(self._some_copy(), self._somebody(), branch=branch, by=by)
        lend = OfflineCheckOut(self.branch.lending.check_out_copy, Offline(at, by=by))
        await self._act(by, None, lambda: lend(command), "offline", branch)

    async def check_out_on_paper(self) -> None:
        branch, at = self.dice.choice([*ZONES]), self._earlier()
        command = CheckOut(self._some_copy(), self._somebody(), branch=branch, by=DESK, by_staff=True)
        lend = BackdatedCheckOut(self.branch.lending.check_out_copy, Backdating(at, "A power cut."))
        await self._act(DESK, None, lambda: lend(command))

    async def give_back(self) -> None:
        by, branch = self.dice.choice([DESK, KIOSK]), self.dice.choice([*ZONES])
        lent = await self._one(select(loans.c.barcode).where(loans.c.returned_at.is_(None)))
        if lent is not None:
            scan = Scan(CopyKey(barcode=lent), branch, by=by)
            await self._act(by, branch, lambda: self.branch.lending.return_copy(scan))

    async def give_back_offline(self) -> None:
        branch, at = self.dice.choice([*ZONES]), self._earlier()
        scan = Scan(self._some_copy(), branch, by=KIOSK, offline=Offline(at, by=KIOSK))
        await self._act(KIOSK, branch, lambda: self.branch.lending.return_copy(scan), "offline")

    async def give_back_earlier(self) -> None:
        branch = self.dice.choice([*ZONES])
        scan = Scan(self._some_copy(), branch, self._earlier(), by=DESK, by_staff=True)
        await self._act(DESK, branch, lambda: self.branch.lending.return_copy(scan))

    async def renew(self) -> None:
        loan_id = await self._one(select(loans.c.loan_id).where(loans.c.returned_at.is_(None)))
        by, branch = self.dice.choice([(DESK, "EAST"), (DESK, None), (KIOSK, None), ("borrower", None)])
        offline = Offline(self._earlier(), by=KIOSK) if by == KIOSK and self.dice.random() < 0.3 else None
        if loan_id is not None:
            command = Renew(loan_id, by=by, branch=branch, offline=offline)
            channel = "" if offline is None else "offline"
            await self._act(by, branch, lambda: self.branch.lending.renew_loan(command), channel)

    async def hold(self) -> None:
        by, book = self.dice.choice([DESK, "borrower"]), self.dice.choice(self.copies).book_id
        command = NewHold(self._somebody(), book, pickup_branch=self.dice.choice([*ZONES]), by=by)
        await self._act(by, None, lambda: self.branch.holding.place_hold(command))
        await self._act("system", None, self.branch.holding.choose_targets)

    async def collect(self) -> None:
        """Lend a copy to the one for whom it is to be pulled or is kept."""
        kept = select(holds.c.barcode, holds.c.member_id).where(
            holds.c.ended_at.is_(None), holds.c.copy_id.is_not(None)
        )
        hold = await self._one(kept, whole=True)
        if hold is not None:
            command = CheckOut(CopyKey(barcode=hold.barcode), MemberKey(hold.member_id), branch="MAIN", by=KIOSK)
            await self._act(KIOSK, None, lambda: self.branch.lending.check_out_copy(command))

    async def cancel(self) -> None:
        by = self.dice.choice([DESK, "borrower"])
        hold_id = await self._one(select(holds.c.hold_id).where(holds.c.ended_at.is_(None)))
        if hold_id is not None:
            cancellation = HoldCancellation(OfHold(hold_id, by=by))
            await self._act(by, None, lambda: self.branch.holding.cancel_hold(cancellation))

    @property
    def _money(self) -> FinesUseCases:
        return FinesUseCases(self.branch.ports, settle_loss)

    async def pay(self) -> None:
        by = self.dice.choice([DESK, KIOSK])
        fine = await self._one(select(fines.c.fine_id, fines.c.owed).where(fines.c.owed > 0), whole=True)
        if fine is not None:
            amount = Money(self.dice.choice([fine.owed, max(1, fine.owed // 2)]), "EUR")
            payment = Payment(fine.fine_id, amount, AtTill(branch="MAIN"), by=by)
            await self._act(by, None, lambda: self._money.pay_fine(payment))

    async def waive(self) -> None:
        fine_id = await self._one(select(fines.c.fine_id).where(fines.c.owed > 0))
        if fine_id is not None:
            await self._act(DESK, None, lambda: self._money.waive_fine(Waiver(fine_id, "A flood.", by=DESK)))

    async def undo(self) -> None:
        number = await self._one(select(till_receipts.c.number).where(till_receipts.c.kind == "payment"))
        if number is not None:
            await self._act(DESK, None, lambda: self._money.void_receipt(Undoing(number, by=DESK)))

    async def refund(self) -> None:
        number = await self._one(select(till_receipts.c.number).where(till_receipts.c.kind == "payment"))
        if number is not None:
            amount = Money(self.dice.randint(1, 60), "EUR")
            back = Refund(number, "A word.", amount, by=DESK)
            await self._act(DESK, None, lambda: self._money.refund_receipt(back))

    async def lose(self) -> None:
        is_out = loans.c.returned_at.is_(None), loans.c.lost_at.is_(None)
        loan_id = await self._one(select(loans.c.loan_id).where(*is_out))
        if loan_id is not None:
            await self._act(DESK, None, lambda: self.branch.lending.declare_lost(Loss(loan_id, by=DESK)))

    async def sweep(self) -> None:
        await self._act("system", None, self.branch.lending.sweep)

    async def change_member(self) -> None:
        """Let a member become a year older, and perhaps another category."""
        card = self.dice.choice(self.cards)
        known, category = self.branch.members.by_card[card], self.dice.choice(CATEGORIES)
        self._enrol(card, category, None if known.age is None else known.age + 1)
        news = CategoryNews(str(new_id()), known.member_id, category)
        await self._act("system", None, lambda: self.branch.privacy.follow_category(news, listener="loans.members"))

    async def merge_members(self) -> None:
        if len(self.cards) < 30:
            return
        gone, stays = self.dice.sample(self.cards[1:], 2)
        of = self.branch.members.by_card
        merged, into = of[gone], of[stays]
        news = MergedMembersNews(str(new_id()), merged.member_id, into.member_id, self.number, into.category)
        await self._act("system", None, lambda: self.branch.privacy.join_borrowers(news, listener="loans.members"))
        self.branch.members.merged[merged.member_id] = into.member_id
        self.cards.remove(gone)
        del of[gone]

    async def use_in_house(self) -> None:
        copy, branch = self.dice.choice(self.copies), self.dice.choice([*ZONES])
        day = self.oracle.day_of(self.clock.now(), branch)
        along = {
            "branch": branch,
            "item_type": copy.item_type,
            "location": copy.location or "unknown",
            "channel": "desk",
        }
        async with self.branch.unit_of_work(by=DESK) as uow:
            uow.count(Count(IN_HOUSE_USES.name, day, along))
            await uow.commit()
        self.oracle.add("in_house_uses", day, along)

    async def close_a_branch(self) -> None:
        """Let a branch be merged with another: old figures stay with it, and new ones come to the other."""
        self.branch.catalogue.closed = {"WEST": "EAST"} if self.dice.random() < 0.5 else {}
        await self._act("system", None, self.branch.holding.empty_closed_branches)

    async def settle(self) -> None:
        """End everything that is open, so that everybody can be forgotten."""
        for _ in range(4):
            for row in await self.branch.database.rows(select(loans.c.barcode).where(loans.c.returned_at.is_(None))):
                scan = Scan(CopyKey(barcode=row.barcode), "MAIN", by=DESK)
                await self._act(DESK, "MAIN", partial(self.branch.lending.return_copy, scan))
            for row in await self.branch.database.rows(select(holds.c.hold_id).where(holds.c.ended_at.is_(None))):
                ended = HoldCancellation(OfHold(row.hold_id, by=DESK))
                await self._act(DESK, None, partial(self.branch.holding.cancel_hold, ended))
            for row in await self.branch.database.rows(select(fines.c.fine_id).where(fines.c.owed > 0)):
                waiver = Waiver(row.fine_id, "The end.", by=DESK)
                await self._act(DESK, None, partial(self._money.waive_fine, waiver))

    def _loses(self, publisher: RecordingPublisher) -> Callable[[OutgoingEvent], bool]:
        return lambda _: publisher.calls < 2 and self.dice.random() < 0.7

    async def drain(self) -> None:
        """Let relays publish what waits, of which some are killed and some find no bus; the oracle hears what comes."""
        told = list[dict[str, Any]]()
        while await self.branch.events():
            publisher = RecordingPublisher()
            relay = OutboxRelay(
                self.branch.database, plumbing, publisher, source="/loans", wake_up=WakeUp(), idle=0.01, batch=50
            )
            stop = asyncio.Event()
            running = asyncio.create_task(relay.run(stop))
            breaks: list[Callable[[], object]] = [running.cancel, stop.set, lambda: None, lambda: None]
            publisher.confirming = self.dice.choice(breaks)
            if self.dice.random() < 0.3:
                publisher.fails = self._loses(publisher)
            while not running.done() and await self.branch.events():
                await asyncio.sleep(0.01)
            stop.set()
            await asyncio.wait([running])
            told += [json.loads(event.body) for event in publisher.arrived]
        for event in sorted(told, key=lambda each: str(each["sequence"])):
            self.oracle.hear(event)

    async def _one(self, query: Any, *, whole: bool = False) -> Any:
        rows = sorted(await self.branch.database.rows(query), key=str)
        if not rows:
            return None
        row = self.dice.choice(rows)
        return row if whole else row[0]

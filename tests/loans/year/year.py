"""A year of a library in which everything happens: three branches in three zones, and acts of every kind, by chance."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import isqrt
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, select

from loans_service.application.fines.give_back import Refund, Undoing
from loans_service.application.fines.settle_fine import Payment, Waiver
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.commands import HoldCancellation, OfHold
from loans_service.application.holds.placing.ask_all import NewHold
from loans_service.application.holds.use_cases import HoldUseCases
from loans_service.application.lending.amendments.amend_loan import Loss
from loans_service.application.lending.amendments.charge_borrower import settle_loss
from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.lending.check_out_backdated import BackdatedCheckOut
from loans_service.application.lending.check_out_offline import OfflineCheckOut
from loans_service.application.lending.renewals.renew_loan import Renew
from loans_service.application.lending.return_copy import Scan
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.neighbours import MemberKey
from loans_service.application.privacy.follow_member import CategoryNews, MergedMembersNews
from loans_service.application.privacy.use_cases import PrivacyUseCases
from loans_service.application.rules.note_zones import NoteZones
from loans_service.application.tills.book_receipt import AtTill
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.lending.backdating import Backdating
from loans_service.domain.lending.offline import Offline
from loans_service.domain.money import Money
from loans_service.domain.statistics.atoms import IN_HOUSE_USES
from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.tables import holds, loans
from loans_service.persistence.tills.till_tables import till_receipts
from shared import context
from shared.kernel.cube import Count
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.work import AnsweredMeanwhile
from tests.loans.branch import Branch
from tests.loans.fakes import FakeBranches, FakeCatalogue
from tests.loans.makers import a_copy, a_loan, a_standing, default_document
from tests.loans.year.oracle import Done, Oracle, Person
from tests.loans.year.relays import FrailRelays

_FEWEST = 40  # copies, and members
_OLDEST = 110  # years; whoever is that old stays so, however many acts there are
_RECENT = 50

ZONES = {"MAIN": "Europe/Vienna", "EAST": "America/New_York", "WEST": "Pacific/Auckland"}
TYPES, LOCATIONS = ("book", "book", "dvd", "magazine"), ("fiction", "children", None)
CATEGORIES = ("adult", "child", "student", "senior", "staff")
DESK, KIOSK = str(UUID(int=7)), "kiosk"
CHANNELS = {DESK: "desk", KIOSK: "machine", "borrower": "reader", "system": "itself"}


class ZonedCatalogue(FakeCatalogue):
    """Books, which says of a copy the zone of the desk, and finds it at once among many."""

    def __init__(self, *copies: LendableCopy) -> None:
        super().__init__(*copies)
        self._by_barcode = {copy.barcode: copy for copy in copies}
        self.branches, self.zones = [*ZONES], ZONES

    async def lendable_copy(self, key: CopyKey, *, desk: str | None = None) -> LendableCopy:
        found = self._by_barcode.get(key.barcode or "")
        if found is None:
            found = await super().lendable_copy(key, desk=desk)
        return replace(found, desk=desk, timezone=ZONES[desk or found.branch])


class Year:
    """The library, and what an oracle needs to know besides the events."""

    def __init__(self, database: Database, seed: int, *, acts: int) -> None:
        self.dice = random.Random(seed)
        self.acts = acts
        self.size = max(_FEWEST, isqrt(acts * _FEWEST * _FEWEST // 2_000))
        self.copies = [self._copy(number) for number in range(self.size)]
        self.branch = Branch(database, *self.copies)
        self.branch.catalogue = ZonedCatalogue(*self.copies)
        ports = self.branch.ports  # made once, as a service makes them
        self.lending, self.holding = LendingUseCases(ports), HoldUseCases(ports)
        self.privacy, self.money = PrivacyUseCases(ports), FinesUseCases(ports, settle_loss)
        self.clock = self.branch.clock
        self.clock.time = datetime(2026, 1, 1, 6, tzinfo=UTC)
        self.people: dict[str, Person] = {}
        self.cards: list[str] = []
        self.number = 0
        self.relays = FrailRelays(database, self.dice)
        things = {str(copy.copy_id): (copy.item_type, copy.location or "unknown") for copy in self.copies}
        things |= {str(copy.book_id): things[str(copy.copy_id)] for copy in self.copies}
        self.oracle = Oracle(ZONES, things)

    def _copy(self, number: int) -> LendableCopy:
        branch, item_type = self.dice.choice([*ZONES]), self.dice.choice(TYPES)
        ids: dict[str, Any] = {"copy_id": UUID(int=10_000 + number), "book_id": UUID(int=20_000 + number)}
        place: dict[str, Any] = {"branch": branch, "location": self.dice.choice(LOCATIONS)}
        return a_copy(**ids, **place, item_type=item_type, barcode=f"C{number}")

    async def open(self) -> None:
        """Let members join, and the rules be generous, so that most acts happen."""
        for number in range(self.size):
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

    async def run(self, acts: int) -> None:
        """Let so many things happen, of those of the year."""
        kinds = [*self._kinds()]
        weights = [weight for weight, _ in kinds]
        for _ in range(acts):
            pause = self.dice.expovariate(self.acts / (364 * 24 * 60))
            self.clock.pass_by(timedelta(minutes=pause))
            ((_, act),) = self.dice.choices(kinds, weights)
            await act()

    def _kinds(self) -> list[tuple[int, Callable[[], Awaitable[None]]]]:
        return [
            *((30, self.check_out), (4, self.check_out_offline), (3, self.check_out_on_paper), (24, self.give_back)),
            *((3, self.give_back_offline), (3, self.give_back_earlier), (10, self.renew), (12, self.hold)),
            *((8, self.collect), (4, self.cancel), (5, self.pay), (2, self.waive), (2, self.undo)),
            *((2, self.refund), (2, self.lose), (2, self.sweep), (2, self.change_member), (1, self.merge_members)),
            *((3, self.use_in_house), (1, self.close_a_branch)),
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
        for _ in range(self.dice.choice([1, 1, 1, 2])):
            with suppress(AnsweredMeanwhile):
                await self._act(by, None, lambda: self.lending.check_out_copy(command, receipt))

    def _earlier(self) -> datetime:
        return self.clock.now() - timedelta(hours=self.dice.choice([1, 5, 30, 200]))

    async def check_out_offline(self) -> None:
        by, branch, at = KIOSK, self.dice.choice([*ZONES]), self._earlier()
        command = CheckOut(self._some_copy(), self._somebody(), branch=branch, by=by)
        lend = OfflineCheckOut(self.lending.check_out_copy, Offline(at, by=by))
        await self._act(by, None, lambda: lend(command), "offline", branch)

    async def check_out_on_paper(self) -> None:
        branch, at = self.dice.choice([*ZONES]), self._earlier()
        command = CheckOut(self._some_copy(), self._somebody(), branch=branch, by=DESK, by_staff=True)
        lend = BackdatedCheckOut(self.lending.check_out_copy, Backdating(at, "A power cut."))
        await self._act(DESK, None, lambda: lend(command))

    async def give_back(self) -> None:
        by, branch = self.dice.choice([DESK, KIOSK]), self.dice.choice([*ZONES])
        lent = await self._some_loan()
        if lent is not None:
            scan = Scan(CopyKey(barcode=lent.barcode), branch, by=by)
            await self._act(by, branch, lambda: self.lending.return_copy(scan))

    async def give_back_offline(self) -> None:
        branch, at = self.dice.choice([*ZONES]), self._earlier()
        scan = Scan(self._some_copy(), branch, by=KIOSK, offline=Offline(at, by=KIOSK))
        await self._act(KIOSK, branch, lambda: self.lending.return_copy(scan), "offline")

    async def give_back_earlier(self) -> None:
        branch = self.dice.choice([*ZONES])
        scan = Scan(self._some_copy(), branch, self._earlier(), by=DESK, by_staff=True)
        await self._act(DESK, branch, lambda: self.lending.return_copy(scan))

    async def renew(self) -> None:
        loan = await self._some_loan()
        by, branch = self.dice.choice([(DESK, "EAST"), (DESK, None), (KIOSK, None), ("borrower", None)])
        offline = Offline(self._earlier(), by=KIOSK) if by == KIOSK and self.dice.random() < 0.3 else None
        if loan is not None:
            command = Renew(loan.loan_id, by=by, branch=branch, offline=offline)
            channel = "" if offline is None else "offline"
            await self._act(by, branch, lambda: self.lending.renew_loan(command), channel)

    async def hold(self) -> None:
        by, book = self.dice.choice([DESK, "borrower"]), self.dice.choice(self.copies).book_id
        command = NewHold(self._somebody(), book, pickup_branch=self.dice.choice([*ZONES]), by=by)
        await self._act(by, None, lambda: self.holding.place_hold(command))
        await self._act("system", None, self.holding.choose_targets)

    async def collect(self) -> None:
        """Lend a copy to the one for whom it is to be pulled or is kept."""
        hold = await self._some_hold(holds.c.copy_id.is_not(None))
        if hold is not None:
            command = CheckOut(CopyKey(barcode=hold.barcode), MemberKey(hold.member_id), branch="MAIN", by=KIOSK)
            await self._act(KIOSK, None, lambda: self.lending.check_out_copy(command))

    async def cancel(self) -> None:
        by = self.dice.choice([DESK, "borrower"])
        hold = await self._some_hold()
        if hold is not None:
            cancellation = HoldCancellation(OfHold(hold.hold_id, by=by))
            await self._act(by, None, lambda: self.holding.cancel_hold(cancellation))

    async def pay(self) -> None:
        by = self.dice.choice([DESK, KIOSK])
        fine = await self._some_fine()
        if fine is not None:
            amount = Money(self.dice.choice([fine.owed, max(1, fine.owed // 2)]), "EUR")
            payment = Payment(fine.fine_id, amount, AtTill(branch="MAIN"), by=by)
            await self._act(by, None, lambda: self.money.pay_fine(payment))

    async def waive(self) -> None:
        fine = await self._some_fine()
        if fine is not None:
            await self._act(DESK, None, lambda: self.money.waive_fine(Waiver(fine.fine_id, "A flood.", by=DESK)))

    async def undo(self) -> None:
        number = await self._some_payment()
        if number is not None:
            await self._act(DESK, None, lambda: self.money.void_receipt(Undoing(number, by=DESK)))

    async def refund(self) -> None:
        number = await self._some_payment()
        if number is not None:
            amount = Money(self.dice.randint(1, 60), "EUR")
            back = Refund(number, "A word.", amount, by=DESK)
            await self._act(DESK, None, lambda: self.money.refund_receipt(back))

    async def lose(self) -> None:
        loan = await self._some_loan(loans.c.lost_at.is_(None))
        if loan is not None:
            await self._act(DESK, None, lambda: self.lending.declare_lost(Loss(loan.loan_id, by=DESK)))

    async def sweep(self) -> None:
        await self._act("system", None, self.lending.sweep)

    async def change_member(self) -> None:
        """Let a member become a year older, and perhaps another category."""
        card = self.dice.choice(self.cards)
        known, category = self.branch.members.by_card[card], self.dice.choice(CATEGORIES)
        self._enrol(card, category, None if known.age is None else min(known.age + 1, _OLDEST))
        news = CategoryNews(str(new_id()), known.member_id, category)
        await self._act("system", None, lambda: self.privacy.follow_category(news, listener="loans.members"))

    async def merge_members(self) -> None:
        if len(self.cards) < 30:
            return
        gone, stays = self.dice.sample(self.cards[1:], 2)
        of = self.branch.members.by_card
        merged, into = of[gone], of[stays]
        news = MergedMembersNews(str(new_id()), merged.member_id, into.member_id, self.number, into.category)
        await self._act("system", None, lambda: self.privacy.join_borrowers(news, listener="loans.members"))
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
        await self._act("system", None, self.holding.empty_closed_branches)

    async def settle(self) -> None:
        """End everything that is open, so that everybody can be forgotten."""
        for _ in range(4):
            for row in await self.branch.database.rows(select(loans.c.barcode).where(loans.c.returned_at.is_(None))):
                scan = Scan(CopyKey(barcode=row.barcode), "MAIN", by=DESK)
                await self._act(DESK, "MAIN", partial(self.lending.return_copy, scan))
            for row in await self.branch.database.rows(select(holds.c.hold_id).where(holds.c.ended_at.is_(None))):
                ended = HoldCancellation(OfHold(row.hold_id, by=DESK))
                await self._act(DESK, None, partial(self.holding.cancel_hold, ended))
            for row in await self.branch.database.rows(select(fines.c.fine_id).where(fines.c.owed > 0)):
                waiver = Waiver(row.fine_id, "The end.", by=DESK)
                await self._act(DESK, None, partial(self.money.waive_fine, waiver))

    async def drain(self) -> None:
        """Let everything that waits be published; the oracle hears of it in its order."""
        for event in sorted(await self.relays.publish(), key=itemgetter("sequence")):
            self.oracle.hear(event)
        self.oracle.acts.clear()  # of which everything was told

    async def _some_loan(self, *conditions: ColumnElement[bool]) -> Any:
        return await self._one(loans, loans.c.copy_id, loans.c.returned_at.is_(None), *conditions)

    async def _some_hold(self, *conditions: ColumnElement[bool]) -> Any:
        return await self._one(holds, holds.c.book_id, holds.c.ended_at.is_(None), *conditions)

    async def _one(self, table: Table, key: ColumnElement[UUID], *conditions: ColumnElement[bool]) -> Any:
        """Return a row of a copy or book by chance, or else the first of all, without looking at every row."""
        some = select(table).where(*conditions).order_by(key).limit(1)
        start = self.dice.choice(self.copies)
        begin = start.copy_id if table is loans else start.book_id
        return await self.branch.database.first(some.where(key >= begin)) or await self.branch.database.first(some)

    async def _some_fine(self) -> Any:
        return await self._recent(select(fines).where(fines.c.owed > 0).order_by(fines.c.fine_id.desc()))

    async def _some_payment(self) -> Any:
        paid = select(till_receipts).where(till_receipts.c.kind == "payment").order_by(till_receipts.c.at.desc())
        found = await self._recent(paid)
        return None if found is None else found.number

    async def _recent(self, query: Select[Any]) -> Any:
        rows = await self.branch.database.rows(query.limit(_RECENT))
        return self.dice.choice(rows) if rows else None

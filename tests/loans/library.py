"""A whole small library: its use cases, called as desks and members call them, on a database of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Select, select

from loans_service.application.fines.give_back import Refund, Undoing
from loans_service.application.fines.pay_borrower import BorrowerPayment
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.change_hold import expire_hold
from loans_service.application.holds.commands import HoldCancellation, HoldSuspension, OfHold
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.holds.placing.ask_all import NewHold
from loans_service.application.holds.reorder_queue import Reorder
from loans_service.application.lending.amendments.amend_loan import Amendment, Discovery, DueDateChange, Loss
from loans_service.application.lending.amendments.charge_borrower import settle_loss
from loans_service.application.lending.amendments.resolve_claim import ClaimOutcome, Resolution
from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.lending.renewals.renew_loan import Renew
from loans_service.application.lending.return_copy import Scan
from loans_service.application.neighbours import MemberKey
from loans_service.application.tills.book_receipt import AtTill
from loans_service.application.tills.pay_out import HandOver
from loans_service.application.tills.use_cases import TillUseCases
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.fines.fine import FineReason
from loans_service.domain.fines.payment import Excess
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.domain.holds.hold import Hold
from loans_service.domain.lendable_copy import CopyNotLendable, LendableCopy
from loans_service.domain.lending.loan import Loan
from loans_service.domain.money import Money
from loans_service.domain.tills.till import Method
from loans_service.persistence.fines.fine_tables import fine_entries, fines, lateness_suspensions
from loans_service.persistence.lending.loans import loan_of
from loans_service.persistence.tables import circulation_records, holds, loans, plumbing
from loans_service.persistence.tills.till_tables import payouts, till_receipts, tills
from shared.persistence.database import Database
from shared.persistence.outbox import COUNTS_ALONE
from tests.loans.branch import Branch
from tests.loans.makers import a_copy, a_standing, default_document

BRANCHES = ("MAIN", "EAST")


@dataclass(frozen=True)
class Records:
    """All that is on record, and all that was told, oldest first."""

    loans: dict[UUID, Loan]
    holds: dict[UUID, Hold]
    away: dict[UUID, Any]
    owed: dict[UUID, int]
    fine_reasons: list[tuple[UUID, str]]
    deposits: dict[UUID, Any]
    suspensions: list[Any]
    posted: list[Any]
    receipts: dict[str, Any]
    payouts: dict[UUID, Any]
    drawers: dict[str, int]
    told: list[tuple[str, dict[str, Any]]]


class Library:
    """Two books of two copies each, at home in two branches, and three members: an adult, a student and a child."""

    def __init__(self, database: Database) -> None:
        self.books = [UUID(int=1), UUID(int=2)]  # the same each time, so that a failure can be made again
        self.copies = [
            a_copy(
                copy_id=UUID(int=10 + number),
                book_id=self.books[number // 2],
                barcode=f"C{number}",
                branch=BRANCHES[number % 2],
            )
            for number in range(4)
        ]
        self.branch = Branch(database, *self.copies)
        self.branch.members.by_card |= {
            "ADA": a_standing(),
            "BOB": a_standing(member_id=UUID(int=20), category="student"),
            "KIM": a_standing(member_id=UUID(int=21), category="child"),
        }
        self.clock, self.catalogue = self.branch.clock, self.branch.catalogue
        self.reports = 0

    async def open(self) -> None:
        """Let everybody have two loans and two holds at most.

        What children bring back stays where that is, and they leave a deposit; lateness suspends students.
        """
        few, document = {"most_loans": 2, "most_holds": 2}, default_document()
        own: dict[str, Any] = {
            "child": {"after_return": "stays", "deposit": {"amount": 300}},
            "student": {"fine": None, "suspension": {"days_per_day": 1, "adds_up": True}},
        }
        rules = [rule | own.get(rule.get("category", ""), {}) for rule in document["rules"]]
        await self.branch.put_policy(terms=[terms | few for terms in document["terms"]], rules=rules)

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        async with self.branch.database.reading() as connection:
            return await connection.run_sync(_told)

    async def sweep(self) -> None:
        """Do the timed work; nothing of it may fail."""
        await self.branch.lending.sweep()

    async def settle(self, fine_id: UUID, cents: int | None) -> None:
        """Pay that much, or with None forgive the rest."""
        if cents is None:
            await self.branch.waive(fine_id)
        else:
            await self.branch.pay(fine_id, cents)

    async def pay(self, card: str, cents: int, method: Method) -> None:
        """Pay what is owed, and leave the rest as credit."""
        member_id, amount = self.branch.members.by_card[card].member_id, Money(cents, "EUR")
        payment = BorrowerPayment(member_id, amount, excess=Excess.CREDIT, at=AtTill(method))
        await self.branch.pay_borrower(payment)

    async def give_money_back(self, number: str, act: str, cents: int) -> None:
        fines = FinesUseCases(self.branch.ports, settle_loss)
        if act == "undo":
            await fines.void_receipt(Undoing(number))
        else:
            amount = Money(cents, "EUR") if "part" in act else None
            method = Method.CREDIT if "credit" in act else None
            await fines.refund_receipt(Refund(number, "A word.", amount, method))

    async def pay_out(self, payout_id: UUID) -> None:
        await TillUseCases(self.branch.ports).pay_out(HandOver(payout_id))

    def number_of(self, copy_id: UUID) -> int:
        return next(number for number, copy in enumerate(self.copies) if copy.copy_id == copy_id)

    async def check_out(self, copy: int, card: str, *, codes: tuple[str, ...] = ()) -> None:
        key = CopyKey(copy_id=self.copies[copy].copy_id)
        command = CheckOut(key, MemberKey(card_number=card), override_codes=codes, by_staff=True)
        await self.branch.lending.check_out_copy(command)

    async def give_back(self, copy: int, branch: str, *, ago: timedelta = timedelta(0)) -> None:
        returned_at = self.clock.now() - ago
        scan = Scan(CopyKey(barcode=self.copies[copy].barcode), branch, returned_at, by_staff=True)
        await self.branch.lending.return_copy(scan)

    async def give_back_what_grows(self, copy: int, branch: str) -> None:
        """Take a copy back: what its loan would have cost by now is what it costs."""
        late = await self._accruing()
        done = await self.branch.scan(self.copies[copy].barcode, branch=branch)
        grown = None if done.loan is None else late.get(done.loan.loan_id)
        assert grown == (None if done.fine is None or done.fine.reason != "overdue" else done.fine.amount)

    async def _accruing(self) -> Mapping[UUID, Money]:
        rows = await self.branch.database.rows(select(loans.c.loan_id).where(loans.c.returned_at.is_(None)))
        return await self.branch.ports.late_loans.accruing_of([row[0] for row in rows], now=self.clock.now())

    async def hold(self, book: int, copy: int | None, card: str, branch: str | None) -> None:
        command = NewHold(MemberKey(card_number=card), self.books[book], pickup_branch=branch)
        if copy is not None:
            command = replace(command, book_id=None, copy_id=self.copies[copy].copy_id)
        await self.branch.holding.place_hold(command)

    async def change_loan(self, loan_id: UUID, act: str) -> None:
        lending, why = self.branch.lending, "A word."
        if act == "renew":
            await lending.renew_loan(Renew(loan_id))
        elif act == "lose":
            await lending.declare_lost(Loss(loan_id, why))
        elif act == "claim":
            await lending.claim_returned(Amendment(loan_id, why))
        elif act == "move due date":
            await lending.change_due_date(DueDateChange(loan_id, why, due_at=self.clock.now() + timedelta(days=5)))
        elif act in [*ClaimOutcome]:
            await lending.resolve_claim(Resolution(loan_id, why, outcome=ClaimOutcome(act), branch="EAST"))
        else:
            await lending.find_copy(Discovery(loan_id, why, with_borrower=act == "find there", branch="EAST"))

    async def change_hold(self, hold_id: UUID, act: str) -> None:
        holding, asked = self.branch.holding, OfHold(hold_id)
        if act == "cancel":
            await holding.cancel_hold(HoldCancellation(asked))
        elif act == "expire":
            work, queries = self.branch.unit_of_work, holding.queries
            await expire_hold(asked, unit_of_work=work, queries=queries, clock=self.clock)
        elif act == "resume":
            await holding.resume_hold(asked)
        elif act == "not found":
            await holding.report_not_found(asked)
        else:
            until: datetime | None = self.clock.now() + timedelta(days=1) if "day" in act else None
            await holding.suspend_hold(HoldSuspension(asked, until))

    async def reorder(self, book: int, order: list[int]) -> None:
        queue = await self.branch.holding.queries.queue(self.books[book], limit=100, after=None)
        ids = [queue.holds[place].hold_id for place in order if place < len(queue.holds)]
        await self.branch.holding.reorder_queue(Reorder(self.books[book], ids, queue.version, 100))

    async def change_copy(self, number: int, *, status: str | None = None, branch: str | None = None) -> None:
        """Let books say something else of a copy, behind what they heard of it, and tell of it."""
        await self._let_books_hear()
        await self._tell(number, status=status, branch=branch)

    async def _tell(self, number: int, *, status: str | None = None, branch: str | None = None) -> None:
        copy = self.copies[number]
        refusals = copy.refusals if status is None else ()
        if status not in (None, "in_service"):
            refusals = (CopyNotLendable(f"{status}.", status=status),)
        self.copies[number] = copy = replace(copy, refusals=refusals, branch=branch or copy.branch)
        self.catalogue.copies[:] = self.copies
        self.reports += 1
        called = self._called(copy)
        report = CopyReport(
            *(copy.copy_id, copy.book_id, copy.barcode, copy.branch, copy.item_type, called, self.reports),
            at=self.branch.clock.now(),
        )
        note = NoteCopyReport(self.branch.unit_of_work, self.clock)
        await note(report, listener="loans.copies", message_id=str(uuid4()))

    @staticmethod
    def _called(copy: LendableCopy) -> str:
        return str(copy.refusals[0].figures["status"]) if copy.refusals else "in_service"

    async def _let_books_hear(self) -> None:
        """A copy that was not found is missing, and in service again once it was in somebody's hand."""
        told = await self.told()
        for type_, data in told[self.heard :]:
            numbers = [number for number, copy in enumerate(self.copies) if str(copy.copy_id) == data.get("copy_id")]
            for number in numbers:
                if type_ == "loans.copy.not_found":
                    await self._tell(number, status="missing")
                elif data.get("scanned") and self._called(self.copies[number]) == "missing":
                    await self._tell(number, status="in_service")
        self.heard = len(told)

    async def choose_targets(self) -> None:
        """Do what the worker does, until nothing is left to look at; books hear of what was missed or found."""
        await self._let_books_hear()
        while await self.branch.choose_targets():
            pass

    heard = 0


def records(connection: Connection) -> Records:
    every_hold = _rows(connection, select(holds).order_by(holds.c.hold_id))
    kept_fines = _rows(connection, select(fines).order_by(fines.c.fine_id))
    return Records(
        {row["loan_id"]: loan_of(row) for row in _rows(connection, select(loans).order_by(loans.c.loan_id))},
        {row["hold_id"]: Hold.restored({**row, "id": row["hold_id"]}) for row in every_hold},
        {row["copy_id"]: row for row in _rows(connection, select(circulation_records))},
        {row["fine_id"]: row["owed"] for row in kept_fines},
        [(row["loan_id"], row["reason"]) for row in kept_fines],
        {row["loan_id"]: row for row in kept_fines if row["reason"] == FineReason.DEPOSIT},
        _rows(connection, select(lateness_suspensions).order_by(lateness_suspensions.c.suspension_id)),
        _rows(connection, select(fine_entries)),
        {row["number"]: row for row in _rows(connection, select(till_receipts).order_by(till_receipts.c.number))},
        {row["payout_id"]: row for row in _rows(connection, select(payouts).order_by(payouts.c.payout_id))},
        {row["code"]: row["drawer"] for row in _rows(connection, select(tills))},
        _told(connection),
    )


def _told(connection: Connection) -> list[tuple[str, dict[str, Any]]]:
    outbox = plumbing.outbox.c
    events = select(outbox.type, outbox.data).where(outbox.type != COUNTS_ALONE)
    query = events.order_by(outbox.sequence)
    return [(row["type"], row["data"]) for row in _rows(connection, query)]


def _rows(connection: Connection, query: Select[Any]) -> list[Any]:
    return list(connection.execute(query).mappings())

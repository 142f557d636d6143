"""Fines and their ledger in the database."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from loans_service.domain.fines.fine import Booked, Fine, FineEvent, FineStatus, Posting
from loans_service.domain.fines.payment import LostLoan, PaidPart, PaymentInParts, ReferenceUsed
from loans_service.domain.money import Money
from loans_service.domain.tills.payout import Payout, PayoutReason
from loans_service.persistence.fines.fine_tables import fine_entries, fines, payments
from loans_service.persistence.locks import SERVE
from loans_service.persistence.tables import borrowers, loans
from loans_service.persistence.tills.payouts import Payouts
from loans_service.persistence.tills.till_tables import till_receipt_lines
from shared.kernel.ids import new_id
from shared.persistence.statements import InsertMany, Prepared, PreparedDml, Runs, Write


def _locked(*conditions: ColumnElement[bool]) -> Prepared:
    return Prepared(select(fines).where(*conditions).order_by(fines.c.fine_id).with_for_update())


_BY_ID = _locked(fines.c.fine_id == bindparam("of_fine"))
_OF_LOAN = _locked(fines.c.loan_id == bindparam("of_loan"))
_DEBTOR = Prepared(
    select(borrowers.c.member_id)
    .where(borrowers.c.member_id.in_(select(fines.c.member_id).where(fines.c.fine_id == bindparam("of_fine"))))
    .with_for_update()
)
_IS_OWED = fines.c.status == literal_column(f"'{FineStatus.OWED}'")
_BRANCHES_WHERE_OWED = Prepared(
    select(func.coalesce(loans.c.branch, fines.c.branch).label("branch"))
    .outerjoin_from(fines, loans, loans.c.loan_id == fines.c.loan_id)
    .where(fines.c.member_id == bindparam("of_member"), _IS_OWED)
    .distinct()
)
_OWED_BY = _locked(fines.c.member_id == bindparam("of_member"), _IS_OWED)


def _lost_loans(*conditions: ColumnElement[bool]) -> Prepared:
    return Prepared(
        select(loans.c.loan_id, loans.c.book_id)
        .join(fines, fines.c.loan_id == loans.c.loan_id)
        .where(loans.c.lost_at.is_not(None), *conditions)
        .distinct()
        .order_by(loans.c.book_id, loans.c.loan_id)
    )


_IS_OPEN = loans.c.returned_at.is_(None)
_LOST_LOAN_OF_FINE = _lost_loans(_IS_OPEN, fines.c.fine_id == bindparam("of_fine"))
_LOST_LOANS_OF_MEMBER = _lost_loans(_IS_OPEN, fines.c.member_id == bindparam("of_member"))
_PAID_WITH = select(till_receipt_lines.c.fine_id).where(till_receipt_lines.c.number == bindparam("of_number"))
_SETTLED_LOANS_OF_RECEIPT = _lost_loans(loans.c.settled_at.is_not(None), fines.c.fine_id.in_(_PAID_WITH))
_PAYMENT = Prepared(select(payments).where(payments.c.reference == bindparam("reference")))
_NOTE_PAYMENT = Prepared(insert(payments).values({column.name: bindparam(column.name) for column in payments.c}))
_WAIVED_BEFORE = Prepared(
    select(func.coalesce(func.sum(fine_entries.c.amount), 0).label("waived")).where(
        fine_entries.c.fine_id == bindparam("of_fine"),
        fine_entries.c.posting == literal_column(f"'{Posting.WAIVED}'"),
        fine_entries.c.at < bindparam("before", type_=fine_entries.c.at.type),
    )
)
_FORGOTTEN_MEMBER = UUID(int=0)
"""The member of a payment whose member was forgotten."""

_FACTS = [column.name for column in fines.c if column.name != "fine_id"]
"""Columns that a fine has as attributes of the same names."""

_NEW, _NEW_POSTINGS = InsertMany(fines), InsertMany(fine_entries)
_CHANGE = PreparedDml(
    update(fines)
    .where(fines.c.fine_id == bindparam("of_fine"), fines.c.version == bindparam("was"))
    .values({name: bindparam(name) for name in _FACTS})
)


class Fines:
    """The fines on record. It tracks those that were read, so that their changes and postings are written."""

    def __init__(self, run: Runs, payouts: Payouts, *, by: str) -> None:
        self._run = run
        self._payouts = payouts
        self._by = by
        self._tracked: dict[UUID, tuple[Fine, int]] = {}
        self.posted: list[FineEvent] = []

    def add(self, fine: Fine) -> None:
        self._tracked[fine.id] = (fine, 0)

    async def get(self, fine_id: UUID) -> Fine | None:
        """Return a fine as it is now, locked until this transaction ends."""
        return next(iter(await self._found(_BY_ID, of_fine=fine_id)), None)

    async def of_loan(self, loan_id: UUID) -> list[Fine]:
        """Return the fines of a loan, locked as in `get`."""
        await self._found(_OF_LOAN, of_loan=loan_id)
        # Including those charged in this transaction.
        return [fine for fine, _ in self._tracked.values() if fine.loan_id == loan_id]

    async def owed_by(self, member_id: UUID) -> list[Fine]:
        """Return the fines that a member owes, oldest first, locked as in `get`."""
        found = await self._found(_OWED_BY, of_member=member_id)
        return sorted(found, key=lambda fine: (fine.charged_at, fine.id))

    async def branches_where_owed(self, member_id: UUID) -> list[str]:
        """Return the branches in which something was lent or charged that a member owes, in their order."""
        rows = await self._run(_BRANCHES_WHERE_OWED, of_member=member_id)
        return sorted(row.branch for row in rows if row.branch is not None)

    async def waived_before(self, fine_id: UUID, moment: datetime) -> int:
        """Return how much of a fine was forgiven before a moment, in minor units."""
        (row,) = await self._run(_WAIVED_BEFORE, of_fine=fine_id, before=moment)
        return int(row.waived)

    async def lock_debtor(self, member_id: UUID) -> bool:
        """Lock a member's charges and payments until this transaction ends; return False if the member is erased."""
        (served,) = await self._run(SERVE, member_id=member_id)
        return served.cleared_at is None

    async def lock_debtor_of(self, fine_id: UUID) -> None:
        """Lock the charges and payments of whoever owes a fine, as `lock_debtor` does; nobody if it is forgotten who.

        So the events of one member are written in the order in which they are committed.
        """
        await self._run(_DEBTOR, of_fine=fine_id)

    async def lost_loans_of(self, *, fine_id: UUID | None = None, member_id: UUID | None = None) -> list[LostLoan]:
        """Return the lost open loans that belong to a fine, or to a member's fines, in the order of books."""
        question = _LOST_LOANS_OF_MEMBER if fine_id is None else _LOST_LOAN_OF_FINE
        return [LostLoan(*row) for row in await self._run(question, of_fine=fine_id, of_member=member_id)]

    async def settled_loans_of(self, number: str) -> list[LostLoan]:
        """Return the settled loans that belong to the fines of a receipt, in the order of books."""
        return [LostLoan(*row) for row in await self._run(_SETTLED_LOANS_OF_RECEIPT, of_number=number)]

    async def payment(self, reference: str) -> PaymentInParts | None:
        """Return the payment that was noted under this reference."""
        rows = await self._run(_PAYMENT, reference=reference)
        return payment_of(rows[0]) if rows else None

    async def note_payment(self, payment: PaymentInParts) -> None:
        """Keep a payment under its reference. Raises ReferenceUsed when another desk was faster."""
        values = {
            "reference": payment.reference,
            "member_id": payment.member_id,
            "amount": payment.amount.amount,
            "currency": payment.amount.currency,
            "parts": [{"fine_id": str(part.fine_id), "amount": part.amount.amount} for part in payment.paid],
            "owed": payment.owed.amount,
            "paid_at": payment.paid_at,
            "number": payment.number,
        }
        try:
            await self._run(_NOTE_PAYMENT, **values)
        except IntegrityError as error:
            raise ReferenceUsed from error

    async def _found(self, question: Prepared, **params: UUID) -> list[Fine]:
        found = []
        for row in await self._run(question, **params):
            if row.fine_id not in self._tracked:
                fine = Fine.restored({name: getattr(row, name) for name in _FACTS} | {"id": row.fine_id})
                self._tracked[fine.id] = (fine, fine.version)
            found.append(self._tracked[row.fine_id][0])
        return found

    def take_events(self) -> list[FineEvent]:
        """Return the postings, to be published and written into the ledger; what is owed to a member is kept so."""
        self.posted += [event for fine, _ in self._tracked.values() for event in fine.take_events()]
        for event in self.posted:
            if event.booked is Booked.PAYOUT and event.posting is Posting.REFUNDED:
                of = event.fine
                owed = Payout(new_id(), of.member_id, event.amount, PayoutReason.CANCELLED, event.at, fine_id=of.id)
                self._payouts.add(owed)
        return self.posted

    def writes(self, counting: Callable[[FineEvent], dict[str, Any]]) -> Iterator[Write]:
        """Yield what changed in the version that was read, what is new, and the postings with what they count for."""
        new = []
        for fine, was in self._tracked.values():
            facts = {name: getattr(fine, name) for name in _FACTS}
            if was == 0:
                new.append(facts | {"fine_id": fine.id})
            elif fine.version != was:
                yield _CHANGE, [facts | {"of_fine": fine.id, "was": was}]
        yield _NEW, new
        yield _NEW_POSTINGS, [self._posting(event) | counting(event) for event in self.posted]

    def _posting(self, event: FineEvent) -> dict[str, Any]:
        return {
            "fine_id": event.fine.id,
            "posting": event.posting,
            "amount": event.amount.amount,
            "currency": event.amount.currency,
            "at": event.at,
            "by": self._by,
            "why": event.why,
            "booked": event.booked,
        }


def payment_of(row: Any) -> PaymentInParts:
    """Return the payment that a row of the table holds."""

    def money(amount: int) -> Money:
        return Money(amount, row.currency)

    paid = tuple(PaidPart(UUID(part["fine_id"]), money(part["amount"])) for part in row.parts)
    return PaymentInParts(
        row.member_id or _FORGOTTEN_MEMBER,
        row.reference,
        money(row.amount),
        paid,
        money(row.owed),
        row.paid_at,
        row.number,
    )

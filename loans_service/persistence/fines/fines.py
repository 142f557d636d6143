"""Fines and their ledger in the database."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, insert, literal_column, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from loans_service.application.fines.fine_views import FinedLoanView, FineFilter, ListedFineView, PostingView, in_money
from loans_service.application.fines.ports import LostLoan, PaidPart, PaymentView
from loans_service.domain.fines.fine import Fine, FineEvent, FineStatus
from loans_service.domain.fines.payment import ReferenceUsed
from loans_service.domain.money import Money
from loans_service.persistence.fines.fine_tables import fine_entries, fines, payments
from loans_service.persistence.locks import SERVE
from loans_service.persistence.tables import loans
from shared.kernel.made_from import made_from
from shared.persistence.database import Database
from shared.persistence.statements import Change, Constant, Rows, Runs, Write

_LEDGER = select(
    fine_entries.c.posting,
    fine_entries.c.amount,
    fine_entries.c.currency,
    fine_entries.c.at,
    fine_entries.c.by,
    fine_entries.c.why,
).order_by(fine_entries.c.entry_id)


def _locked(*conditions: ColumnElement[bool]) -> Constant:
    return Constant(select(fines).where(*conditions).order_by(fines.c.fine_id).with_for_update())


_BY_ID = _locked(fines.c.fine_id == bindparam("of_fine"))
_OF_LOAN = _locked(fines.c.loan_id == bindparam("of_loan"))
_IS_OWED = fines.c.status == literal_column(f"'{FineStatus.OWED}'")
_OWED_BY = _locked(fines.c.member_id == bindparam("of_member"), _IS_OWED)


def _lost_loans(condition: ColumnElement[bool]) -> Constant:
    return Constant(
        select(loans.c.loan_id, loans.c.book_id)
        .join(fines, fines.c.loan_id == loans.c.loan_id)
        .where(loans.c.returned_at.is_(None), loans.c.lost_at.is_not(None), condition)
        .distinct()
        .order_by(loans.c.book_id, loans.c.loan_id)
    )


_LOST_LOAN_OF_FINE = _lost_loans(fines.c.fine_id == bindparam("of_fine"))
_LOST_LOANS_OF_MEMBER = _lost_loans(fines.c.member_id == bindparam("of_member"))
_PAYMENT = Constant(select(payments).where(payments.c.reference == bindparam("reference")))
_NOTE_PAYMENT = Constant(insert(payments).values({column.name: bindparam(column.name) for column in payments.c}))
_LENT = tuple(FinedLoanView.__dataclass_fields__)
_SHOWN = select(fines, *(loans.c[name].label(f"lent_{name}") for name in (*_LENT, "settled_at"))).outerjoin_from(
    fines, loans, loans.c.loan_id == fines.c.loan_id
)
_NOBODY = UUID(int=0)
"""Whose a payment is that was forgotten."""

_FACTS = [column.name for column in fines.c if column.name != "fine_id"]
"""Columns that a fine has as attributes of the same names."""

_NEW, _NEW_POSTINGS = Rows(fines), Rows(fine_entries)
_CHANGE = Change(
    update(fines)
    .where(fines.c.fine_id == bindparam("of_fine"), fines.c.version == bindparam("was"))
    .values({name: bindparam(name) for name in _FACTS})
)


class SqlFines:
    """Implements `ports.Fines` and remembers which it saw, so that changes and postings can be collected."""

    def __init__(self, run: Runs, *, by: str) -> None:
        self._run = run
        self._by = by
        self._seen: dict[UUID, tuple[Fine, int]] = {}
        self.posted: list[FineEvent] = []

    def add(self, fine: Fine) -> None:
        self._seen[fine.id] = (fine, 0)

    async def get(self, fine_id: UUID) -> Fine | None:
        return next(iter(await self._found(_BY_ID, of_fine=fine_id)), None)

    async def of_loan(self, loan_id: UUID) -> list[Fine]:
        await self._found(_OF_LOAN, of_loan=loan_id)
        # Also what is charged just now.
        return [fine for fine, _ in self._seen.values() if fine.loan_id == loan_id]

    async def owed_by(self, member_id: UUID) -> list[Fine]:
        found = await self._found(_OWED_BY, of_member=member_id)
        return sorted(found, key=lambda fine: (fine.charged_at, fine.id))

    async def lock_debtor(self, member_id: UUID) -> bool:
        (served,) = await self._run(SERVE, member_id=member_id)
        return served.cleared_at is None

    async def lost_loans_of(self, *, fine_id: UUID | None = None, member_id: UUID | None = None) -> list[LostLoan]:
        question = _LOST_LOANS_OF_MEMBER if fine_id is None else _LOST_LOAN_OF_FINE
        return [LostLoan(*row) for row in await self._run(question, of_fine=fine_id, of_member=member_id)]

    async def payment(self, reference: str) -> PaymentView | None:
        rows = await self._run(_PAYMENT, reference=reference)
        return _payment(rows[0]) if rows else None

    async def note_payment(self, payment: PaymentView) -> None:
        values = {
            "reference": payment.reference,
            "member_id": payment.member_id,
            "amount": payment.amount.amount,
            "currency": payment.amount.currency,
            "parts": [{"fine_id": str(part.fine_id), "amount": part.amount.amount} for part in payment.paid],
            "owed": payment.owed.amount,
            "paid_at": payment.paid_at,
        }
        try:
            await self._run(_NOTE_PAYMENT, **values)
        except IntegrityError as error:
            raise ReferenceUsed from error

    async def _found(self, question: Constant, **asked: UUID) -> list[Fine]:
        found = []
        for row in await self._run(question, **asked):
            if row.fine_id not in self._seen:
                fine = Fine.restored({name: getattr(row, name) for name in _FACTS} | {"id": row.fine_id})
                self._seen[fine.id] = (fine, fine.version)
            found.append(self._seen[row.fine_id][0])
        return found

    def take_events(self) -> list[FineEvent]:
        """Return what was posted, to be told and to be written into the ledger."""
        self.posted += [event for fine, _ in self._seen.values() for event in fine.take_events()]
        return self.posted

    def writes(self) -> Iterator[Write]:
        """Yield what changed in the version that was read, what is new, and the postings."""
        new = []
        for fine, was in self._seen.values():
            facts = {name: getattr(fine, name) for name in _FACTS}
            if was == 0:
                new.append(facts | {"fine_id": fine.id})
            elif fine.version != was:
                yield _CHANGE, [facts | {"of_fine": fine.id, "was": was}]
        yield _NEW, new
        yield _NEW_POSTINGS, [self._posting(event) for event in self.posted]

    def _posting(self, event: FineEvent) -> dict[str, Any]:
        return {
            "fine_id": event.fine.id,
            "posting": event.posting,
            "amount": event.amount.amount,
            "currency": event.amount.currency,
            "at": event.at,
            "by": self._by,
            "why": event.why,
        }


class SqlFineViews:
    """Implements `fine_views.FineViews`: one statement a question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fine(self, fine_id: UUID) -> ListedFineView | None:
        row = await self._database.first(_SHOWN.where(fines.c.fine_id == fine_id))
        return None if row is None else _view(row)

    async def fines(
        self, wanted: FineFilter, *, limit: int, before: tuple[datetime, UUID] | None
    ) -> list[ListedFineView]:
        query = _SHOWN.where(*_conditions(wanted, before))
        query = query.order_by(fines.c.charged_at.desc(), fines.c.fine_id.desc()).limit(limit)
        return [_view(row) for row in await self._database.rows(query)]

    async def payments(self, member_id: UUID) -> list[PaymentView]:
        query = select(payments).where(payments.c.member_id == member_id)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(payments.c.paid_at.desc(), payments.c.reference))
            return [_payment(row) for row in found]

    async def postings(self, fine_id: UUID) -> list[PostingView]:
        found = await self._database.rows(_LEDGER.where(fine_entries.c.fine_id == fine_id))
        return [PostingView(row.posting, Money(row.amount, row.currency), row.at, row.by, row.why) for row in found]


def _conditions(wanted: FineFilter, before: tuple[datetime, UUID] | None) -> list[ColumnElement[bool]]:
    equal = {"member_id": wanted.member_id, "loan_id": wanted.loan_id, "status": wanted.status}
    conditions: list[ColumnElement[bool]] = [
        fines.c[name] == value for name, value in equal.items() if value is not None
    ]
    if before is not None:
        conditions.append(tuple_(fines.c.charged_at, fines.c.fine_id) < before)
    return conditions


def _payment(row: Any) -> PaymentView:
    def money(amount: int) -> Money:
        return Money(amount, row.currency)

    paid = tuple(PaidPart(UUID(part["fine_id"]), money(part["amount"])) for part in row.parts)
    return PaymentView(row.member_id or _NOBODY, row.reference, money(row.amount), paid, money(row.owed), row.paid_at)


def _view(row: Row[Any]) -> ListedFineView:
    return made_from(row, ListedFineView, **in_money(row), loan=None if row.lent_copy_id is None else _loan(row))


def _loan(row: Row[Any]) -> FinedLoanView:
    values = {name: getattr(row, f"lent_{name}") for name in _LENT}
    settled = {} if row.lent_settled_at is None else {"returned_at": None}
    return FinedLoanView(**(values | settled))

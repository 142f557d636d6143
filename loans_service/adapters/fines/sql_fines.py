"""Fines and their ledger in the database."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.fines.sql_fine_tables import fine_entries, fines, payments
from loans_service.adapters.sql_tables import borrowers, loans
from loans_service.application.fines.fine_views import FinedLoanView, FineFilter, ListedFineView, PostingView
from loans_service.application.fines.ports import LostLoan, PaidPart, PaymentView
from loans_service.domain.fines.fine import Fine, FineStatus
from loans_service.domain.fines.payment import ReferenceUsed
from loans_service.domain.money import Money
from shared.persistence.database import Database

_BY_ID = fines.c.fine_id == bindparam("fine_id")
_OWED_BY = and_(fines.c.member_id == bindparam("member_id"), fines.c.status == FineStatus.OWED)
_OF_LOAN = fines.c.loan_id == bindparam("loan_id")
_LEDGER = select(
    fine_entries.c.posting,
    fine_entries.c.amount,
    fine_entries.c.currency,
    fine_entries.c.at,
    fine_entries.c.by,
    fine_entries.c.why,
).order_by(fine_entries.c.entry_id)


_LOST_LOANS = (
    select(loans.c.loan_id, loans.c.book_id)
    .join(fines, fines.c.loan_id == loans.c.loan_id)
    .where(loans.c.returned_at.is_(None), loans.c.lost_at.is_not(None))
    .distinct()
    .order_by(loans.c.book_id, loans.c.loan_id)
)
_LENT = tuple(FinedLoanView.__dataclass_fields__)
_SHOWN = select(fines, *(loans.c[name].label(f"lent_{name}") for name in (*_LENT, "settled_at"))).outerjoin_from(
    fines, loans, loans.c.loan_id == fines.c.loan_id
)
_NOBODY = UUID(int=0)
"""Whose a payment is that was forgotten."""
_ONCE_MORE = {"served": borrowers.c.served + 1}


@cache
def _query(condition: ColumnElement[bool]) -> Select[Fine]:
    return select(Fine).where(condition).order_by(fines.c.fine_id).with_for_update()


class SqlFines:
    """Implements `ports.Fines` and remembers which it saw, so that their postings can be collected."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.seen: dict[UUID, Fine] = {}

    def add(self, fine: Fine) -> None:
        self._session.add(fine)
        self.seen[fine.id] = fine

    async def get(self, fine_id: UUID) -> Fine | None:
        return next(iter(await self._found(_BY_ID, fine_id=fine_id)), None)

    async def of_loan(self, loan_id: UUID) -> list[Fine]:
        await self._found(_OF_LOAN, loan_id=loan_id)
        return [fine for fine in self.seen.values() if fine.loan_id == loan_id]  # also what is charged just now

    async def owed_by(self, member_id: UUID) -> list[Fine]:
        found = await self._found(_OWED_BY, member_id=member_id)
        return sorted(found, key=lambda fine: (fine.charged_at, fine.id))

    async def lock_debtor(self, member_id: UUID) -> bool:
        insert = sqlite.insert if self._session.get_bind().dialect.name == "sqlite" else postgresql.insert
        known = insert(borrowers).values(member_id=member_id, served=1)
        served = known.on_conflict_do_update(index_elements=["member_id"], set_=_ONCE_MORE)
        return (await self._session.execute(served.returning(borrowers.c.cleared_at))).scalar_one() is None

    async def lost_loans_of(self, *, fine_id: UUID | None = None, member_id: UUID | None = None) -> list[LostLoan]:
        of = fines.c.member_id == member_id if fine_id is None else fines.c.fine_id == fine_id
        return [LostLoan(*row) for row in await self._session.execute(_LOST_LOANS.where(of))]

    async def payment(self, reference: str) -> PaymentView | None:
        row = (await self._session.execute(select(payments).where(payments.c.reference == reference))).first()
        if row is None:
            return None

        def money(amount: int) -> Money:
            return Money(amount, row.currency)

        paid = tuple(PaidPart(UUID(part["fine_id"]), money(part["amount"])) for part in row.parts)
        return PaymentView(
            row.member_id or _NOBODY, row.reference, money(row.amount), paid, money(row.owed), row.paid_at
        )

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
            await self._session.execute(insert(payments).values(values))
        except IntegrityError as error:
            raise ReferenceUsed from error

    async def _found(self, condition: ColumnElement[bool], **asked: UUID) -> list[Fine]:
        found = list(await self._session.scalars(_query(condition), asked))
        self.seen.update({fine.id: fine for fine in found})
        return found


class SqlFineViews:
    """Implements `fine_views.FineViews`: one statement a question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fine(self, fine_id: UUID) -> ListedFineView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_SHOWN.where(fines.c.fine_id == fine_id))).first()
        return None if row is None else _view(row)

    async def fines(
        self, wanted: FineFilter, *, limit: int, before: tuple[datetime, UUID] | None
    ) -> list[ListedFineView]:
        query = _SHOWN.where(*_conditions(wanted, before))
        query = query.order_by(fines.c.charged_at.desc(), fines.c.fine_id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_view(row) for row in await connection.execute(query)]

    async def postings(self, fine_id: UUID) -> list[PostingView]:
        async with self._database.reading() as connection:
            found = await connection.execute(_LEDGER.where(fine_entries.c.fine_id == fine_id))
            return [PostingView(*row) for row in found]


def _conditions(wanted: FineFilter, before: tuple[datetime, UUID] | None) -> list[ColumnElement[bool]]:
    equal = {"member_id": wanted.member_id, "loan_id": wanted.loan_id, "status": wanted.status}
    conditions: list[ColumnElement[bool]] = [
        fines.c[name] == value for name, value in equal.items() if value is not None
    ]
    if before is not None:
        conditions.append(tuple_(fines.c.charged_at, fines.c.fine_id) < before)
    return conditions


def _view(row: Row[Any]) -> ListedFineView:
    return ListedFineView(
        fine_id=row.fine_id,
        loan_id=row.loan_id,
        member_id=row.member_id,
        reason=row.reason,
        amount=row.amount,
        paid=row.paid,
        waived=row.waived,
        refunded=row.refunded,
        owed=row.owed,
        currency=row.currency,
        status=row.status,
        charged_at=row.charged_at,
        version=row.version,
        loan=None if row.lent_copy_id is None else _loan(row),
    )


def _loan(row: Row[Any]) -> FinedLoanView:
    values = {name: getattr(row, f"lent_{name}") for name in _LENT}
    settled = {} if row.lent_settled_at is None else {"returned_at": None}
    return FinedLoanView(**(values | settled))

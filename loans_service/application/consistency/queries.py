"""Queries for the copies that are not at home, for the balances of fines, and for what all money comes to."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from loans_service.domain.circulating_copy import CopyState
from loans_service.domain.fines.fine import Posting
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.domain.tills.balance import DrawerSums, LedgerSums, MoneySums, Numbers
from loans_service.domain.tills.till import Method, MovementKind
from loans_service.domain.tills.till_receipt import ReceiptKind
from loans_service.persistence.fines.fine_tables import fine_entries, fines
from loans_service.persistence.holds.copy_states import IS_GONE, IS_OPEN, LENT, LYING, as_states, states_of
from loans_service.persistence.tables import circulation_records, loans
from loans_service.persistence.tills.till_tables import (
    payouts,
    till_movements,
    till_receipts,
    till_sessions,
    till_years,
    tills,
)
from shared.persistence.database import Database

_ADDS = fine_entries.c.posting.in_([posting for posting in Posting if posting.sign > 0])
_POSTED = func.coalesce(func.sum(case((_ADDS, fine_entries.c.amount), else_=-fine_entries.c.amount)), 0)


@dataclass(frozen=True, slots=True)
class Balance:
    """The stored balance of a fine, and the sum of its postings, in minor units."""

    fine_id: UUID
    owed: int
    posted: int


class ConsistencyQueries:
    """Looks up copies that are not at home, balances of fines, and what all money comes to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def away(self, *, after: UUID, limit: int) -> list[CopyState]:
        """Return up to `limit` copies that are not at home, in the order of their ids."""
        lying, lent = [
            await self._database.rows(query.where(copy_id > after).order_by(copy_id).limit(limit))
            for query, copy_id in (
                (LYING, circulation_records.c.copy_id),
                (LENT.where(or_(IS_OPEN, IS_GONE)), loans.c.copy_id),
            )
        ]
        return as_states(lying=lying, lent=lent)[:limit]

    async def states_of(self, copy_ids: Collection[UUID]) -> list[CopyState]:
        """Return the states of those copies that are not at home."""
        return await states_of(self._database.rows, copy_ids)

    async def in_two_places(self, *, after: UUID, until: UUID) -> list[UUID]:
        """Return the copies that are on loan and, against all rules, also on a hold shelf or in transit."""
        lent = select(loans.c.copy_id).where(IS_OPEN, loans.c.copy_id > after, loans.c.copy_id <= until).subquery()
        query = (
            select(circulation_records.c.copy_id)
            .join(lent, lent.c.copy_id == circulation_records.c.copy_id)
            .where(circulation_records.c.status != CirculationStatus.HOME)
            .where(circulation_records.c.copy_id > after, circulation_records.c.copy_id <= until)
            .order_by(circulation_records.c.copy_id)
        )
        return [row.copy_id for row in await self._database.rows(query)]

    async def balances(self, *, after: UUID, limit: int) -> list[Balance]:
        """Return up to `limit` fines with the sums of their postings, in the order of their ids."""
        # Summed fine by fine: a join would read the whole ledger for each page of a long list.
        posted = select(_POSTED).where(fine_entries.c.fine_id == fines.c.fine_id).scalar_subquery()
        query = select(fines.c.fine_id, fines.c.owed, posted).where(fines.c.fine_id > after)
        found = await self._database.rows(query.order_by(fines.c.fine_id).limit(limit))
        return [Balance(row[0], row[1], int(row[2])) for row in found]

    async def sums(self, currency: str) -> tuple[LedgerSums, MoneySums, list[DrawerSums], list[Numbers]]:
        """Return the sums of the ledger, of receipts and payouts, of drawers, and the numbers of receipts."""
        rows = await self._database.rows(_sums(currency))
        found: dict[str, dict[str, int]] = defaultdict(dict)
        drawers, numbers = list[DrawerSums](), list[Numbers]()
        for row in rows:
            if row.what == "drawer":
                drawers.append(
                    DrawerSums(row.name, *(int(value) for value in (row.a, row.b, row.c, row.d, row.e, row.f)))
                )
            elif row.what == "number":
                numbers.append(Numbers(row.name, *(int(value) for value in (row.a, row.b, row.c))))
            else:
                found[row.what][row.name] = int(row.a)
                found[f"{row.what}, of it"][row.name] = int(row.b)
        posted, elsewhere = found["posted"], found["posted, of it"]
        ledger = LedgerSums(
            charged=posted.get(Posting.CHARGED, 0),
            waived=posted.get(Posting.WAIVED, 0),
            settled=posted.get(Posting.PAID, 0) - posted.get(Posting.REFUNDED, 0),
            owed=found["owed"].get("owed", 0),
            elsewhere=elsewhere.get(Posting.PAID, 0) - elsewhere.get(Posting.REFUNDED, 0),
        )
        taken, given = [
            {name: amount for name, amount in found[what].items() if amount} for what in ("moved", "moved, of it")
        ]
        money = MoneySums(taken, given, found["due"].get("due", 0))
        return ledger, money, sorted(drawers, key=_by_till), sorted(numbers, key=_by_till)


_IS_PAYMENT, _CASH = till_receipts.c.kind == ReceiptKind.PAYMENT, Method.CASH
_DIFFERENCE = MovementKind.DIFFERENCE


def _by_till(each: DrawerSums | Numbers) -> tuple[str, int]:
    return each.till, each.year if isinstance(each, Numbers) else 0


def _line(what: str, name: ColumnElement[Any], *amounts: ColumnElement[Any]) -> Any:
    """Return a line of sums: what it is, of what, and up to six amounts."""
    names = "abcdef"
    values = [*amounts, *(literal_column("0") for _ in names[len(amounts) :])]
    return select(
        literal_column(f"'{what}'").label("what"),
        cast(name, Text).label("name"),
        *(cast(func.coalesce(value, 0), BigInteger).label(label) for label, value in zip(names, values, strict=True)),
    )


def _sums(currency: str) -> CompoundSelect[Any]:
    """Return all sums as lines of one statement, which sees the database as of one moment.

    It reads all postings and receipts, each once: a sum that is kept would be compared with itself.
    """
    entries, receipts = fine_entries.c, till_receipts.c
    elsewhere = func.sum(case((entries.booked.is_(None), entries.amount)))
    posted = _line("posted", entries.posting, func.sum(entries.amount), elsewhere)
    taken, given = [func.sum(case((kind, receipts.amount))) for kind in (_IS_PAYMENT, ~_IS_PAYMENT)]
    money = and_(receipts.currency == currency, receipts.method != Method.CREDIT)
    owed, due = func.sum(fines.c.owed), func.sum(payouts.c.due)
    return union_all(
        posted.where(entries.currency == currency).group_by(entries.posting),
        _line("owed", literal_column("'owed'"), owed).where(fines.c.currency == currency),
        _line("moved", receipts.method, taken, given).where(money).group_by(receipts.method),
        _line("due", literal_column("'due'"), due).where(payouts.c.currency == currency),
        _drawers(currency),
        _line("number", till_years.c.till, till_years.c.year, till_years.c.last, _GIVEN),
    )


_GIVEN = (
    select(func.count())
    .where(till_receipts.c.till == till_years.c.till, till_receipts.c.year == till_years.c.year)
    .scalar_subquery()
)
_of_session = till_sessions.alias("of_session")
_LAST = (
    select(_of_session.c.session_id)
    .where(_of_session.c.till == tills.c.code)
    .order_by(_of_session.c.opened_at.desc(), _of_session.c.session_id.desc())
    .limit(1)
    .scalar_subquery()
)


def _drawers(currency: str) -> Any:
    """Return a line for each till: what the last session began with, what came and went, and what is kept."""

    def cash(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        here = and_(till_receipts.c.session_id == till_sessions.c.session_id, till_receipts.c.method == _CASH)
        return select(func.sum(till_receipts.c.amount)).where(here, condition).scalar_subquery()

    def moved(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        here = till_movements.c.session_id == till_sessions.c.session_id
        return select(func.sum(till_movements.c.amount)).where(here, condition).scalar_subquery()

    is_difference = till_movements.c.kind == _DIFFERENCE
    sums = (cash(_IS_PAYMENT), cash(~_IS_PAYMENT), moved(~is_difference), moved(is_difference))
    line = _line("drawer", tills.c.code, till_sessions.c.opening, *sums, tills.c.drawer)
    joined = line.outerjoin_from(tills, till_sessions, till_sessions.c.session_id == _LAST)
    return joined.where(tills.c.currency == currency)

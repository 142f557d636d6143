"""Queries for what all money comes to."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Text,
    and_,
    cast,
    func,
    literal_column,
    select,
    union_all,
)

from loans_service.domain.fines.fine import FineStatus, Posting
from loans_service.domain.tills.balance import DrawerSums, LedgerSums, MoneySums, Numbers
from loans_service.domain.tills.till import Method, MovementKind
from loans_service.persistence.fines.fine_tables import fine_entries, fines
from loans_service.persistence.fines.kept_sums import (
    ELSEWHERE,
    GIVEN_BACK,
    IS_PAYMENT,
    LEDGER,
    TAKEN,
    ledger_sums,
    receipt_sums,
    sum_marks,
)
from loans_service.persistence.tills.till_tables import (
    payouts,
    till_movements,
    till_receipts,
    till_sessions,
    till_years,
    tills,
)
from shared.persistence.database import Database

_CASH, _DIFFERENCE = Method.CASH, MovementKind.DIFFERENCE
_ENDLESS: ColumnElement[int] = literal_column(str(2**63 - 1))
"""With two ends, a range is small in the planner's eyes, and read by its index."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What all money comes to; `is_kept_rightly`: sums that are kept are those of what they were made of."""

    ledger: LedgerSums
    money: MoneySums
    drawers: list[DrawerSums]
    numbers: list[Numbers]
    is_kept_rightly: bool = True


class MoneyQueries:
    """Sums up postings, receipts and payouts, each time in one statement, which sees the database as of one moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sums(self, currency: str) -> Sums:
        """Return all sums; of old postings and receipts those that are kept."""
        return _read(await self._database.rows(_sums(currency)))

    async def recounted(self, currency: str) -> Sums:
        """Return all sums anew from all postings and receipts there are, and whether the kept ones are right."""
        return _read(await self._database.rows(_recounted(currency)))


def _read(rows: list[Any]) -> Sums:
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * 6))
    drawers, numbers = list[DrawerSums](), list[Numbers]()
    for row in rows:
        amounts = [int(value) for value in (row.a, row.b, row.c, row.d, row.e, row.f)]
        if row.what == "drawer":
            drawers.append(DrawerSums(row.name, *amounts))
        elif row.what == "number":
            numbers.append(Numbers(row.name, *amounts[:3]))
        else:
            before = found[row.what][row.name]
            found[row.what][row.name] = [one + other for one, other in zip(before, amounts, strict=True)]
    posted, moved = found["posted"], found["moved"]
    ledger = LedgerSums(
        charged=posted[Posting.CHARGED][0],
        waived=posted[Posting.WAIVED][0],
        settled=posted[Posting.PAID][0] - posted[Posting.REFUNDED][0],
        owed=found["owed"]["owed"][0],
        elsewhere=posted[Posting.PAID][1] - posted[Posting.REFUNDED][1],
    )
    taken, given = [{name: sums[at] for name, sums in moved.items() if sums[at]} for at in (0, 1)]
    return Sums(
        ledger,
        MoneySums(taken, given, found["due"]["due"][0]),
        sorted(drawers, key=_by_till),
        sorted(numbers, key=_by_till),
        all(not any(difference) for what in ("kept postings", "kept receipts") for difference in found[what].values()),
    )


def _by_till(each: DrawerSums | Numbers) -> tuple[str, int]:
    return each.till, each.year if isinstance(each, Numbers) else 0


def _line(what: str, name: ColumnElement[Any], *amounts: ColumnElement[Any]) -> Any:
    """Return a line of sums: what it is, of what, and up to six amounts. Lines of the same are added up."""
    names = "abcdef"
    values = [*amounts, *(literal_column("0") for _ in names[len(amounts) :])]
    return select(
        literal_column(f"'{what}'").label("what"),
        cast(name, Text).label("name"),
        *(cast(func.coalesce(value, 0), BigInteger).label(label) for label, value in zip(names, values, strict=True)),
    )


_entries, _receipts = fine_entries.c, till_receipts.c
_MARK = select(sum_marks.c.up_to).where(LEDGER).scalar_subquery()
_IS_OLD = _entries.entry_id <= func.coalesce(_MARK, 0)
_IS_NEW = and_(_entries.entry_id > func.coalesce(_MARK, 0), _entries.entry_id <= _ENDLESS)
_of_year = and_(sum_marks.c.till == till_years.c.till, sum_marks.c.year == till_years.c.year)
_YEARS = till_years.outerjoin(sum_marks, _of_year)
_UP_TO = func.coalesce(sum_marks.c.up_to, 0)
_of_till = and_(_receipts.till == till_years.c.till, _receipts.year == till_years.c.year)
_IS_NEW_RECEIPT = and_(_of_till, _receipts.serial > _UP_TO, _receipts.serial <= till_years.c.last)


def _sums(currency: str) -> CompoundSelect[Any]:
    """Return all sums as lines of one statement: the kept ones, and what came since."""
    since, kept, receipts = _receipts_since(), ledger_sums.c, receipt_sums.c
    new_receipts = select(func.count()).where(_IS_NEW_RECEIPT).correlate(till_years, sum_marks).scalar_subquery()
    given = func.coalesce(sum_marks.c.counted, 0) + new_receipts
    return union_all(
        _line("posted", kept.posting, kept.amount, kept.elsewhere).where(kept.currency == currency),
        _posted(currency, _IS_NEW),
        _line("moved", receipts.method, receipts.taken, receipts.given_back).where(_no_credit(receipts, currency)),
        _line("moved", since.c.method, since.c.taken, since.c.given_back).where(_no_credit(since.c, currency)),
        _line("number", till_years.c.till, till_years.c.year, till_years.c.last, given).select_from(_YEARS),
        *_always(currency),
    )


def _receipts_since() -> Any:
    """Return the sums of the receipts behind the mark of each till, which are looked up till by till."""
    columns = (_receipts.currency, _receipts.method)
    return (
        select(*columns, TAKEN.label("taken"), GIVEN_BACK.label("given_back"))
        .select_from(_YEARS.join(till_receipts, _IS_NEW_RECEIPT))
        .group_by(*columns)
        .subquery("since")
    )


def _recounted(currency: str) -> CompoundSelect[Any]:
    """Return the sums of all postings and receipts, each read once, and by how much the kept ones differ."""
    kept, receipts = ledger_sums.c, receipt_sums.c
    marks = sum_marks.alias("marks")
    behind = and_(marks.c.till == _receipts.till, marks.c.year == _receipts.year, _receipts.serial <= marks.c.up_to)
    old = _line("kept receipts", _receipts.method, TAKEN, GIVEN_BACK).select_from(till_receipts.join(marks, behind))
    return union_all(
        _posted(currency),
        _posted(currency, _IS_OLD, what="kept postings"),
        _line("kept postings", kept.posting, -kept.amount, -kept.elsewhere).where(kept.currency == currency),
        _line("moved", _receipts.method, TAKEN, GIVEN_BACK)
        .where(_no_credit(_receipts, currency))
        .group_by(_receipts.method),
        old.where(_no_credit(_receipts, currency)).group_by(_receipts.method),
        _line("kept receipts", receipts.method, -receipts.taken, -receipts.given_back).where(
            _no_credit(receipts, currency)
        ),
        _line("number", till_years.c.till, till_years.c.year, till_years.c.last, _GIVEN),
        *_always(currency),
    )


def _posted(currency: str, *which: ColumnElement[bool], what: str = "posted") -> Any:
    line = _line(what, _entries.posting, func.sum(_entries.amount), ELSEWHERE)
    return line.where(_entries.currency == currency, *which).group_by(_entries.posting)


def _no_credit(columns: Any, currency: str) -> ColumnElement[bool]:
    return and_(columns.currency == currency, columns.method != Method.CREDIT)


def _always(currency: str) -> tuple[Any, ...]:
    """Return the lines of what is owed and due now, and of the drawers."""
    is_owed = fines.c.status == literal_column(f"'{FineStatus.OWED}'")
    owed, due = func.sum(fines.c.owed), func.sum(payouts.c.due)
    is_due = payouts.c.due > literal_column("0")
    return (
        _line("owed", literal_column("'owed'"), owed).where(is_owed, fines.c.currency == currency),
        _line("due", literal_column("'due'"), due).where(is_due, payouts.c.currency == currency),
        _drawers(currency),
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
    sums = (cash(IS_PAYMENT), cash(~IS_PAYMENT), moved(~is_difference), moved(is_difference))
    line = _line("drawer", tills.c.code, till_sessions.c.opening, *sums, tills.c.drawer)
    joined = line.outerjoin_from(tills, till_sessions, till_sessions.c.session_id == _LAST)
    return joined.where(tills.c.currency == currency)

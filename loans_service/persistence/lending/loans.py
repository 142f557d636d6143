"""Loans in the database: explicit rows for the rules, and plain selects for the screen."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from loans_service.application.lending.views import TITLE_IN_ORDER, HistoryEntry, LoanFilter, LoanOrder, LoanView
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.hold import HoldStatus
from loans_service.domain.lending.giving_up import STARTS_ANEW
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.lending.loan_terms import LoanTerms
from loans_service.persistence.tables import holds, loan_history, loans
from shared.kernel.clock import Clock
from shared.persistence.database import Database
from shared.persistence.statements import Change, Constant, Rows, Runs, Write

_OPEN = loans.c.returned_at.is_(None)

_LOST, _CLAIMED = loans.c.lost_at.is_not(None), loans.c.claimed_at.is_not(None)
COUNTS = or_(~_CLAIMED, _LOST)
"""Which open loans count against limits: those claimed returned do not, until the copy counts as lost."""
IS_WITH_BORROWER = and_(_OPEN, ~or_(_LOST, _CLAIMED))
STANDS = {
    LoanStatus.OPEN: IS_WITH_BORROWER,
    LoanStatus.LOST: and_(_OPEN, or_(_LOST, _CLAIMED), _LOST),  # in the words of the index of missed copies
    LoanStatus.CLAIMED_RETURNED: and_(_OPEN, or_(_LOST, _CLAIMED), ~_LOST),
    LoanStatus.RETURNED: and_(~_OPEN, loans.c.settled_at.is_(None)),
    LoanStatus.LOST_AND_PAID: and_(loans.c.settled_at.is_not(None), _LOST),
    LoanStatus.MISSING: and_(loans.c.settled_at.is_not(None), ~_LOST),
}
_ENTRY = loan_history.c
_HISTORY: Select[Any] = select(
    _ENTRY.at,
    _ENTRY.type.label("what"),
    _ENTRY.by,
    _ENTRY.why,
    _ENTRY.rule,
    _ENTRY.policy_version,
    _ENTRY.due_at,
    _ENTRY.overridden,
)
DUE_UNLESS_LOST = case((loans.c.lost_at.is_(None), loans.c.due_at)).label("due_at")
"""When a loan is due; nothing for a lost one, which is never late."""
_OPEN_COPIES = Constant(
    select(loans.c.book_id, loans.c.copy_id).where(_OPEN, loans.c.member_id == bindparam("member_id"))
)
_BY_ID = Constant(select(loans).where(loans.c.loan_id == bindparam("of_loan")).with_for_update())
_OF_COPY = Constant(select(loans).where(_OPEN, loans.c.copy_id == bindparam("of_copy")).with_for_update())
STARTED_ANEW = loan_history.c.type.in_([literal_column(f"'{each}'") for each in STARTS_ANEW])
_COUNTED_FROM = Constant(
    select(func.max(_ENTRY.at).label("at")).where(
        _ENTRY.loan_id == bindparam("of_loan", type_=_ENTRY.loan_id.type), STARTED_ANEW
    )
)

_IS_RECALLED = exists().where(
    holds.c.recalled_loan_id == loans.c.loan_id,
    holds.c.member_id != loans.c.member_id,
    holds.c.status == literal_column(f"'{HoldStatus.WAITING}'"),
    holds.c.copy_id.is_(None),
)
_NOT_RECALLED = Constant(
    select(loans)
    .where(loans.c.book_id == bindparam("book_id"), IS_WITH_BORROWER, ~_IS_RECALLED)
    .order_by(loans.c.loan_id)
    .with_for_update(of=loans)
)

_PLACES: dict[str, ColumnElement[Any]] = {
    "checked_out_at": loans.c.checked_out_at,
    "due_at": loans.c.due_at,
    "title": func.substr(loans.c.title, 1, TITLE_IN_ORDER),
}
"""By what loans are listed."""

_COPY = ("copy_id", "book_id", "barcode", "title", "home_branch", "item_type")
_TERMS = ("rule", "policy_version", "renewals_allowed", "category")
_OTHERWISE_NAMED = ("loan_id", "barcode_key", "no_block")
_FACTS = [column.name for column in loans.c if column.name not in (*_COPY, *_TERMS, *_OTHERWISE_NAMED)]
"""Columns that a loan has as attributes of the same names."""

_NEW = Rows(loans)
_CHANGE = Change(
    update(loans)
    .where(loans.c.loan_id == bindparam("of_loan"), loans.c.version == bindparam("was"))
    .values({name: bindparam(name) for name in (*_TERMS, *_FACTS, "no_block")})
)
"""What was lent stays what it was: of the copy nothing changes."""


def loan_of(row: Mapping[str, Any]) -> Loan:
    """Return the loan that a row of the table holds."""
    facts = {name: row[name] for name in _FACTS}
    facts |= {"id": row["loan_id"], "offline": row["no_block"], "override_codes": tuple(row["override_codes"])}
    copy, terms = CirculatingCopy(*(row[name] for name in _COPY)), LoanTerms(*(row[name] for name in _TERMS))
    return Loan.restored(copy, terms, facts)


def _row_of(loan: Loan) -> dict[str, Any]:
    row = {name: getattr(loan, name) for name in _FACTS} | {name: getattr(loan.terms, name) for name in _TERMS}
    return row | {"no_block": loan.offline, "override_codes": list(loan.override_codes)}


class SqlLoans:
    """Implements `ports.Loans` and remembers which it saw, so that changes and events can be collected."""

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._added: list[Loan] = []
        self._found: dict[UUID, tuple[Loan, int]] = {}

    @property
    def seen(self) -> list[Loan]:
        """Those whose events are to be collected."""
        return [*(loan for loan, _ in self._found.values()), *self._added]

    def add(self, loan: Loan) -> None:
        self._added.append(loan)

    def note(self, row: Mapping[str, Any]) -> Loan:
        """Remember a loan whose row was read, perhaps together with other things."""
        return self._found.setdefault(row["loan_id"], (loan := loan_of(row), loan.version))[0]

    async def open_copies_of(self, member_id: UUID) -> tuple[tuple[UUID, UUID], ...]:
        return tuple((row.book_id, row.copy_id) for row in await self._run(_OPEN_COPIES, member_id=member_id))

    async def get(self, loan_id: UUID) -> Loan | None:
        return self._first(await self._run(_BY_ID, of_loan=loan_id))

    async def not_recalled(self, book_id: UUID) -> list[Loan]:
        return [self.note(row._asdict()) for row in await self._run(_NOT_RECALLED, book_id=book_id)]

    async def open_of(self, copy_id: UUID) -> Loan | None:
        return self._first(await self._run(_OF_COPY, of_copy=copy_id))

    async def counted_from(self, loan_id: UUID) -> datetime | None:
        (row,) = await self._run(_COUNTED_FROM, of_loan=loan_id)
        counted_from: datetime | None = row.at
        return counted_from

    def _first(self, rows: Sequence[Any]) -> Loan | None:
        return self.note(rows[0]._asdict()) if rows else None

    def writes(self) -> Iterator[Write]:
        """Yield what changed in the version that was read, then what is new: a copy is let go, then lent anew."""
        for loan, was in self._found.values():
            if loan.version != was:
                yield _CHANGE, [_row_of(loan) | {"of_loan": loan.id, "was": was}]
        yield _NEW, [_whole_row_of(loan) for loan in self._added]


def _whole_row_of(loan: Loan) -> dict[str, Any]:
    copy = {name: getattr(loan.copy, name) for name in _COPY}
    return {"loan_id": loan.id, "barcode_key": loan.copy.barcode_key, **copy, **_row_of(loan)}


class SqlLoanViews:
    """Implements `views.LoanViews`: one statement a question."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def loan(self, loan_id: UUID) -> LoanView | None:
        row = await self._database.first(select(loans).where(loans.c.loan_id == loan_id))
        return None if row is None else _view(row, self._clock.now())

    async def loans(
        self,
        wanted: LoanFilter,
        *,
        limit: int,
        before: tuple[datetime | str, UUID] | None,
        order: LoanOrder = "-checked_out_at",
    ) -> list[LoanView]:
        place, last_first = (_PLACES[order.removeprefix("-")], loans.c.loan_id), order.startswith("-")
        query = select(loans).where(*_conditions(wanted))
        if before is not None:
            query = query.where(tuple_(*place) < before if last_first else tuple_(*place) > before)
        query = query.order_by(*(each.desc() if last_first else each for each in place)).limit(limit)
        return [_view(row, wanted.now) for row in await self._database.rows(query)]

    async def count(self, wanted: LoanFilter) -> int:
        query = select(func.count()).select_from(loans).where(*_conditions(wanted))
        return int(await self._database.value(query))

    async def history(self, loan_id: UUID) -> list[HistoryEntry]:
        query = _HISTORY.where(loan_history.c.loan_id == loan_id).order_by(loan_history.c.entry_id)
        return [HistoryEntry(**row._asdict()) for row in await self._database.rows(query)]


def _conditions(wanted: LoanFilter) -> list[ColumnElement[bool]]:
    equal = {
        "member_id": wanted.member_id,
        "copy_id": wanted.copy_id,
        "book_id": wanted.book_id,
    }
    conditions: list[ColumnElement[bool]] = [
        loans.c[name] == value for name, value in equal.items() if value is not None
    ]
    if wanted.branch is not None:
        conditions.append(func.upper(loans.c.branch) == wanted.branch.upper())
    if wanted.status is not None:
        conditions.append(STANDS[LoanStatus(wanted.status)])
    if wanted.offline is not None:
        conditions.append(loans.c.no_block if wanted.offline else ~loans.c.no_block)
    if wanted.overdue is not None:
        late = and_(STANDS[LoanStatus.OPEN], loans.c.due_at < wanted.now)
        conditions.append(late if wanted.overdue else ~late)
    return conditions


def _view(row: Row[Any], now: datetime) -> LoanView:
    return LoanView.of(loan_of({**row._mapping}), now=now)  # noqa: SLF001 - SQLAlchemy's API

"""Loans in the database."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from loans_service.domain.borrower import OpenLoan
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.hold import HoldStatus
from loans_service.domain.holds.placing import LoanOfBook
from loans_service.domain.lending.giving_up import STARTS_ANEW
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.lending.loan_terms import LoanTerms
from loans_service.domain.rules.reminders import Reminder, Reminders
from loans_service.persistence.holds.copy_states import volume_of
from loans_service.persistence.tables import holds, loan_history, loans
from shared.persistence.lists import for_both, one_of
from shared.persistence.numbers import NUMBER, next_number
from shared.persistence.statements import InsertMany, Prepared, PreparedDml, Runs, Write

_OPEN = loans.c.returned_at.is_(None)

_LOST, _CLAIMED = loans.c.lost_at.is_not(None), loans.c.claimed_at.is_not(None)
COUNTS = or_(~_CLAIMED, _LOST)
"""Which open loans count against limits: those claimed returned do not, until the copy counts as lost."""
IS_WITH_BORROWER = and_(_OPEN, ~or_(_LOST, _CLAIMED))
STANDS = {
    LoanStatus.OPEN: IS_WITH_BORROWER,
    LoanStatus.LOST: and_(_OPEN, or_(_LOST, _CLAIMED), _LOST),  # repeats the condition of the index of missed copies
    LoanStatus.CLAIMED_RETURNED: and_(_OPEN, or_(_LOST, _CLAIMED), ~_LOST),
    LoanStatus.RETURNED: and_(~_OPEN, loans.c.settled_at.is_(None)),
    LoanStatus.LOST_AND_PAID: and_(loans.c.settled_at.is_not(None), _LOST),
    LoanStatus.MISSING: and_(loans.c.settled_at.is_not(None), ~_LOST),
}
_ENTRY = loan_history.c
DUE_UNLESS_LOST = case((loans.c.lost_at.is_(None), loans.c.due_at)).label("due_at")
"""When a loan is due; NULL for a lost one, which is never late."""
OF_OPEN_LOAN = (
    loans.c.copy_id,
    loans.c.member_id,
    DUE_UNLESS_LOST,
    loans.c.item_type,
    loans.c.branch,
    loans.c.recalled_at,
)
"""What rules about borrowers use of an open loan."""
WITH_VOLUME = select(loans, volume_of(loans.c.copy_id))
_OPEN_COPIES = Prepared(
    select(loans.c.book_id, loans.c.copy_id, volume_of(loans.c.copy_id)).where(
        _OPEN, loans.c.member_id == bindparam("member_id")
    )
)
_BY_ID = Prepared(WITH_VOLUME.where(loans.c.loan_id == bindparam("of_loan")).with_for_update(of=loans))
_OF_COPY = Prepared(WITH_VOLUME.where(_OPEN, loans.c.copy_id == bindparam("of_copy")).with_for_update(of=loans))
_ON_LOAN = for_both(lambda dialect: select(loans.c.copy_id).where(_OPEN, one_of(loans.c.copy_id, "copy_ids", dialect)))
_OUT_SINCE = Prepared(
    select(loans.c.checked_out_at)
    .where(loans.c.copy_id == bindparam("of_copy"), loans.c.returned_at > bindparam("since"))
    .order_by(loans.c.checked_out_at)
    .limit(1)
)
STARTED_ANEW = loan_history.c.type.in_([literal_column(f"'{each}'") for each in STARTS_ANEW])
_COUNTED_FROM = Prepared(
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
_NOT_RECALLED = Prepared(
    WITH_VOLUME.where(loans.c.book_id == bindparam("book_id"), IS_WITH_BORROWER, ~_IS_RECALLED)
    .order_by(loans.c.loan_id)
    .with_for_update(of=loans)
)


_COPY = ("copy_id", "book_id", "barcode", "title", "home_branch", "item_type")
_TERMS = ("rule", "policy_version", "renewals_allowed", "category", "age_band")
_OTHERWISE_NAMED = ("loan_id", NUMBER, "barcode_key", "no_block", "reminder_terms")
_FACTS = [column.name for column in loans.c if column.name not in (*_COPY, *_TERMS, *_OTHERWISE_NAMED)]
"""Columns that a loan has as attributes of the same names."""

_NEW = InsertMany(loans, {NUMBER: next_number(loans.name, "postgresql")})
_CHANGE = PreparedDml(
    update(loans)
    .where(loans.c.loan_id == bindparam("of_loan"), loans.c.version == bindparam("was"))
    .values({name: bindparam(name) for name in (*_TERMS, *_FACTS, "no_block", "reminder_terms")})
)
"""The columns of the copy never change."""


def loan_of(row: Mapping[str, Any]) -> Loan:
    """Return the loan that a row of the table holds; `volume_key` may be added to it."""
    facts = {name: row[name] for name in _FACTS}
    facts |= {
        "id": row["loan_id"],
        NUMBER: row[NUMBER],
        "offline": row["no_block"],
        "override_codes": tuple(row["override_codes"]),
    }
    copy = CirculatingCopy(
        *(row[name] for name in _COPY), volume_key=row.get("volume_key"), location=row.get("location")
    )
    terms = LoanTerms(**{name: row[name] for name in _TERMS}, reminders=_reminders(row["reminder_terms"]))
    return Loan.restored(copy, terms, facts)


def open_loan_of(row: Any) -> OpenLoan:
    """Return the open loan of which a row has the columns `OF_OPEN_LOAN`."""
    recalled = row.recalled_at is not None
    return OpenLoan(row.copy_id, row.member_id, row.due_at, row.item_type, row.branch, recalled)


def _reminders(stored: list[dict[str, Any]] | None) -> Reminders:
    return None if stored is None else tuple(map(Reminder.of, stored))


def _row_of(loan: Loan) -> dict[str, Any]:
    row = {name: getattr(loan, name) for name in _FACTS} | {name: getattr(loan.terms, name) for name in _TERMS}
    reminders = loan.terms.reminders
    return row | {
        "no_block": loan.offline,
        "override_codes": list(loan.override_codes),
        "reminder_terms": None if reminders is None else [each.figures() for each in reminders],
    }


class Loans:
    """The loans on record. It tracks those that were read, so that their changes and events are written."""

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._added: list[Loan] = []
        self._found: dict[UUID, tuple[Loan, int]] = {}

    @property
    def tracked(self) -> list[Loan]:
        """The loans whose events are to be published."""
        return [*(loan for loan, _ in self._found.values()), *self._added]

    def add(self, loan: Loan) -> None:
        self._added.append(loan)

    def note(self, row: Mapping[str, Any]) -> Loan:
        """Track a loan whose row was read, perhaps in another statement."""
        return self._found.setdefault(row["loan_id"], (loan := loan_of(row), loan.version))[0]

    async def open_copies_of(self, member_id: UUID) -> tuple[LoanOfBook, ...]:
        """Return book, copy and volume of each open loan of a member."""
        rows = await self._run(_OPEN_COPIES, member_id=member_id)
        return tuple((row.book_id, row.copy_id, row.volume_key) for row in rows)

    async def open_among(self, copy_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Return which of these copies are on loan."""
        return frozenset(row.copy_id for row in await self._run(_ON_LOAN, copy_ids=list(copy_ids)))

    async def get(self, loan_id: UUID) -> Loan | None:
        """Return a loan as it is now."""
        return self._first(await self._run(_BY_ID, of_loan=loan_id))

    async def not_recalled(self, book_id: UUID) -> list[Loan]:
        """Return the loans of a book whose copies are with their borrowers and not recalled."""
        return [self.note(row._asdict()) for row in await self._run(_NOT_RECALLED, book_id=book_id)]

    async def open_of(self, copy_id: UUID) -> Loan | None:
        """Return the open loan of a copy as it is now, if it is out."""
        return self._first(await self._run(_OF_COPY, of_copy=copy_id))

    async def out_since(self, copy_id: UUID, since: datetime) -> datetime | None:
        """Return when the first loan of a copy began that is closed and ended after `since`; None if there is none."""
        rows = await self._run(_OUT_SINCE, of_copy=copy_id, since=since)
        return rows[0].checked_out_at if rows else None

    async def counted_from(self, loan_id: UUID) -> datetime | None:
        """Return when the overdue days of a loan were last counted anew; None if they count from its due date.

        That is when its copy was last found, or the loan was taken over from another system.
        """
        (row,) = await self._run(_COUNTED_FROM, of_loan=loan_id)
        counted_from: datetime | None = row.at
        return counted_from

    def _first(self, rows: Sequence[Any]) -> Loan | None:
        return self.note(rows[0]._asdict()) if rows else None

    def writes(self) -> Iterator[Write]:
        """Yield the changes, guarded by version, then new loans: a copy is returned before it is lent again."""
        for loan, was in self._found.values():
            if loan.version != was:
                yield _CHANGE, [_row_of(loan) | {"of_loan": loan.id, "was": was}]
        yield _NEW, [_whole_row_of(loan) for loan in self._added]


def _whole_row_of(loan: Loan) -> dict[str, Any]:
    copy = {name: getattr(loan.copy, name) for name in _COPY}
    return {"loan_id": loan.id, NUMBER: loan.number, "barcode_key": loan.copy.barcode_key, **copy, **_row_of(loan)}

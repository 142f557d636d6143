"""Where the copies stand that are not at home, and what the fines come to."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, and_, bindparam, case, exists, func, literal_column, or_, select

from loans_service.application.consistency.consistency_views import Balance
from loans_service.domain.circulating_copy import (
    Availability,
    CirculatingCopy,
    CopyState,
    CopyStatus,
    Stands,
    StandsWhy,
)
from loans_service.domain.fines.fine import Posting
from loans_service.domain.holds.circulation_record import AVAILABILITY_OF, CirculationRecord, CirculationStatus
from loans_service.domain.lending.loan_status import LoanStatus, status_of
from loans_service.persistence.fines.fine_tables import fine_entries, fines
from loans_service.persistence.tables import circulation_records, loans, reported_copies
from shared.persistence.database import Database
from shared.persistence.lists import for_both, one_of
from shared.persistence.statements import Constant, Runs

_IS_OPEN = loans.c.returned_at.is_(None)
_later = loans.alias("later")
_TOLD_STATUS = (
    select(reported_copies.c.status)
    .where(reported_copies.c.copy_id == loans.c.copy_id)
    .correlate(loans)
    .scalar_subquery()
)
IS_GONE = and_(
    loans.c.settled_at.is_not(None),
    ~exists().where(_later.c.copy_id == loans.c.copy_id, _later.c.checked_out_at > loans.c.checked_out_at),
    func.coalesce(_TOLD_STATUS, "") != literal_column(f"'{CopyStatus.IN_SERVICE}'"),
)
"""The loan was settled, and nobody has seen its copy since, nor has books put it back into service."""
_LENT = select(
    loans.c.copy_id,
    loans.c.book_id,
    loans.c.due_at,
    loans.c.returned_at,
    loans.c.lost_at,
    loans.c.claimed_at,
    loans.c.settled_at,
    loans.c.branch,
    loans.c.checked_out_at,
)
_STATE = ("status", "branch", "from_branch", "stands_since")
_LYING = select(*(circulation_records.c[name] for name in ("copy_id", "book_id", "home_branch", *_STATE)))
_ADDS = fine_entries.c.posting.in_([posting for posting in Posting if posting.sign > 0])
_POSTED = func.coalesce(func.sum(case((_ADDS, fine_entries.c.amount), else_=-fine_entries.c.amount)), 0)


_LENT_OF = for_both(lambda dialect: _LENT.where(or_(_IS_OPEN, IS_GONE), one_of(loans.c.copy_id, "copy_ids", dialect)))
_LYING_OF = for_both(lambda dialect: _LYING.where(one_of(circulation_records.c.copy_id, "copy_ids", dialect)))
_AFTER, _MOST = bindparam("after", type_=loans.c.copy_id.type), bindparam("most", type_=Integer)
_LENT_AFTER = Constant(
    _LENT.where(or_(_IS_OPEN, IS_GONE), loans.c.copy_id > _AFTER).order_by(loans.c.copy_id).limit(_MOST)
)
_LYING_AFTER = Constant(
    _LYING.where(circulation_records.c.copy_id > _AFTER).order_by(circulation_records.c.copy_id).limit(_MOST)
)


async def states_of(run: Runs, copy_ids: Collection[UUID]) -> list[CopyState]:
    """Return those among these copies that are away."""
    asked = {"copy_ids": list(copy_ids)}
    return _states(lying=await run(_LYING_OF, **asked), lent=await run(_LENT_OF, **asked))


def _states(*, lying: Iterable[Any], lent: Iterable[Any]) -> list[CopyState]:
    """Return the states by copy id; a copy that is lent is lent, whatever else is said of it."""
    found: dict[UUID, CopyState] = {}
    for row in lying:
        copy = CirculatingCopy(
            row.copy_id, row.book_id, barcode="", title="", home_branch=row.home_branch, item_type=""
        )
        record = CirculationRecord(copy, **{name: getattr(row, name) for name in _STATE})
        seen_as = str(AVAILABILITY_OF[record.status])
        found[row.copy_id] = CopyState(
            row.copy_id, seen_as, None, row.book_id, transit_to=record.transit_to, stands=record.stands
        )
    for row in sorted(lent, key=lambda row: row.settled_at is None):  # a copy that is lent again is lent
        status = status_of(
            returned_at=row.returned_at, lost_at=row.lost_at, claimed_at=row.claimed_at, settled_at=row.settled_at
        )
        out = status is LoanStatus.OPEN
        seen_as = str(Availability.ON_LOAN if out else Availability.UNAVAILABLE)
        stands = Stands(row.branch, StandsWhy.ON_LOAN, row.checked_out_at)
        found[row.copy_id] = CopyState(row.copy_id, seen_as, row.due_at if out else None, row.book_id, stands=stands)
    return [found[copy_id] for copy_id in sorted(found)]


class SqlCirculation:
    """Implements `consistency_views.Circulation`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def away(self, *, after: UUID, limit: int) -> list[CopyState]:
        asked = {"after": after, "most": limit}
        lying, lent = [await self._database.read(each, **asked) for each in (_LYING_AFTER, _LENT_AFTER)]
        return _states(lying=lying, lent=lent)[:limit]

    async def states_of(self, copy_ids: Collection[UUID]) -> list[CopyState]:
        return await states_of(self._database.read, copy_ids)

    async def in_two_places(self, *, after: UUID, until: UUID) -> list[UUID]:
        lent = select(loans.c.copy_id).where(_IS_OPEN, loans.c.copy_id > after, loans.c.copy_id <= until).subquery()
        query = (
            select(circulation_records.c.copy_id)
            .join(lent, lent.c.copy_id == circulation_records.c.copy_id)
            .where(circulation_records.c.status != CirculationStatus.HOME)
            .where(circulation_records.c.copy_id > after, circulation_records.c.copy_id <= until)
            .order_by(circulation_records.c.copy_id)
        )
        return await self._database.values(query)

    async def balances(self, *, after: UUID, limit: int) -> list[Balance]:
        # Summed fine by fine: a join would read the whole ledger for each page of a long list.
        posted = select(_POSTED).where(fine_entries.c.fine_id == fines.c.fine_id).scalar_subquery()
        query = select(fines.c.fine_id, fines.c.owed, posted).where(fines.c.fine_id > after)
        found = await self._database.rows(query.order_by(fines.c.fine_id).limit(limit))
        return [Balance(row[0], row[1], int(row[2])) for row in found]

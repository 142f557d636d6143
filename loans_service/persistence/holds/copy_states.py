"""The states of copies that are not at home."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select

from loans_service.domain.circulating_copy import (
    Availability,
    CirculatingCopy,
    CopyState,
    CopyStatus,
    Stands,
    StandsWhy,
)
from loans_service.domain.holds.circulation_record import AVAILABILITY_OF, CirculationRecord
from loans_service.domain.lending.loan_status import LoanStatus, status_of
from loans_service.persistence.tables import circulation_records, copy_scans, loans, reported_copies
from shared.persistence.lists import for_both, one_of
from shared.persistence.statements import Runs

IS_OPEN = loans.c.returned_at.is_(None)
_later = loans.alias("later")
_REPORTED_STATUS = (
    select(reported_copies.c.status)
    .where(reported_copies.c.copy_id == loans.c.copy_id)
    .correlate(loans)
    .scalar_subquery()
)
IS_GONE = and_(
    loans.c.settled_at.is_not(None),
    ~exists().where(_later.c.copy_id == loans.c.copy_id, _later.c.checked_out_at > loans.c.checked_out_at),
    ~exists().where(
        copy_scans.c.copy_id == loans.c.copy_id,
        copy_scans.c.at >= loans.c.settled_at,
        copy_scans.c.at > loans.c.checked_out_at,
    ),
    func.coalesce(_REPORTED_STATUS, "") != literal_column(f"'{CopyStatus.IN_SERVICE}'"),
)
"""The loan was settled, and since then its copy was neither in hand at a desk nor put back into service by books."""


def volume_of(copy_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the volume of a copy as books last told it, a column `volume_key`."""
    query = select(reported_copies.c.volume_key).where(reported_copies.c.copy_id == copy_id)
    return query.correlate_except(reported_copies).scalar_subquery().label("volume_key")


def location_of(copy_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the location of a copy as books last told it, a column `location`."""
    query = select(reported_copies.c.location).where(reported_copies.c.copy_id == copy_id)
    return query.correlate_except(reported_copies).scalar_subquery().label("location")


def home_of(copy_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the branch where a copy is at home as books last told it, a column `reported_home`."""
    query = select(reported_copies.c.branch).where(reported_copies.c.copy_id == copy_id)
    return query.correlate_except(reported_copies).scalar_subquery().label("reported_home")


LENT = select(
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
LYING = select(*(circulation_records.c[name] for name in ("copy_id", "book_id", "home_branch", *_STATE)))
_LENT_OF = for_both(lambda dialect: LENT.where(or_(IS_OPEN, IS_GONE), one_of(loans.c.copy_id, "copy_ids", dialect)))
_LYING_OF = for_both(lambda dialect: LYING.where(one_of(circulation_records.c.copy_id, "copy_ids", dialect)))


async def states_of(run: Runs, copy_ids: Collection[UUID]) -> list[CopyState]:
    """Return the states of those copies that are not at home."""
    params = {"copy_ids": list(copy_ids)}
    return as_states(lying=await run(_LYING_OF, **params), lent=await run(_LENT_OF, **params))


def as_states(*, lying: Iterable[Any], lent: Iterable[Any]) -> list[CopyState]:
    """Return the states by copy id; if a copy has an open loan, that decides."""
    found: dict[UUID, CopyState] = {}
    for row in lying:
        copy = CirculatingCopy(
            row.copy_id, row.book_id, barcode="", title="", home_branch=row.home_branch, item_type=""
        )
        record = CirculationRecord(copy, **{name: getattr(row, name) for name in _STATE})
        availability = str(AVAILABILITY_OF[record.status])
        found[row.copy_id] = CopyState(
            row.copy_id, availability, None, row.book_id, transit_to=record.transit_to, stands=record.stands
        )
    for row in sorted(lent, key=lambda row: row.settled_at is None):  # an open loan overrides a settled one
        status = status_of(
            returned_at=row.returned_at, lost_at=row.lost_at, claimed_at=row.claimed_at, settled_at=row.settled_at
        )
        out = status is LoanStatus.OPEN
        availability = str(Availability.ON_LOAN if out else Availability.UNAVAILABLE)
        stands = Stands(row.branch, StandsWhy.ON_LOAN, row.checked_out_at)
        found[row.copy_id] = CopyState(
            row.copy_id, availability, row.due_at if out else None, row.book_id, stands=stands
        )
    return [found[copy_id] for copy_id in sorted(found)]

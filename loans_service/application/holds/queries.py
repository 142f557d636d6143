"""Queries for holds, queues and hold shelves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Label,
    Row,
    Table,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union,
)

from loans_service.application.holds.hold_views import (
    ANY_ACTIVE,
    BranchContents,
    CopyAwayView,
    HoldFilter,
    HoldView,
    PullListItem,
    QueuePlace,
    QueueView,
    TransitView,
    version_of,
)
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.domain.holds.hold import ACTIVE, HoldStatus
from loans_service.domain.holds.hold_queue import positions
from loans_service.persistence.holds.holds import IS_WAITING, competes
from loans_service.persistence.tables import circulation_records, holds, loans
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

_other = holds.alias("other")
# The position is counted, never stored, so that holds that leave the queue leave no gap. Those for other volumes do
# not count.
_POSITION = (
    select(func.count())
    .select_from(_other)
    .where(
        _other.c.book_id == holds.c.book_id,
        _other.c.status == literal_column(f"'{HoldStatus.WAITING}'"),
        competes(_other.c.volume_key, holds.c.volume_key),
        or_(
            _other.c.queue_order < holds.c.queue_order,
            and_(_other.c.queue_order == holds.c.queue_order, _other.c.hold_id <= holds.c.hold_id),
        ),
    )
    .correlate(holds)
    .scalar_subquery()
    .label("position")
)
_WITH_POSITION = select(holds, _POSITION)
_ORDER = (
    select(holds.c.queue_order, holds.c.hold_id, holds.c.volume_key)
    .where(holds.c.book_id == bindparam("book_id", type_=holds.c.book_id.type), IS_WAITING)
    .order_by(holds.c.queue_order, holds.c.hold_id)
)
_COPY_AWAY = select(*(circulation_records.c[name] for name in CopyAwayView.__dataclass_fields__))

_LEFT = func.coalesce(circulation_records.c.from_branch, circulation_records.c.home_branch)
_TRANSITS = select(
    *(circulation_records.c[name] for name in ("copy_id", "book_id", "title", "barcode", "home_branch", "hold_id")),
    _LEFT.label("from_branch"),
    circulation_records.c.branch.label("to_branch"),
    circulation_records.c.since,
).where(circulation_records.c.status == literal_column(f"'{CirculationStatus.IN_TRANSIT}'"))
_LONGEST_FIRST = (circulation_records.c.since, circulation_records.c.copy_id)

_SHELVES = tuple(circulation_records.c[name] for name in ("location", "shelf_mark_key", "copy_id"))
_ON_SHELF = ("copy_id", "book_id", "title", "barcode", "branch", "location", "shelf_mark")
_TO_PULL = (
    select(
        *(circulation_records.c[name] for name in _ON_SHELF),
        circulation_records.c.hold_id,
        holds.c.volume,
        holds.c.pickup_branch,
        circulation_records.c.since,
    )
    .join(holds, holds.c.hold_id == circulation_records.c.hold_id)
    .where(circulation_records.c.status == literal_column(f"'{CirculationStatus.REQUESTED}'"))
)


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """A title, how many wait for it, and since when the first of them."""

    book_id: UUID
    waiting: int
    first_placed_at: datetime


class HoldQueries:
    """Looks up holds and copies away from home to show."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(self, hold_id: UUID) -> HoldView | None:
        found = await self._database.rows(_WITH_POSITION.where(holds.c.hold_id == hold_id))
        return _view(found[0]) if found else None

    async def holds(self, filters: HoldFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[HoldView]:
        """Return up to `limit` holds, newest first, that were placed before the given moment and id."""
        query = _WITH_POSITION.where(
            *(
                holds.c[name] == value
                for name, value in (
                    ("member_id", filters.member_id),
                    ("book_id", filters.book_id),
                )
                if value is not None
            )
        )
        if filters.status is not None:
            statuses = ACTIVE if filters.status == ANY_ACTIVE else (filters.status,)
            query = query.where(holds.c.status.in_(statuses))
        if filters.pickup_branch is not None:
            query = query.where(func.upper(holds.c.pickup_branch) == filters.pickup_branch.upper())
        if filters.copy_id is not None:
            query = query.where(or_(holds.c.copy_id == filters.copy_id, holds.c.wanted_copy_id == filters.copy_id))
        if filters.placed_before is not None:
            query = query.where(holds.c.placed_at < filters.placed_before)
        if before is not None:
            query = query.where(tuple_(holds.c.placed_at, holds.c.hold_id) < before)
        query = query.order_by(holds.c.placed_at.desc(), holds.c.hold_id.desc()).limit(limit)
        return [_view(row) for row in await self._database.rows(query)]

    async def queue(self, book_id: UUID, *, limit: int, after: QueuePlace | None) -> QueueView:
        """Return up to `limit` waiting holds behind the given place."""
        # The version needs the whole order, which is two narrow columns; of the holds only one page is read.
        async with self._database.reading() as connection:
            rows = (await connection.execute(_ORDER, {"book_id": book_id})).all()
            order = [(row.queue_order, row.hold_id) for row in rows]
            places = dict(zip((row.hold_id for row in rows), positions(row.volume_key for row in rows), strict=True))
            behind = [place for place in order if after is None or place > after]
            page = [hold_id for _, hold_id in behind[:limit]]
            found = await connection.execute(select(holds).where(holds.c.hold_id.in_(page), IS_WAITING))
            views = {row.hold_id: _view(row, position=places[row.hold_id]) for row in found}
        return QueueView(
            book_id,
            tuple(views[hold_id] for hold_id in page if hold_id in views),
            waiting=len(order),
            version=version_of(places),
            reached=behind[limit - 1] if len(behind) > limit else None,
        )

    async def away(
        self,
        status: str,
        branch: str | None,
        *,
        limit: int,
        after: tuple[datetime, UUID] | None,
        since: datetime | None = None,
    ) -> list[CopyAwayView]:
        """Return up to `limit` copies of this status, the longest waiting first, behind the given moment and id.

        With `since`, those that have waited since that moment or longer.
        """
        query = _COPY_AWAY.where(circulation_records.c.status == status)
        if since is not None:
            query = query.where(circulation_records.c.since <= since)
        if branch is not None:
            query = query.where(func.upper(circulation_records.c.branch) == branch.upper())
        if after is not None:
            query = query.where(tuple_(*_LONGEST_FIRST) > after)
        found = await self._database.rows(query.order_by(*_LONGEST_FIRST).limit(limit))
        return [CopyAwayView(**row._mapping) for row in found]  # noqa: SLF001 - SQLAlchemy's API

    async def transits(
        self, *, since: datetime, branch: str | None, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[TransitView]:
        """Return up to `limit` copies that are on their way since that moment or longer, behind a moment and id.

        With `branch`, those from and to it.
        """
        query = _TRANSITS.where(circulation_records.c.since <= since)
        if branch is not None:
            ends = (func.upper(_LEFT), func.upper(circulation_records.c.branch))
            query = query.where(or_(*(end == branch.upper() for end in ends)))
        if after is not None:
            query = query.where(tuple_(*_LONGEST_FIRST) > after)
        found = await self._database.rows(query.order_by(*_LONGEST_FIRST).limit(limit))
        return [from_attributes(row, TransitView) for row in found]

    async def to_pull(
        self, branch: str, *, limit: int, after: tuple[str, str, UUID] | None
    ) -> list[tuple[str, PullListItem]]:
        """Return up to `limit` copies to be pulled in `branch` in the order of the shelves, each with its filing key.

        They begin behind the location, filing key and id in `after`. Locations come one after the other, because each
        may file its shelf marks in its own way.
        """
        query = _TO_PULL.add_columns(circulation_records.c.shelf_mark_key).where(
            func.upper(circulation_records.c.branch) == branch.upper()
        )
        if after is not None:
            query = query.where(tuple_(*_SHELVES) > after)
        found = await self._database.rows(query.order_by(*_SHELVES).limit(limit))
        return [
            (
                row.shelf_mark_key,
                from_attributes(row, PullListItem, shelf_mark=row.shelf_mark or None, location=row.location or None),
            )
            for row in found
        ]

    async def contents(self, branch: str) -> BranchContents:
        """Count what there is in a branch."""
        held = func.upper(holds.c.pickup_branch) == branch.upper()
        lying = func.upper(circulation_records.c.branch) == branch.upper()
        travels = circulation_records.c.status == CirculationStatus.IN_TRANSIT
        others = circulation_records.c.status.in_([CirculationStatus.HOME, CirculationStatus.TO_CLEAR])
        lent = and_(func.upper(loans.c.branch) == branch.upper(), loans.c.returned_at.is_(None))
        row = await self._database.first(
            select(
                _count(loans, lent, "loans"),
                *(_count(holds, and_(held, holds.c.status == each), f"holds_{each}") for each in sorted(ACTIVE)),
                _count(circulation_records, and_(lying, travels), "transits"),
                _count(circulation_records, and_(lying, others), "others"),
            )
        )
        return from_attributes(row, BranchContents, branch=branch.upper())

    async def books_in(self, branch: str, *, after: UUID | None = None, limit: int) -> list[UUID]:
        """Return up to `limit` books with holds to be fetched in a branch, or copies there or on their way there.

        They are in the order of their ids, those behind `after`.
        """
        held = select(holds.c.book_id).where(
            holds.c.status.in_(ACTIVE), func.upper(holds.c.pickup_branch) == branch.upper()
        )
        lying = select(circulation_records.c.book_id).where(func.upper(circulation_records.c.branch) == branch.upper())
        found = union(held, lying).subquery("found")
        query = select(found.c.book_id).order_by(found.c.book_id).limit(limit)
        query = query if after is None else query.where(found.c.book_id > after)
        return [row.book_id for row in await self._database.rows(query)]

    async def waited_for(self, *, branch: str | None, after: tuple[int, UUID] | None, limit: int) -> list[WaitedFor]:
        """Return up to `limit` titles that are waited for, those with the most holds first, behind a number and id."""
        waiting = func.count().label("waiting")
        query = select(holds.c.book_id, waiting, func.min(holds.c.placed_at).label("first_placed_at"))
        query = query.where(IS_WAITING, holds.c.book_id.is_not(None)).group_by(holds.c.book_id)
        if branch is not None:
            query = query.where(func.upper(holds.c.pickup_branch) == branch)
        if after is not None:
            number, book_id = after
            query = query.having(
                or_(func.count() < number, and_(func.count() == number, holds.c.book_id > book_id)),
            )
        rows = await self._database.rows(query.order_by(waiting.desc(), holds.c.book_id).limit(limit))
        return [from_attributes(row, WaitedFor) for row in rows]

    async def waiting(self, book_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Return how many holds wait for each of these books; books without holds are left out."""
        query = select(holds.c.book_id, func.count().label("waiting")).where(holds.c.book_id.in_(book_ids), IS_WAITING)
        return {row.book_id: row.waiting for row in await self._database.rows(query.group_by(holds.c.book_id))}


def _count(table: Table, condition: ColumnElement[bool], name: str) -> Label[int]:
    return select(func.count()).select_from(table).where(condition).scalar_subquery().label(name)


def _view(row: Row[Any], *, position: int | None = None) -> HoldView:
    waits = row.status is HoldStatus.WAITING
    return HoldView.from_record(row, hold_id=row.hold_id, position=position or (row.position if waits else None))

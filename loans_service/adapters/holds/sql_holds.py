"""Holds in the database: a repository for the rules."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.sql_tables import holds
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.hold import ACTIVE, WITH_COPY, Hold, HoldStatus
from loans_service.domain.holds.hold_queue import HoldQueue, QueueEnd, QueueOrder
from shared.persistence.types import UtcDateTime


def _one_of(statuses: Iterable[HoldStatus]) -> ColumnElement[bool]:
    """Return the condition with literals, not parameters, so that the planner can match the partial indexes."""
    return holds.c.status.in_([literal_column(f"'{status}'") for status in statuses])


IS_ACTIVE = _one_of(ACTIVE)
HAS_COPY = _one_of(WITH_COPY)
IS_READY = holds.c.status == literal_column(f"'{HoldStatus.READY}'")
IS_WAITING = holds.c.status == literal_column(f"'{HoldStatus.WAITING}'")


def wants(copy_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a hold waits for this copy, among others or alone."""
    return and_(IS_WAITING, or_(holds.c.wanted_copy_id.is_(None), holds.c.wanted_copy_id == copy_id))


_NOW = bindparam("now", type_=UtcDateTime)
SUSPENDED = and_(holds.c.suspended.is_(True), or_(holds.c.suspended_until.is_(None), holds.c.suspended_until > _NOW))
PASSED = and_(holds.c.expires_at.is_not(None), holds.c.expires_at < _NOW)
"""Both as of the moment in the parameter `now`."""

_BOOK, _COPY = bindparam("book_id", type_=holds.c.book_id.type), bindparam("copy_id", type_=holds.c.copy_id.type)
_QUEUE = and_(holds.c.book_id == _BOOK, IS_WAITING)
_PLACE = (holds.c.queue_order, holds.c.hold_id)
_AT_ONCE = 20  # of a queue; the first whom the policy lends the copy to is hardly ever further behind

_END = select(func.count(), func.coalesce(func.max(holds.c.queue_order), 0)).where(_QUEUE)
_ORDER = select(holds.c.hold_id, holds.c.queue_order).where(_QUEUE).order_by(*_PLACE)
_POSITION = select(func.count()).where(
    _QUEUE, tuple_(*_PLACE) <= tuple_(bindparam("order"), bindparam("hold_id", type_=holds.c.hold_id.type))
)
_CAPTURED = select(holds.c.hold_id).where(holds.c.copy_id == _COPY, HAS_COPY)
_WANTING = select(holds.c.hold_id).where(
    holds.c.book_id == _BOOK, wants(_COPY), ~SUSPENDED, ~PASSED, holds.c.queue_order > bindparam("behind")
)
_WANTING = _WANTING.order_by(holds.c.queue_order).limit(_AT_ONCE)
_FOR_COPY = holds.c.hold_id.in_(union_all(_CAPTURED, select(_WANTING.subquery())))
_FURTHER = holds.c.hold_id.in_(select(_WANTING.subquery()))
_OF_MEMBER = and_(holds.c.member_id == bindparam("member_id"), IS_ACTIVE)
_OF_IDS = holds.c.hold_id.in_(bindparam("hold_ids", expanding=True))

# A new order comes as one thing, so that however many move, it is one statement.
_PLACES = (
    func.unnest(bindparam("ids", type_=ARRAY(Uuid)), bindparam("places", type_=ARRAY(Integer)))
    .table_valued(column("hold_id", Uuid), column("place", Integer), name="wanted")
    .render_derived()
)
_pairs = func.json_each(bindparam("order", type_=String)).table_valued("value")
_PLACES_ON_SQLITE = select(
    type_coerce(func.json_extract(_pairs.c.value, "$[0]"), Uuid).label("hold_id"),
    func.json_extract(_pairs.c.value, "$[1]").label("place"),
).subquery("wanted")

_CHANGING = [column.name for column in holds.c if column.name not in ("hold_id", "book_id", "member_id", "placed_at")]
_CHANGE = (
    update(holds).where(holds.c.hold_id == bindparam("of_hold")).values({name: bindparam(name) for name in _CHANGING})
)


@cache
def _query(condition: ColumnElement[bool]) -> Select[Hold]:
    return select(Hold).where(condition).order_by(*_PLACE)


class SqlHolds:
    """Implements `records.Holds` and remembers which it saw, so that their events can be collected."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.seen: dict[UUID, Hold] = {}

    def add(self, hold: Hold) -> None:
        self._session.add(hold)
        self.seen[hold.id] = hold

    def note(self, hold: Hold) -> None:
        """Remember a hold that was read together with other things."""
        self.seen[hold.id] = hold

    async def get(self, hold_id: UUID) -> Hold | None:
        hold = await self._session.get(Hold, hold_id)
        if hold is not None:
            self.seen[hold_id] = hold
        return hold

    async def end_of_queue(self, book_id: UUID) -> QueueEnd:
        return QueueEnd(*(await self._session.execute(_END, {"book_id": book_id})).one())

    async def position_of(self, hold: Hold) -> int:
        asked = {"book_id": hold.book_id, "order": hold.order, "hold_id": hold.id}
        return (await self._session.execute(_POSITION, asked)).scalar_one()

    async def order_of_queue(self, book_id: UUID) -> QueueOrder:
        rows = await self._session.execute(_ORDER, {"book_id": book_id})
        return QueueOrder(tuple((row.hold_id, row.queue_order) for row in rows))

    async def reorder(self, places: Mapping[UUID, int]) -> None:
        on_sqlite = self._session.get_bind().dialect.name == "sqlite"
        wanted = _PLACES_ON_SQLITE if on_sqlite else _PLACES
        moved = {"queue_order": wanted.c.place, "version": holds.c.version + 1}
        asked: dict[str, Any] = {"ids": list(places), "places": list(places.values())}
        if on_sqlite:
            asked = {"order": json.dumps([[hold_id.hex, place] for hold_id, place in places.items()])}
        await self._session.execute(update(holds).where(holds.c.hold_id == wanted.c.hold_id).values(moved), asked)

    async def of_ids(self, hold_ids: Sequence[UUID]) -> list[Hold]:
        found = {hold.id: hold for hold in await self._found(_OF_IDS, hold_ids=hold_ids)}
        return [found[hold_id] for hold_id in hold_ids]

    async def for_copy(self, copy: CirculatingCopy, *, now: datetime) -> tuple[Hold | None, HoldQueue]:
        found = await self._found(_FOR_COPY, copy_id=copy.copy_id, book_id=copy.book_id, now=now, behind=-1)
        held_by = (hold for hold in found if hold.is_active and hold.copy_id == copy.copy_id)
        return next(held_by, None), HoldQueue(found)

    async def further_for(self, copy: CirculatingCopy, *, behind: Hold, now: datetime) -> HoldQueue:
        asked = {"copy_id": copy.copy_id, "book_id": copy.book_id, "now": now, "behind": behind.order}
        return HoldQueue(await self._found(_FURTHER, **asked))

    async def active_of(self, member_id: UUID) -> list[Hold]:
        return await self._found(_OF_MEMBER, member_id=member_id)

    async def _found(self, condition: ColumnElement[bool], **asked: Any) -> list[Hold]:
        found = list(await self._session.scalars(_query(condition), asked))
        self.seen.update({hold.id: hold for hold in found})
        return found

    async def flush(self) -> None:
        """Write down what changed, if it is more than one: those that ended come first.

        So a copy that passes on is never captured for two. Their book is locked, so nobody else changed them.
        """
        dirty = self._session.dirty
        changed = [hold for hold in self.seen.values() if hold in dirty]
        if len(changed) > 1:
            changed.sort(key=lambda hold: hold.is_active)
            await self._session.execute(_CHANGE, [_facts(hold) for hold in changed])
            for hold in changed:
                self._session.expunge(hold)


def _facts(hold: Hold) -> dict[str, Any]:
    named = {"queue_order": "order"}
    return {name: getattr(hold, named.get(name, name)) for name in _CHANGING} | {"of_hold": hold.id}

"""Holds in the database: a repository for the rules."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.sql_tables import holds
from loans_service.domain.hold import ACTIVE, WITH_COPY, Hold, HoldStatus
from loans_service.domain.hold_queue import HoldQueue
from shared.persistence.types import UtcDateTime


def _one_of(statuses: Iterable[HoldStatus]) -> ColumnElement[bool]:
    """Return the condition in the words of the partial indexes: with parameters, no plan would see the likeness."""
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
_FOR_COPY = and_(holds.c.book_id == _BOOK, IS_ACTIVE, or_(wants(_COPY), holds.c.copy_id == _COPY))
_QUEUE = and_(holds.c.book_id == _BOOK, IS_WAITING)
_OF_MEMBER = and_(holds.c.member_id == bindparam("member_id"), IS_ACTIVE)


@cache
def _query(condition: ColumnElement[bool]) -> Select[Hold]:
    return select(Hold).where(condition).order_by(holds.c.queue_order)


class SqlHolds:
    """Implements `records.Holds` and remembers which it saw, so that their events can be collected."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.seen: dict[UUID, Hold] = {}

    def add(self, hold: Hold) -> None:
        self._session.add(hold)
        self.seen[hold.id] = hold

    async def get(self, hold_id: UUID) -> Hold | None:
        hold = await self._session.get(Hold, hold_id)
        if hold is not None:
            self.seen[hold_id] = hold
        return hold

    async def queue_of(self, book_id: UUID) -> HoldQueue:
        return HoldQueue(await self._found(_QUEUE, book_id=book_id))

    async def for_copy(self, copy_id: UUID, *, book_id: UUID) -> tuple[Hold | None, HoldQueue]:
        found = await self._found(_FOR_COPY, copy_id=copy_id, book_id=book_id)
        return next((hold for hold in found if hold.is_active and hold.copy_id == copy_id), None), HoldQueue(found)

    async def active_of(self, member_id: UUID) -> list[Hold]:
        return await self._found(_OF_MEMBER, member_id=member_id)

    async def _found(self, condition: ColumnElement[bool], **asked: UUID) -> list[Hold]:
        found = list(await self._session.scalars(_query(condition), asked))
        self.seen.update({hold.id: hold for hold in found})
        return found

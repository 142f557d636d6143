"""The queue of books whose holds are to be retargeted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, bindparam, delete, exists, func, or_, select, update

from loans_service.persistence.holds.holds import IS_ACTIVE
from loans_service.persistence.tables import holds, merged_books, retarget_requests
from shared.persistence.database import Database
from shared.persistence.lists import for_both
from shared.persistence.statements import InsertMany, Prepared, Runs, Write
from shared.persistence.types import UtcDateTime

_NEW = InsertMany(retarget_requests)
_IS_DUE = retarget_requests.c.due_at <= bindparam("as_of", type_=UtcDateTime)
_HAS_HOLDS = exists().where(holds.c.book_id == retarget_requests.c.book_id, IS_ACTIVE)
_OF_BOUND = or_(
    exists().where(holds.c.book_id == retarget_requests.c.book_id, holds.c.bound_book_id.is_not(None), IS_ACTIVE),
    exists().where(holds.c.bound_book_id == retarget_requests.c.book_id, IS_ACTIVE),
)
_MERGED = exists().where(merged_books.c.book_id == retarget_requests.c.book_id)
_IS_NEEDED = or_(_HAS_HOLDS, _OF_BOUND, _MERGED)  # records of a merged book that came late must be moved
_LATEST = func.max(retarget_requests.c.request_id)
_OF_BOOK = (
    retarget_requests.c.book_id == bindparam("of_book"),
    retarget_requests.c.request_id <= bindparam("up_to"),
    _IS_DUE,
)
_DONE = delete(retarget_requests).where(*_OF_BOOK)
_DO = Prepared(_DONE)
# A hold that came meanwhile, whose request may have a smaller number, is seen.
_IDLE = Prepared(_DONE.where(~_IS_NEEDED))
_LATER = update(retarget_requests).where(*_OF_BOOK).values(due_at=bindparam("later", type_=UtcDateTime))


def _due(dialect: str) -> Any:
    any_of = func.max if dialect == "sqlite" else func.bool_or
    return (
        select(
            retarget_requests.c.book_id,
            _LATEST.label("up_to"),
            any_of(_IS_NEEDED).label("needed"),
            any_of(_OF_BOUND).label("of_bound"),
        )
        .where(_IS_DUE)
        .group_by(retarget_requests.c.book_id)
        .order_by(func.min(retarget_requests.c.request_id))
        .limit(bindparam("most", type_=Integer))
    )


_DUE = for_both(_due)


@dataclass(frozen=True, slots=True)
class RetargetRequest:
    """A book to retarget, and the number of its latest request that was due at `as_of`.

    `of_bound`: holds for titles that are bound with others wait in its queue, or for it in others.
    """

    book_id: UUID
    up_to: int
    as_of: datetime
    of_bound: bool = False


class RetargetRequests:
    """The requests of a transaction to retarget books."""

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._requested: dict[tuple[UUID, datetime], None] = {}

    def add(self, book_id: UUID, *, at: datetime) -> None:
        """Request that the holds of a book are retargeted at this moment."""
        self._requested[book_id, at] = None

    async def done(self, book_id: UUID, *, up_to: int, as_of: datetime) -> None:
        """Delete the requests for a book up to this number that were due at this moment."""
        await self._run(_DO, of_book=book_id, up_to=up_to, as_of=as_of)

    def writes(self) -> Iterator[Write]:
        """Yield the new requests."""
        yield _NEW, [{"book_id": book_id, "due_at": at} for book_id, at in self._requested]


class RetargetQueue:
    """The queue of books whose holds are to be retargeted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, *, now: datetime, most: int) -> Sequence[RetargetRequest]:
        """Return the books to retarget now, the longest waiting first.

        Requests for books without holds are deleted, unless the book was merged.
        """
        rows = await self._database.rows(_DUE, as_of=now, most=most)
        if idle := [row for row in rows if not row.needed]:
            async with self._database.begin() as transaction:
                for row in idle:
                    await transaction.run(_IDLE, of_book=row.book_id, up_to=row.up_to, as_of=now)
                await transaction.commit()
        return [RetargetRequest(row.book_id, row.up_to, now, bool(row.of_bound)) for row in rows if row.needed]

    async def postpone(self, request: RetargetRequest, *, until: datetime) -> None:
        """Move the requests for a book that could not be retargeted now to a later moment."""
        of_book = {"of_book": request.book_id, "up_to": request.up_to, "as_of": request.as_of}
        async with self._database.begin() as transaction:
            await transaction.run(_LATER, **of_book, later=until)
            await transaction.commit()

"""The copies on the shelves of a branch that somebody waits for, found without reading through their past loans."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loans_service.adapters.holds.sql_holds import IS_WAITING, PASSED, SUSPENDED, wants
from loans_service.adapters.sql_tables import circulation_records, holds, loans
from loans_service.application.holds.hold_views import PullListItem
from loans_service.domain.holds.circulation_record import CirculationStatus
from shared.persistence.database import Database

_BOOKS_AT_ONCE, _COPIES_AT_ONCE = 20, 100  # few enough for the database to look each of them up by itself
_NONE_YET = UUID(int=0)

_AFTER_BOOK, _AFTER_COPY = bindparam("book", type_=loans.c.book_id.type), bindparam("copy", type_=loans.c.copy_id.type)
_WAITED_FOR = (
    select(holds.c.book_id, func.count().label("waiting"))
    .where(IS_WAITING, ~SUSPENDED, ~PASSED, holds.c.book_id >= _AFTER_BOOK)
    .group_by(holds.c.book_id)
    .order_by(holds.c.book_id)
    .limit(_BOOKS_AT_ONCE)
    .cte("waited_for")
)
_LENT = select(*(loans.c[name] for name in ("copy_id", "book_id", "title", "barcode", "home_branch")))


async def wanted_copies(
    database: Database, branch: str, *, now: datetime, limit: int, after: tuple[UUID, UUID] | None
) -> list[PullListItem]:
    """Return up to `limit` of them behind the given book and copy, book after book."""
    found: list[PullListItem] = []
    book, copy = after or (_NONE_YET, _NONE_YET)
    async with database.reading() as connection:
        while len(found) < limit:
            seen = (await connection.execute(_LOOK, {"now": now, "book": book, "copy": copy})).all()
            if not seen:
                break
            found += await _shown([row for row in seen if row.loan_id and row.hold_id], branch, connection)
            last = seen[-1]
            book, copy = (last.book_id, last.copy_id) if last.copy_id else (UUID(int=last.book_id.int + 1), _NONE_YET)
    return found[:limit]


async def _shown(seen: Sequence[Row[Any]], branch: str, connection: AsyncConnection) -> list[PullListItem]:
    """Return those that are at home in `branch`: a copy is at home where its latest loan says, when that is over."""
    lent = _LENT.where(loans.c.loan_id.in_([row.loan_id for row in seen]))
    lent = lent.where(func.upper(loans.c.home_branch) == branch.upper(), loans.c.returned_at.is_not(None))
    at_home = {row.copy_id: dict(row._mapping) for row in await connection.execute(lent)}  # noqa: SLF001 - SQLAlchemy's API
    first = select(holds.c.hold_id, holds.c.pickup_branch).where(holds.c.hold_id.in_({row.hold_id for row in seen}))
    pickup = {row.hold_id: row.pickup_branch for row in await connection.execute(first)}
    shown = [row for row in seen if row.copy_id in at_home]
    return [PullListItem(**at_home[row.copy_id], **_for(row, pickup)) for row in shown]


def _for(row: Row[Any], pickup: Mapping[UUID, str | None]) -> dict[str, Any]:
    return {"hold_id": row.hold_id, "pickup_branch": pickup[row.hold_id], "waiting": row.waiting}


def _next_copy(book_id: Any, after: Any) -> Any:
    """Return the first copy behind `after`, by its id, among those of a book that were ever lent."""
    more = select(loans.c.copy_id).where(loans.c.book_id == book_id, loans.c.copy_id > after)
    return _one(more.order_by(loans.c.copy_id))


def _one(query: Select[Any]) -> Any:
    return query.limit(1).scalar_subquery()


def _known_copies() -> Any:
    """Return the copies of the books that somebody waits for: one after the other, however often each was lent."""
    beyond = case((_WAITED_FOR.c.book_id == _AFTER_BOOK, _AFTER_COPY), else_=_NONE_YET)
    first = _next_copy(_WAITED_FOR.c.book_id, beyond).label("copy_id")
    known = select(_WAITED_FOR.c.book_id, _WAITED_FOR.c.waiting, first).cte("known", recursive=True)
    further = select(known.c.book_id, known.c.waiting, _next_copy(known.c.book_id, known.c.copy_id))
    return known.union_all(further.where(known.c.copy_id.is_not(None)))


def _look() -> Select[Any]:
    """Return the question for the next copies: each with its latest loan, and the first hold that it could fill.

    One that lies elsewhere has no loan. Where the copy is null, all copies of the book were looked at.
    """
    known = _known_copies()
    near = select(known).order_by(known.c.book_id, known.c.copy_id.nulls_last()).limit(_COPIES_AT_ONCE).subquery("near")
    elsewhere = select(circulation_records.c.copy_id).where(
        circulation_records.c.copy_id == near.c.copy_id, circulation_records.c.status != CirculationStatus.HOME
    )
    latest = select(loans.c.loan_id).where(loans.c.copy_id == near.c.copy_id).order_by(loans.c.checked_out_at.desc())
    first = select(holds.c.hold_id).where(holds.c.book_id == near.c.book_id, wants(near.c.copy_id), ~SUSPENDED, ~PASSED)
    return select(
        near,
        case((_one(elsewhere).is_(None), _one(latest))).label("loan_id"),
        _one(first.order_by(holds.c.queue_order, holds.c.hold_id)).label("hold_id"),
    ).order_by(near.c.book_id, near.c.copy_id.nulls_last())


_LOOK = _look()

"""How many copies of each book there are and can be had: counted anew, under a lock, whenever one of them changes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, bindparam, func, literal, select, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.adapters.sql_tables import books, circulation, copies, stock
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.copy_status import CopyStatus

_COUNTS = tuple(column for column in stock.c if not column.primary_key)
_LENT = copies.c.status.in_([status for status in CopyStatus if status.lendable])


def _reported(availability: Availability) -> ColumnElement[bool]:
    return func.coalesce(circulation.c.availability, Availability.AVAILABLE.value) == availability.value


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(copies.c.copy_id).filter(*conditions)


_CONCERNED = union(
    select(copies.c.book_id).where(copies.c.copy_id.in_(bindparam("copy_ids", expanding=True))),
    select(books.c.book_id).where(books.c.book_id.in_(bindparam("book_ids", expanding=True))),
).subquery()
_NOBODY = UUID(int=0)  # where no list may be empty, so that the statement stays one that the planner has an index for
_NOTHING_YET = select(_CONCERNED.c.book_id, *(literal(0) for _ in _COUNTS)).order_by(_CONCERNED.c.book_id)
_COUNTED = (
    select(
        _CONCERNED.c.book_id,
        func.count(copies.c.copy_id),
        _count(_LENT),
        _count(_LENT, _reported(Availability.AVAILABLE)),
        _count(_LENT, _reported(Availability.REQUESTED)),
        _count(copies.c.copy_id.is_not(None), _reported(Availability.ON_LOAN)),
        _count(_LENT, _reported(Availability.ON_HOLD_SHELF)),
    )
    .select_from(_CONCERNED)
    .outerjoin(copies, copies.c.book_id == _CONCERNED.c.book_id)
    .outerjoin(circulation, circulation.c.copy_id == copies.c.copy_id)
    .group_by(_CONCERNED.c.book_id)
)


def _locking(insert: Callable[..., Any]) -> Executable:
    """Return what takes the lock of the rows, in one order for all, and makes those that are missing."""
    rows = insert(stock).from_select([column.name for column in stock.c], _NOTHING_YET)
    locked: Executable = rows.on_conflict_do_update(index_elements=["book_id"], set_={"copies": stock.c.copies})
    return locked


def _counting(insert: Callable[..., Any]) -> Executable:
    rows = insert(stock).from_select([column.name for column in stock.c], _COUNTED)
    counts = {column.name: rows.excluded[column.name] for column in _COUNTS}
    counted: Executable = rows.on_conflict_do_update(index_elements=["book_id"], set_=counts)
    return counted


_STATEMENTS = {
    "sqlite": (_counting(sqlite.insert),),  # whoever writes there is alone
    "postgresql": (_locking(postgresql.insert), _counting(postgresql.insert)),
}


class SqlStock:
    """Remembers which copies a transaction changed, and counts their books before it commits."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.changed: set[UUID] = set()
        self.books: set[UUID] = set()

    async def count(self) -> None:
        """Count the books of the changed copies, and `books` that have copies more or fewer.

        The lock comes first, by a statement of its own: in READ COMMITTED the count then sees what everybody committed
        who had the lock before.
        """
        if self.changed or self.books:
            values = {"copy_ids": list(self.changed) or [_NOBODY], "book_ids": list(self.books) or [_NOBODY]}
            for statement in _STATEMENTS[self._session.get_bind().dialect.name]:
                await self._session.execute(statement, values)
            self.changed.clear()
            self.books.clear()

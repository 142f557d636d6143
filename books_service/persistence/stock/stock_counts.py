"""How many copies of each book there are and can be had: counted anew, under a lock, whenever one of them changes."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    Subquery,
    and_,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    union,
    update,
)

from books_service.domain.catalogue.format import BookFormat
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.tables import IS_SHOWN, books, circulation, copies, stock
from shared.persistence.lists import for_both, insert_for, one_of
from shared.persistence.statements import Runs

_SHOWN_WITHOUT_COPIES = books.c.format.in_(
    [literal_column(f"'{format}'") for format in BookFormat if not format.needs_copies]
)
_COUNTS = tuple(column for column in stock.c if not column.primary_key)
_LENT = copies.c.status.in_([literal_column(f"'{status}'") for status in CopyStatus if status.lendable])


def _reported(availability: Availability) -> ColumnElement[bool]:
    return func.coalesce(circulation.c.availability, Availability.AVAILABLE.value) == availability.value


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(copies.c.copy_id).filter(*conditions)


def _concerned(dialect: str) -> Subquery:
    """Return the books of the copies and the books that are handed in."""
    return union(
        select(copies.c.book_id).where(one_of(copies.c.copy_id, "copy_ids", dialect)),
        select(books.c.book_id).where(one_of(books.c.book_id, "book_ids", dialect)),
    ).subquery("concerned")


def _insert(dialect: str, rows: Select[Any]) -> Any:
    return insert_for(dialect)(stock).from_select([column.name for column in stock.c], rows)


def _locking(dialect: str) -> Executable:
    """Return the statement that locks the rows, in one order for all, and makes those that are missing."""
    concerned = _concerned(dialect)
    nothing_yet = select(concerned.c.book_id, *(literal(0) for _ in _COUNTS)).order_by(concerned.c.book_id)
    rows = _insert(dialect, nothing_yet)
    locked: Executable = rows.on_conflict_do_update(index_elements=["book_id"], set_={"copies": stock.c.copies})
    return locked


def _counting(dialect: str) -> Executable:
    concerned = _concerned(dialect)
    counted = (
        select(
            concerned.c.book_id,
            func.count(copies.c.copy_id),
            _count(IS_SHOWN, _LENT),
            _count(IS_SHOWN, _LENT, _reported(Availability.AVAILABLE)),
            _count(IS_SHOWN, _LENT, _reported(Availability.REQUESTED)),
            _count(IS_SHOWN, _reported(Availability.ON_LOAN)),
            _count(IS_SHOWN, _LENT, _reported(Availability.ON_HOLD_SHELF)),
            _count(not_(IS_SHOWN)),
        )
        .select_from(concerned)
        .outerjoin(copies, copies.c.book_id == concerned.c.book_id)
        .outerjoin(circulation, circulation.c.copy_id == copies.c.copy_id)
        .group_by(concerned.c.book_id)
    )
    rows = _insert(dialect, counted)
    counts = {column.name: rows.excluded[column.name] for column in _COUNTS}
    statement: Executable = rows.on_conflict_do_update(index_elements=["book_id"], set_=counts)
    return statement


def _hiding(dialect: str) -> Executable:
    """Return the statement that hides books from the public, or shows them again: see `hidden` in the domain."""
    of_book = select(stock.c.copies).where(stock.c.book_id == books.c.book_id, stock.c.copies > 0)
    gone = and_(
        of_book.where(stock.c.copies == stock.c.hidden_copies).exists(),
        func.coalesce(_SHOWN_WITHOUT_COPIES, False).is_(False),
    )
    is_hidden = or_(func.coalesce(books.c.suppressed, False), gone)
    statement: Executable = (
        update(books)
        .where(one_of(books.c.book_id, "book_ids", dialect), books.c.hidden != is_hidden)
        .values(hidden=not_(books.c.hidden))
    )
    return statement


_LOCK, _COUNT, _HIDE = for_both(_locking), for_both(_counting), for_both(_hiding)


class StockCounts:
    """Remembers which copies a transaction changed, and counts their books before it commits."""

    def __init__(self, run: Runs) -> None:
        self._run = run
        self.changed: set[UUID] = set()
        self.books: set[UUID] = set()
        self.shown: set[UUID] = set()

    async def count(self) -> None:
        """Count the books of the changed copies, and `books` that have copies more or fewer; hide or show `shown`.

        The lock comes first, by a statement of its own: in READ COMMITTED the count then sees all that was committed
        under the lock before.
        """
        if self.changed or self.books:
            for statement in (_LOCK, _COUNT):
                await self._run(statement, copy_ids=list(self.changed), book_ids=list(self.books))
            self.changed.clear()
            self.books.clear()
        if self.shown:
            await self._run(_HIDE, book_ids=list(self.shown))
            self.shown.clear()

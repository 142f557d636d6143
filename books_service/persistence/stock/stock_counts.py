"""How many copies of each book there are and can be had: counted anew, under a lock, whenever one of them changes."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Executable,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    union,
    update,
)

from books_service.domain.catalogue.copy_counts import CopyCounts
from books_service.domain.catalogue.format import BookFormat
from books_service.domain.catalogue.title import LONGEST_KEY
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.shelf_mark import NO_SHELF_MARK
from books_service.domain.stock.stands import ON_SHELF, StandsWhy
from books_service.persistence.stock.held import held
from books_service.persistence.tables import IS_SHOWN, books, bound_copies, circulation, copies, stock
from shared.persistence.lists import for_both, insert_for, one_of
from shared.persistence.statements import Runs

_SHOWN_WITHOUT_COPIES = books.c.format.in_(
    [literal_column(f"'{format}'") for format in BookFormat if not format.needs_copies]
)
_NUMBERS = tuple(field.name for field in fields(CopyCounts) if field.name != "branches")
_LENT = copies.c.status.in_([literal_column(f"'{status}'") for status in CopyStatus if status.lendable])
ELSEWHERE = circulation.c.stands_why.in_(
    [literal_column(f"'{why}'") for why in StandsWhy if why in ON_SHELF and why is not StandsWhy.HOME]
)
"""On a shelf that is not that of its home."""


def _reported(availability: Availability) -> ColumnElement[bool]:
    return func.coalesce(circulation.c.availability, Availability.AVAILABLE.value) == availability.value


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(copies.c.copy_id).filter(*conditions)


def _concerned(dialect: str) -> CTE:
    """Return the books that the copies hold, and the books that are handed in."""
    return union(
        select(copies.c.book_id).where(one_of(copies.c.copy_id, "copy_ids", dialect)),
        select(bound_copies.c.book_id).where(one_of(bound_copies.c.copy_id, "copy_ids", dialect)),
        select(books.c.book_id).where(one_of(books.c.book_id, "book_ids", dialect)),
    ).cte("concerned")


def _stray(dialect: str) -> Executable:
    """Return the statement that finds the books of reported copies that stand elsewhere, or stood there."""
    return union(
        *(
            select(of_book)
            .join_from(of_book.table, stock, stock.c.book_id == of_book)
            .outerjoin(circulation, circulation.c.copy_id == of_book.table.c.copy_id)
            .where(one_of(of_book.table.c.copy_id, "copy_ids", dialect), or_(stock.c.has_strays, ELSEWHERE))
            for of_book in (copies.c.book_id, bound_copies.c.book_id)
        )
    )


def _insert(dialect: str, names: Sequence[str], rows: Select[Any]) -> Any:
    return insert_for(dialect)(stock).from_select(["book_id", *names], rows)


def _locking(dialect: str) -> Executable:
    """Return the statement that locks the rows, in one order for all, and makes those that are missing."""
    concerned = _concerned(dialect)
    nothing_yet = select(concerned.c.book_id, *(literal(0) for _ in _NUMBERS)).order_by(concerned.c.book_id)
    rows = _insert(dialect, _NUMBERS, nothing_yet)
    locked: Executable = rows.on_conflict_do_update(index_elements=["book_id"], set_={"copies": stock.c.copies})
    return locked


def _by_branch(concerned: CTE) -> Subquery:
    """Return a row for each book and branch that has copies of it; one for a book without copies."""
    stands = case((and_(ELSEWHERE, circulation.c.stands_branch.is_not(None)), circulation.c.stands_branch))
    branch = func.coalesce(stands, copies.c.branch)
    of_books = held(select(concerned.c.book_id))
    shelf_mark = func.min(copies.c.shelf_mark_key).filter(IS_SHOWN, copies.c.shelf_mark_key != "")
    return (
        select(
            concerned.c.book_id,
            branch.label("branch"),
            func.count(copies.c.copy_id).label("copies"),
            _count(IS_SHOWN, _LENT).label("lendable"),
            _count(IS_SHOWN, _LENT, _reported(Availability.AVAILABLE)).label("available"),
            _count(IS_SHOWN, _LENT, _reported(Availability.REQUESTED)).label("requested"),
            _count(IS_SHOWN, _reported(Availability.ON_LOAN)).label("on_loan"),
            _count(IS_SHOWN, _LENT, _reported(Availability.ON_HOLD_SHELF)).label("on_hold_shelf"),
            _count(not_(IS_SHOWN)).label("hidden_copies"),
            _count(IS_SHOWN).label("shown"),
            func.coalesce(func.sum(circulation.c.loans), 0).label("loans"),
            shelf_mark.label("shelf_key"),
        )
        .select_from(concerned)
        .outerjoin(of_books, of_books.c.book_id == concerned.c.book_id)
        .outerjoin(copies, copies.c.copy_id == of_books.c.copy_id)
        .outerjoin(circulation, circulation.c.copy_id == copies.c.copy_id)
        .group_by(concerned.c.book_id, branch)
    ).subquery("counted")


def _counting(dialect: str) -> Executable:
    counted = _by_branch(_concerned(dialect))
    listed = (counted.c.branch, counted.c.shown, counted.c.lendable, counted.c.available)
    if dialect == "postgresql":
        branches = func.jsonb_object_agg(func.upper(counted.c.branch), func.jsonb_build_array(*listed))
    else:
        branches = func.json_group_object(func.upper(counted.c.branch), func.json_array(*listed))
    first_mark = func.substr(func.coalesce(func.min(counted.c.shelf_key), NO_SHELF_MARK), 1, LONGEST_KEY)
    names = (*_NUMBERS, "loans", "shelf_key", "branches")
    rows = _insert(
        dialect,
        names,
        select(
            counted.c.book_id,
            *(cast(func.sum(counted.c[name]), Integer) for name in (*_NUMBERS, "loans")),
            first_mark,
            branches.filter(counted.c.shown > 0),
        ).group_by(counted.c.book_id),
    )
    counts = {name: rows.excluded[name] for name in names}
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
        .returning(books.c.book_id, books.c.hidden)
    )
    return statement


_LOCK, _COUNT, _STRAY, _HIDE = (for_both(each) for each in (_locking, _counting, _stray, _hiding))


class StockCounts:
    """Remembers which copies a transaction changed, and counts the books that they hold before it commits.

    `shelved` are those that circulation reports on a shelf.
    """

    def __init__(self, run: Runs) -> None:
        self._run = run
        self.changed: set[UUID] = set()
        self.books: set[UUID] = set()
        self.shelved: set[UUID] = set()
        self.new: set[UUID] = set()
        self.shown: set[UUID] = set()

    async def strays(self) -> set[UUID]:
        """Return the books of `shelved` copies one of which stands on a shelf of another branch now, or did so."""
        copy_ids = list(self.shelved)
        self.shelved.clear()
        return {row.book_id for row in await self._run(_STRAY, copy_ids=copy_ids)} if copy_ids else set()

    async def count(self) -> dict[UUID, bool]:
        """Count the books of the changed copies, and `books` that have copies more or fewer; `new` ones have none.

        Hide or show the books of `shown`; return those that changed so, and whether they are hidden now.

        The lock comes first, by a statement of its own: in READ COMMITTED the count then sees all that was committed
        under the lock before.
        """
        copy_ids, book_ids = list(self.changed), list(self.books)
        if copy_ids or book_ids or self.new:
            await self._run(_LOCK, copy_ids=copy_ids, book_ids=[*book_ids, *(self.new - self.books)])
        if copy_ids or book_ids:
            await self._run(_COUNT, copy_ids=copy_ids, book_ids=book_ids)
        rows = await self._run(_HIDE, book_ids=list(self.shown)) if self.shown else ()
        for each in (self.changed, self.books, self.new, self.shown):
            each.clear()
        return {row.book_id: bool(row.hidden) for row in rows}

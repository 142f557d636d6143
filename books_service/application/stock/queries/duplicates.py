"""Books that may be the same, for whoever merges them: by plain selects."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import CTE, Select, func, literal, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from books_service.application.catalogue.queries import BOOK, book_view
from books_service.application.catalogue.views import BookView
from books_service.domain.viewer import STAFF
from books_service.persistence.tables import book_identifiers, books
from shared.persistence.database import Database

MOST_SHOWN = 10
_ISBN_KEY = "isbn::"
DuplicatesPlace = tuple[Literal["isbn", "title"], str]
"""Behind which group a page begins: by what its books are alike, and what they have in common."""


@dataclass(frozen=True, slots=True)
class DuplicateBooks:
    """Books that share an ISBN, or title, authors and year, however these are spelt.

    `key` is the ISBN, or a digest of the others; `total` says how many there are, of which the 10 oldest are shown.
    """

    alike_by: Literal["isbn", "title"]
    key: str
    total: int
    books: tuple[BookView, ...]


class DuplicateQueries:
    """Looks for books that may be the same."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def duplicates(self, *, after: DuplicatesPlace | None, limit: int) -> list[DuplicateBooks]:
        """Return up to `limit` groups behind a place: those of one ISBN, then those of one title."""
        rows = await self._database.rows(_page(after, limit))
        return [
            DuplicateBooks(
                alike_by, key.removeprefix(_ISBN_KEY), group[0].total, tuple(book_view(row, STAFF) for row in group)
            )
            for (alike_by, key), group in (
                (place, list(members)) for place, members in groupby(rows, lambda row: (row.alike_by, row.group_key))
            )
        ]


def _page(after: DuplicatesPlace | None, limit: int) -> Select[Any]:
    """Return the statement that shows the books of some groups, the oldest first in each."""
    groups = _groups(after, limit)
    by_isbn = select(groups, book_identifiers.c.book_id).join_from(
        groups, book_identifiers, (groups.c.alike_by == "isbn") & (book_identifiers.c.key == groups.c.group_key)
    )
    by_title = select(groups, books.c.book_id).join_from(
        groups, books, (groups.c.alike_by == "title") & (books.c.match_key == groups.c.group_key)
    )
    members = union_all(by_isbn, by_title).subquery("members")
    place = func.row_number().over(partition_by=(members.c.alike_by, members.c.group_key), order_by=members.c.book_id)
    numbered = select(members, place.label("place")).subquery("numbered")
    return (
        BOOK.add_columns(numbered.c.alike_by, numbered.c.group_key, numbered.c.total)
        .join(numbered, numbered.c.book_id == books.c.book_id)
        .where(numbered.c.place <= MOST_SHOWN)
        .order_by(numbered.c.alike_by, numbered.c.group_key, books.c.book_id)
    )


def _groups(after: DuplicatesPlace | None, limit: int) -> CTE:
    """Return the first groups behind a place; each half walks its index from there until it has enough."""

    def half(alike_by: str, key: ColumnElement[str], *conditions: ColumnElement[bool]) -> Select[tuple[str, str, int]]:
        found = select(literal(alike_by).label("alike_by"), key.label("group_key"), func.count().label("total"))
        if after is not None and after[0] == alike_by:
            conditions = (*conditions, key > f"{_ISBN_KEY if alike_by == 'isbn' else ''}{after[1]}")
        found = found.where(*conditions).group_by(key).having(func.count() > 1).order_by(key).limit(limit)
        return select(found.subquery())

    is_isbn = book_identifiers.c.key.like(f"{_ISBN_KEY}%")
    by_isbn, by_title = half("isbn", book_identifiers.c.key, is_isbn), half("title", books.c.match_key)
    both = (by_title if after is not None and after[0] == "title" else union_all(by_isbn, by_title)).subquery()
    return select(both).order_by(both.c.alike_by, both.c.group_key).limit(limit).cte("groups")

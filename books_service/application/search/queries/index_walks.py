"""Steps along the indexes of the catalogue, as SQL for both databases."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from books_service.domain.catalogue.heading import HeadingKind
from books_service.persistence.tables import books, copies, headings

MOST_BOOKS_COUNTED = 10_000


class BrowsedIndex(StrEnum):
    """What the catalogue is browsed by."""

    AUTHORS = "authors"
    SUBJECTS = "subjects"
    TITLES = "titles"
    SHELF_MARKS = "shelf-marks"


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """An entry, and how many books it stands for: counted to 10000. `key` is what it is filed under."""

    key: str
    heading: str
    books: int


KINDS = {BrowsedIndex.AUTHORS: HeadingKind.AUTHOR, BrowsedIndex.SUBJECTS: HeadingKind.SUBJECT}


def beyond(place: Any, key: Any, *, backwards: bool, itself: bool) -> Any:
    """Return whether a place in an index, a text or a column, is on the side of a key that is walked to."""
    compare = (operator.le if itself else operator.lt) if backwards else (operator.ge if itself else operator.gt)
    return compare(place, key)


def headings_from(kind: HeadingKind, key: str, limit: int, *, backwards: bool, itself: bool) -> Select[Any]:
    """Return the statement that reads the headings of the library from a key on, or before it: the nearest first."""
    found = select(headings.c.key, headings.c.heading, headings.c.books).where(headings.c.kind == kind.value)
    found = found.where(beyond(headings.c.key, key, backwards=backwards, itself=itself), headings.c.books > 0)
    return found.order_by(headings.c.key.desc() if backwards else headings.c.key).limit(limit)


def stepping(
    column: ColumnElement[Any],
    shown: Sequence[ColumnElement[bool]],
    key: str,
    limit: int,
    *,
    backwards: bool,
    itself: bool,
) -> Select[Any]:
    """Return the statement that steps from one value of an indexed column to the next, and counts the books of each.

    It reads no more of the index than its entries, however many books one of them has.
    """
    nearest = func.max if backwards else func.min

    def after(place: Any, *, itself: bool) -> ColumnElement[Any]:
        nearer = beyond(column, place, backwards=backwards, itself=itself)
        return select(nearest(column)).where(nearer, *shown).scalar_subquery()

    walk = select(after(key, itself=itself).label("key"), literal(1).label("number")).cte("walk", recursive=True)
    step = select(after(walk.c.key, itself=False), walk.c.number + 1)
    walk = walk.union_all(step.where(walk.c.key.is_not(None), walk.c.number < limit))
    written, book_id = (
        (books.c.title, books.c.book_id) if column is books.c.sort_key else (copies.c.shelf_mark, copies.c.book_id)
    )
    heading = select(written).where(column == walk.c.key, *shown).order_by(book_id).limit(1).scalar_subquery()
    some = select(book_id).distinct().where(column == walk.c.key, *shown).limit(MOST_BOOKS_COUNTED)
    count = select(func.count()).select_from(some.correlate(walk).subquery("some")).scalar_subquery()
    entries = select(walk.c.key, heading, count).where(walk.c.key.is_not(None))
    return entries.order_by(walk.c.key.desc() if backwards else walk.c.key)

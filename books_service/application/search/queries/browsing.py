"""Walks along the indexes of the catalogue: entry by entry, from any place, in both directions."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from books_service.domain.catalogue.heading import HeadingKind, filing_key
from books_service.domain.stock.branch import branch_key
from books_service.domain.stock.shelf_mark import shelf_mark_key
from books_service.persistence.tables import IS_SHOWN, books, branches, copies, headings
from shared.persistence.database import Database

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


_KINDS = {BrowsedIndex.AUTHORS: HeadingKind.AUTHOR, BrowsedIndex.SUBJECTS: HeadingKind.SUBJECT}


class Browsing:
    """Fetches the entries of an index; of `shelf-marks` those of one branch, if one is named."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(
        self, index: BrowsedIndex, key: str, *, branch: str | None, limit: int, backwards: bool = False, itself: bool
    ) -> list[IndexEntry]:
        """Return up to `limit` entries from `key` on, or before it, in their order; with or without it `itself`."""
        if index in _KINDS:
            query = _headings(_KINDS[index], key, limit, backwards=backwards, itself=itself)
        else:
            column = books.c.sort_key if index is BrowsedIndex.TITLES else copies.c.shelf_mark_key
            shown = [books.c.hidden.is_(False)] if index is BrowsedIndex.TITLES else _shown(branch)
            query = _distinct(column, shown, key, limit, backwards=backwards, itself=itself)
        found = [IndexEntry(*row) for row in await self._database.rows(query)]
        return found[::-1] if backwards else found


def key_in(index: BrowsedIndex, text: str) -> str:
    """Return what a text is filed under in an index."""
    return shelf_mark_key(text) if index is BrowsedIndex.SHELF_MARKS else filing_key(text)


def _shown(branch: str | None) -> Sequence[ColumnElement[bool]]:
    is_hidden = select(books.c.hidden).where(books.c.book_id == copies.c.book_id).scalar_subquery()
    with_mark = (copies.c.shelf_mark.is_not(None), IS_SHOWN, is_hidden.is_(False))
    if branch is None:
        return with_mark
    code = select(branches.c.code).where(branches.c.key == branch_key(branch)).scalar_subquery()
    return (*with_mark, copies.c.branch == code)


def _beyond(column: ColumnElement[Any], key: Any, *, backwards: bool, itself: bool) -> ColumnElement[bool]:
    compare = (operator.le if itself else operator.lt) if backwards else (operator.ge if itself else operator.gt)
    beyond: ColumnElement[bool] = compare(column, key)
    return beyond


def _headings(kind: HeadingKind, key: str, limit: int, *, backwards: bool, itself: bool) -> Select[Any]:
    found = select(headings.c.key, headings.c.heading, headings.c.books).where(headings.c.kind == kind.value)
    found = found.where(_beyond(headings.c.key, key, backwards=backwards, itself=itself), headings.c.books > 0)
    return found.order_by(headings.c.key.desc() if backwards else headings.c.key).limit(limit)


def _distinct(
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
        nearer = _beyond(column, place, backwards=backwards, itself=itself)
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

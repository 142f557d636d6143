"""Walks along the indexes of the catalogue: entry by entry, from any place, in both directions."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from books_service.application.search.queries.browsing_of_branch import BranchIndex
from books_service.application.search.queries.index_walks import (
    KINDS,
    BrowsedIndex,
    IndexEntry,
    headings_from,
    stepping,
)
from books_service.domain.catalogue.heading import filing_key
from books_service.domain.stock.branch import branch_key
from books_service.domain.stock.shelf_mark import shelf_mark_key
from books_service.persistence.tables import IS_SHOWN, books, branches, copies
from shared.persistence.database import Database


class Browsing:
    """Fetches the entries of an index; those of one branch, if one is named."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._of_branch = BranchIndex(database)

    async def entries(
        self, index: BrowsedIndex, key: str, *, branch: str | None, limit: int, backwards: bool = False, itself: bool
    ) -> list[IndexEntry]:
        """Return up to `limit` entries from `key` on, or before it, in their order; with or without it `itself`."""
        if branch is not None and index is not BrowsedIndex.SHELF_MARKS:
            nearest = await self._of_branch.entries(
                index, key, branch=branch, limit=limit, backwards=backwards, itself=itself
            )
            return nearest[::-1] if backwards else nearest
        if index in KINDS:
            query = headings_from(KINDS[index], key, limit, backwards=backwards, itself=itself)
        else:
            column = books.c.sort_key if index is BrowsedIndex.TITLES else copies.c.shelf_mark_key
            shown = [books.c.hidden.is_(False)] if index is BrowsedIndex.TITLES else _shown(branch)
            query = stepping(column, shown, key, limit, backwards=backwards, itself=itself)
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

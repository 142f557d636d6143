"""Under what books are found because of their copies: kept among the index terms of the book that the copies belong to.

Only what changes the copies themselves, or the shelves on which they stand, writes it: never a loan.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Executable,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    select,
    type_coerce,
    union_all,
    update,
)

from books_service.domain.catalogue.book import Book
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_terms import BookTerms, ShelvedCopy
from books_service.persistence.stock.stock_counts import ELSEWHERE
from books_service.persistence.tables import IS_SHOWN, books, bound_copies, circulation, copies, stock
from shared.persistence.lists import for_both, one_of, rows_of
from shared.persistence.statements import Runs
from shared.persistence.types import UtcDateTime


def _present(dialect: str) -> Executable:
    """Return the statement that reads books with a row for each copy that everybody may see, or one without."""
    terms = (cast if dialect == "postgresql" else type_coerce)(books.c.index_terms, Text)
    # By itself, so that the circulation of no other copies is read.
    stands = select(circulation.c.stands_branch).where(circulation.c.copy_id == copies.c.copy_id, ELSEWHERE)
    stands = stands.where(circulation.c.stands_branch != copies.c.branch)
    of_copies = (copies.c.branch, copies.c.item_type, copies.c.shelf_mark, stands.scalar_subquery().label("stands"))
    found = select(books.c.book_id, terms.label("terms"), stock.c.copy_terms, *of_copies, copies.c.volume)
    found = found.outerjoin_from(books, stock, stock.c.book_id == books.c.book_id)
    found = found.where(one_of(books.c.book_id, "book_ids", dialect))
    own = found.outerjoin(copies, and_(copies.c.book_id == books.c.book_id, IS_SHOWN))
    bound = found.join(bound_copies, bound_copies.c.book_id == books.c.book_id)
    return union_all(own, bound.join(copies, and_(copies.c.copy_id == bound_copies.c.copy_id, IS_SHOWN)))


def _indexing(dialect: str) -> Executable:
    rows = rows_of(_ROWS[:2], dialect)
    terms: Any = rows.c.terms
    if dialect == "postgresql":
        terms = func.array_to_tsvector(func.string_to_array(terms, " "))
    changed_at = func.coalesce(bindparam("now", type_=UtcDateTime()), books.c.changed_at)
    return update(books).where(books.c.book_id == rows.c.book_id).values(index_terms=terms, changed_at=changed_at)


def _noting(dialect: str) -> Executable:
    rows = rows_of([_ROWS[0], *_ROWS[2:]], dialect)
    return (
        update(stock)
        .where(stock.c.book_id == rows.c.book_id)
        .values(copy_terms=rows.c.copy_terms, has_strays=rows.c.has_strays)
    )


_ROWS = (Column("book_id", Uuid), Column("terms", Text), Column("copy_terms", Text), Column("has_strays", Boolean))
_PRESENT, _INDEX, _NOTE = (for_both(each) for each in (_present, _indexing, _noting))


class CopyTerms:
    """Keeps the index terms of books true to their copies."""

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._indexed: dict[UUID, BookTerms] = {}
        self._strays: set[UUID] = set()

    def begin(self, book: Book, added: Sequence[Copy]) -> None:
        """Index a new book by the copies that are added with it, before its row is written."""
        shelved = [
            ShelvedCopy(each.branch, each.item_type, each.shelf_mark, volume=each.volume)
            for each in added
            if each.status.public and not each.suppressed
        ]
        terms = BookTerms.of(book.index_terms, shelved)
        book.index_terms = tuple(sorted(terms.all))
        self._indexed[book.id] = terms

    async def index(
        self, book_ids: Collection[UUID], of_records: Mapping[UUID, Collection[str]], *, now: datetime | None
    ) -> None:
        """Index these books anew, and mark them as changed `now`. They are locked.

        `of_records` are the terms that their records have, where these changed.
        """
        if not book_ids:
            return
        present: dict[UUID, BookTerms] = {}
        shelved: dict[UUID, list[ShelvedCopy]] = {}
        for row in await self._run(_PRESENT, book_ids=list(book_ids)):
            present.setdefault(row.book_id, BookTerms(_read(row.terms), _read(row.copy_terms)))
            if row.branch is not None:
                copy = ShelvedCopy(row.branch, row.item_type, row.shelf_mark, row.stands, row.volume)
                shelved.setdefault(row.book_id, []).append(copy)
        rows: dict[UUID, str] = {}
        for book_id, before in present.items():
            of_record = of_records.get(book_id, before.of_record)
            self._indexed[book_id] = terms = BookTerms.of(of_record, shelved.get(book_id, ()))
            rows[book_id] = " ".join(sorted(terms.all))
        self._strays |= {book_id for book_id, copies_of in shelved.items() if any(copy.stands for copy in copies_of)}
        await self._run(_INDEX, book_id=list(rows), terms=list(rows.values()), now=now)

    async def note(self) -> None:
        """Keep what belongs to copies alone, for the next change of them; the counts of the books are locked by now."""
        if self._indexed:
            await self._run(
                _NOTE,
                book_id=list(self._indexed),
                copy_terms=[" ".join(sorted(terms.of_copies)) or None for terms in self._indexed.values()],
                has_strays=[book_id in self._strays for book_id in self._indexed],
            )
            self._indexed.clear()
            self._strays.clear()


def _read(terms: str | None) -> frozenset[str]:
    """Return index terms as either database writes them."""
    return frozenset((terms or "").replace("'", "").split())

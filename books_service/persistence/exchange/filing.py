"""Files books for search: those that a release before has added, and all that came from elsewhere."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from books_service.domain.catalogue.book import Book, BookAdded
from books_service.domain.catalogue.index_term import VOLUME, index_terms
from books_service.persistence.authorities.headings import HeadingLookup
from books_service.persistence.catalogue.books import Books
from books_service.persistence.stock.copy_terms import CopyTerms
from books_service.persistence.stock.stock_counts import StockCounts
from books_service.persistence.tables import IS_SHOWN, books, copies, map_model, stock
from shared.persistence.driver import Driver
from shared.persistence.statements import Prepared, Runs, Statement

_BATCH = 500


async def file_copies(run: Runs, found: Sequence[Book], of_records: Mapping[UUID, Sequence[str]]) -> dict[UUID, bool]:
    """Count the copies of these books, and index the books by them and by the terms of their records.

    Return those that were hidden or shown again by that, and whether they are hidden now.
    """
    terms, counts = CopyTerms(run), StockCounts(run)
    counts.books |= {book.id for book in found}
    counts.shown |= counts.books
    await terms.index(list(counts.books), of_records, now=None)
    turned = await counts.count()
    await terms.note()
    return turned


async def seen_by_public(session: AsyncSession, book_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the books that are not hidden."""
    return set(await session.scalars(select(books.c.book_id).where(books.c.book_id.in_(book_ids), ~books.c.hidden)))


async def file_new_books(connection: AsyncConnection) -> None:
    """File each book that has no `author_key`: an older release added it, before or during an upgrade.

    Hide, or show again, those of which it has changed the copies, and find them by the volumes of theirs.
    """
    map_model()
    driver = await Driver.of(connection)

    async def run(statement: Statement, /, **values: Any) -> list[Any]:
        if not isinstance(statement, Prepared):
            raise TypeError("only what is prepared is run here")
        compiled = statement.compiled_for(connection.dialect)
        return compiled.rows(await driver.run(compiled.text, compiled.values(values)))

    session = AsyncSession(connection, expire_on_commit=False, autoflush=False)
    filing = Books(session, lambda _: None)
    await filing.count_headings([], await _count_hidden(connection, StockCounts(run)))
    waiting = select(Book).where(books.c.author_key == "").order_by(books.c.book_id).limit(_BATCH)
    last = UUID(int=0)  # behind it: in this transaction the index still leads to all that were filed
    while found := (await session.scalars(waiting.where(books.c.book_id > last))).all():
        last = found[-1].id
        for book in found:
            key = update(books).where(books.c.book_id == book.id).values(author_key=book.record.author_key)
            await session.execute(key, execution_options={"synchronize_session": False})
        headings = await HeadingLookup(run).of([book.record for book in found])
        terms = {book.id: index_terms(book.record, *headings.other_forms(book.record)) for book in found}
        await file_copies(run, found, terms)
        shown = await seen_by_public(session, terms)
        await filing.count_headings([BookAdded(book, book.added_at) for book in found if book.id in shown], {})
        session.expunge_all()
    await _file_volumes(connection, run)


async def _file_volumes(connection: AsyncConnection, run: Runs) -> None:
    """Index the books of copies with a volume that are not yet found by it."""
    lacks = func.coalesce(stock.c.copy_terms, "").not_like(f"%{VOLUME}%")
    lacking = select(copies.c.book_id).join(stock, stock.c.book_id == copies.c.book_id)
    lacking = lacking.where(copies.c.volume.is_not(None), IS_SHOWN, lacks)
    found = sorted(set(await connection.scalars(lacking)))
    for first in range(0, len(found), _BATCH):
        terms = CopyTerms(run)
        await terms.index(found[first : first + _BATCH], {}, now=None)
        await terms.note()


async def _count_hidden(connection: AsyncConnection, counts: StockCounts) -> dict[UUID, bool]:
    """Hide or show the books of which it has changed the copies; return those whose headings were counted before."""
    hidden = select(func.count()).where(copies.c.book_id == stock.c.book_id, not_(IS_SHOWN)).scalar_subquery()
    miscounted = await connection.scalars(select(stock.c.book_id).where(stock.c.hidden_copies != hidden))
    counts.books |= set(miscounted)
    counts.shown |= counts.books
    turned = await counts.count()
    filed = select(books.c.book_id).where(books.c.book_id.in_(turned), books.c.author_key != "")
    return {book_id: turned[book_id] for book_id in await connection.scalars(filed)}

"""The whole of the service's data as JSON Lines, a file for each table, and back into an empty database.

What is derived from the rest is left out and made anew: what books and authorities are found by. Receipts, the outbox
and running imports are left out, too: they belong to a running service, not to the library.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, MetaData, String, Table, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.authorities.authority import Authority
from books_service.domain.catalogue.book import Book, BookAdded
from books_service.domain.catalogue.index_term import index_terms
from books_service.domain.catalogue.record import BookRecord
from books_service.persistence.authorities.authorities import key_rows
from books_service.persistence.authorities.headings import HeadingLookup
from books_service.persistence.catalogue.books import Books
from books_service.persistence.exchange.filing import file_copies, seen_by_public
from books_service.persistence.import_tables import external_targets, sought_books
from books_service.persistence.past_tables import changes, gone_books
from books_service.persistence.serial_tables import issues, subscriptions
from books_service.persistence.tables import (
    authorities,
    authority_keys,
    book_relations,
    books,
    bound_copies,
    branches,
    circulation,
    copies,
    gone_authorities,
    heading_corrections,
    import_profiles,
    imported_records,
    inventories,
    inventory_scans,
    plumbing,
    source_records,
    stock,
)
from books_service.persistence.types import AsText, IndexTerms, Many, PerBranch
from shared.persistence.database import Database
from shared.persistence.statements import Runs
from shared.persistence.whole_tables import DatabaseNotEmpty, WholeTables
from shared.persistence.work import SqlWork

_TABLES = (
    branches,
    books,
    book_relations,
    copies,
    bound_copies,
    circulation,
    stock,
    source_records,
    sought_books,
    gone_books,
    inventories,
    inventory_scans,
    subscriptions,
    issues,
    changes,
    imported_records,
    authorities,
    gone_authorities,
    heading_corrections,
    import_profiles,
    external_targets,
)
"""In this order, so that foreign keys find their rows."""
_BATCH = 500


def _plain(table: Table) -> Table:
    """Return the table with the types that the database stores, without the columns that only serve search."""
    return Table(
        table.name,
        MetaData(),
        *(
            Column(
                column.name,
                _type(column.type),
                primary_key=column.primary_key,
                autoincrement=column.autoincrement,
                info=column.info,
            )
            for column in table.c
            if not isinstance(column.type, IndexTerms)
        ),
    )


def _type(kind: Any) -> Any:
    if isinstance(kind, Many | PerBranch | JSON):
        return JSON().with_variant(JSONB(), "postgresql") if isinstance(kind, Many | PerBranch) else JSON()
    return String() if isinstance(kind, AsText) or hasattr(kind, "enums") else kind


EVERYTHING = WholeTables("books", tuple(map(_plain, _TABLES)), plumbing.outbox, plumbing.cube)


async def export_all(database: Database, folder: Path, *, version: str, now: datetime) -> Mapping[str, int]:
    """Write everything into a new folder; return how many rows of each table. Raises FolderUnusable."""
    return await EVERYTHING.write(database, folder, version=version, now=now)


async def import_all(database: Database, folder: Path) -> Mapping[str, int]:
    """Read everything that `export_all` wrote into an empty database, all of it or nothing.

    Raises DatabaseNotEmpty, or FolderUnusable when a file is missing or not as it was written.
    """
    work = SqlWork(database, plumbing)
    session = await work.open()
    try:
        connection = await session.connection()
        for table in (branches, books, changes):
            if (await connection.execute(select(func.count()).select_from(table))).scalar_one():
                raise DatabaseNotEmpty
        counts = await EVERYTHING.fill(connection, folder)
        await _file_authorities(session)
        await _file_books(session, work.transaction.run)
        await work.transaction.commit()
    finally:
        await work.close()
    return counts


def _filed(record: BookRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in ("match_key", "title_key", "sort_key", "author_key")}


async def _file_authorities(session: AsyncSession) -> None:
    """Let authorities be found by all their forms and URIs."""
    result = await session.stream_scalars(select(Authority).execution_options(yield_per=_BATCH))
    async for some in result.partitions():
        await session.execute(insert(authority_keys), key_rows(some))


async def _file_books(session: AsyncSession, run: Runs) -> None:
    """Index every book by its words, other forms of its headings included, by its identifiers and its copies."""
    filing = Books(session, lambda _: None)
    after: UUID | None = None
    while True:
        query = select(Book).order_by(books.c.book_id).limit(_BATCH)
        found = (await session.scalars(query if after is None else query.where(books.c.book_id > after))).all()
        if not found:
            return
        headings = await HeadingLookup(run).of([book.record for book in found])
        for book in found:
            filed = update(books).where(books.c.book_id == book.id).values(**_filed(book.record))
            await session.execute(filed, execution_options={"synchronize_session": False})
        await filing.file([BookAdded(book, book.added_at) for book in found])
        terms = {book.id: index_terms(book.record, *headings.other_forms(book.record)) for book in found}
        await file_copies(run, found, terms)
        shown = await seen_by_public(session, terms)
        await filing.count_headings([BookAdded(book, book.added_at) for book in found if book.id in shown], {})
        after = found[-1].id
        session.expunge_all()

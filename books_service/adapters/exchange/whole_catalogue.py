"""The whole of the service's data as JSON Lines, a file for each table, and back into an empty database.

What is derived from the rest is left out and made anew: words and identifiers that books are found by. So are receipts,
the outbox and imports in hand: they belong to a running service, not to the library.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, MetaData, String, Table, Uuid, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from books_service.adapters.catalogue.sql_books import SqlBooks
from books_service.adapters.sql_tables import (
    books,
    branches,
    changes,
    circulation,
    copies,
    gone_books,
    inventories,
    inventory_scans,
    source_records,
    stock,
)
from books_service.adapters.sql_types import AsText, IndexTerms, Many
from books_service.domain.catalogue.book import Book, BookAdded
from books_service.domain.catalogue.index_term import index_terms
from shared.kernel.errors import Conflict, InvalidValue
from shared.persistence.database import Database
from shared.persistence.types import UtcDateTime

MANIFEST = "manifest.json"
_TABLES = (
    branches,
    books,
    copies,
    circulation,
    stock,
    source_records,
    gone_books,
    inventories,
    inventory_scans,
    changes,
)
"""In this order, so that nothing is named before it is there."""
_BATCH = 500


class LibraryNotEmpty(Conflict):
    """A whole library comes into an empty one only."""

    code = "library-not-empty"
    detail = "This catalogue has branches, books or a history already. Import into a new database."


class FolderUnusable(InvalidValue):
    """The folder is not what an export wrote."""

    code = "folder-unusable"
    field = "folder"


async def export_all(database: Database, folder: Path, *, version: str, now: datetime) -> Mapping[str, int]:
    """Write everything into a new folder, in one transaction that sees one moment; return how many rows of what."""
    _make(folder)
    counts, digests = dict[str, int](), dict[str, str]()
    async with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        for table in _TABLES:
            digest, count = hashlib.sha256(), 0
            with (folder / f"{table.name}.jsonl").open("xb") as target:
                (folder / f"{table.name}.jsonl").chmod(0o600)
                async for line in _lines(connection, _plain(table)):
                    target.write(line)
                    digest.update(line)
                    count += 1
            counts[table.name], digests[table.name] = count, digest.hexdigest()
        await connection.rollback()
    manifest = {"service": "books", "version": version, "exported_at": now.isoformat()}
    told = json.dumps({**manifest, "counts": counts, "digests": digests}, indent=1)
    (folder / MANIFEST).write_text(f"{told}\n", encoding="utf-8")
    return counts


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderUnusable(f"The folder {folder} is not empty.")


async def import_all(database: Database, folder: Path) -> Mapping[str, int]:
    """Read everything that `export_all` wrote into an empty database, all of it or nothing.

    Raises LibraryNotEmpty, or FolderUnusable when a file is missing or not as it was written.
    """
    manifest = _manifest(folder)
    async with AsyncSession(database.engine, expire_on_commit=False, autoflush=False) as session:
        connection = await session.connection()
        for table in (branches, books, changes):
            if (await connection.execute(select(func.count()).select_from(table))).scalar_one():
                raise LibraryNotEmpty
        for table in _TABLES:
            await _fill(connection, _plain(table), folder / f"{table.name}.jsonl")
        if connection.dialect.name == "postgresql":
            last = "SELECT setval(pg_get_serial_sequence('changes', 'sequence'), max(sequence)) FROM changes"
            await connection.execute(text(last))
        await _file_books(session)
        await session.commit()
    counts: Mapping[str, int] = manifest["counts"]
    return counts


def _plain(table: Table) -> Table:
    """Return the table with columns of what the database itself keeps, without what is only looked in."""
    return Table(
        table.name,
        MetaData(),
        *(Column(column.name, _type(column.type)) for column in table.c if not isinstance(column.type, IndexTerms)),
    )


def _type(kind: Any) -> Any:
    if isinstance(kind, Many | JSON):
        return JSON().with_variant(JSONB(), "postgresql") if isinstance(kind, Many) else JSON()
    return String() if isinstance(kind, AsText) or hasattr(kind, "enums") else kind


async def _lines(connection: AsyncConnection, table: Table) -> AsyncIterator[bytes]:
    first = next(iter(table.c))
    async with connection.stream(select(table).order_by(first)) as rows:
        async for row in rows.mappings():
            told = {name: _told(value) for name, value in row.items() if value is not None}
            yield json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digests = {table.name: manifest["digests"][table.name] for table in _TABLES}
        for name, expected in digests.items():
            with (folder / f"{name}.jsonl").open("rb") as source:
                found = hashlib.file_digest(source, "sha256").hexdigest()
            if (manifest["service"], found) != ("books", expected):
                raise FolderUnusable(f"The file {name}.jsonl is not the one that the manifest tells of.")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FolderUnusable(f"The folder {folder} holds no whole export of books: {error}.") from None
    return manifest


async def _fill(connection: AsyncConnection, table: Table, file: Path) -> None:
    names = [column.name for column in table.c]
    with file.open("rb") as source:
        rows: Iterator[dict[str, Any]] = (_row(json.loads(line), table, names) for line in source)
        while batch := list(islice(rows, _BATCH)):
            await connection.execute(insert(table), batch)


def _row(told: dict[str, Any], table: Table, names: list[str]) -> dict[str, Any]:
    row = {name: told.get(name) for name in names}
    for name, value in row.items():
        if value is not None and isinstance(table.c[name].type, Uuid):
            row[name] = UUID(value)
        elif value is not None and isinstance(table.c[name].type, UtcDateTime):
            row[name] = datetime.fromisoformat(value)
    return row


async def _file_books(session: AsyncSession) -> None:
    """Let every book be found: by its words, and by its identifiers."""
    filing = SqlBooks(session, lambda _: None)
    after: UUID | None = None
    while True:
        query = select(Book).order_by(books.c.book_id).limit(_BATCH)
        found = (await session.scalars(query if after is None else query.where(books.c.book_id > after))).all()
        if not found:
            return
        for book in found:
            terms = update(books).where(books.c.book_id == book.id).values(index_terms=index_terms(book.record))
            await session.execute(terms, execution_options={"synchronize_session": False})
        await filing.file([BookAdded(book, book.added_at) for book in found])
        after = found[-1].id
        session.expunge_all()

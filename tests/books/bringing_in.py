"""Bringing files of records in, and what is in the catalogue then."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from books_service.application.exchange.ports import IncomingRecord
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord
from books_service.persistence.tables import copies
from shared.kernel.file_records import Counts, RecordError
from shared.kernel.imports import ImportFile
from tests.books.library import Library
from tests.books.makers import EMMA, NOW, any_id, lines


async def bring_in(
    library: Library, records: Iterable[IncomingRecord], **more: Any
) -> tuple[Counts, list[RecordError]]:
    file = list(records)
    counts, errors = Counts(), list[RecordError]()
    async for batch in library.exchange.import_books(ImportFile(**more), lambda: lines(*file)):
        counts += batch.counts
        errors += batch.errors
    return counts, errors


async def stocked(library: Library, *records: BookRecord, ids: Sequence[UUID] = (EMMA,)) -> None:
    """Let the catalogue have these books."""
    async with library.unit_of_work() as uow:
        for record, id_ in zip(records, (*ids, *(any_id() for _ in records)), strict=False):
            uow.books.add(Book(id=id_, record=record, now=NOW))
        await uow.commit()


async def kept(library: Library) -> list[BookRecord]:
    return [book.record for _, book in await library.records.behind(None, limit=1_000)]


async def titles(library: Library) -> list[str]:
    return [record.title for record in await kept(library)]


async def state(library: Library) -> list[tuple[UUID, int, BookRecord]]:
    return [
        (id_, (await library.queries.book(id_)).version, book.record)
        for id_, book in await library.records.behind(None, limit=1_000)
    ]


async def everything(library: Library) -> tuple[Any, Any]:
    """Return the books with what they say, and the rows of all copies."""
    rows = await library.database.rows(select(copies).order_by(copies.c.copy_id))
    return await state(library), [tuple(row) for row in rows]


async def open_branches(library: Library) -> None:
    for code in ("MAIN", "WEST"):
        await library.open_branch(code, locations=["A", "B"])


async def event_types(library: Library) -> list[str]:
    return [type_ for type_, _, _ in await library.events()]

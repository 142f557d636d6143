"""Files for the readers of records, and what comes out of them."""

from collections.abc import AsyncIterator, Iterable, Mapping

from books_service.adapters.exchange.record_formats import RECORD_READERS, RECORD_WRITERS
from books_service.application.exchange.ports import ExportedBook, IncomingRecord, ReadingOptions
from books_service.domain.catalogue.record import BookRecord


async def read(
    format: str,
    content: str | bytes,
    *,
    columns: Mapping[str, str] | None = None,
    split: str = ";",
    piece: int = 10_000,
) -> list[IncomingRecord]:
    """Return what the reader of `format` finds in `content`, which comes in pieces of `piece` bytes."""
    whole = content.encode() if isinstance(content, str) else content

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(whole), piece):
            yield whole[start : start + piece]

    return [record async for record in RECORD_READERS[format](pieces(), ReadingOptions(columns or {}, split))]


def written(format: str, records: Iterable[BookRecord]) -> bytes:
    """Return the file of these records."""
    writer = RECORD_WRITERS[format]
    return writer.head + writer.between.join(writer.write(ExportedBook(record)) for record in records) + writer.foot


def codes(records: list[IncomingRecord]) -> list[str | None]:
    """Return why each record cannot be read, if it cannot."""
    return [record.problem.code if record.problem else None for record in records]


def titles(records: list[IncomingRecord]) -> list[object]:
    """Return the title of each record, unclean."""
    return [record.raw_fields.get("title") for record in records]

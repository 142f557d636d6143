"""Write the whole catalogue into a file."""

from collections.abc import AsyncIterator, Mapping

from books_service.application.exchange.start_import import FormatNotSupported
from books_service.application.ports import BookRecords, RecordWriter

BATCH = 200
REFUSALS = (FormatNotSupported,)


def writer_of(format: str, *, writers: Mapping[str, RecordWriter]) -> RecordWriter:
    """Return what writes files in this format. Raises FormatNotSupported."""
    if format not in writers:
        raise FormatNotSupported(writers)
    return writers[format]


async def export_books(writer: RecordWriter, *, records: BookRecords) -> AsyncIterator[bytes]:
    """Write the whole catalogue as one file, the oldest book first; importing it makes the same catalogue again.

    - Every book that was there all the time is in the file once, as it stood at some moment of the export. One that is
      added or removed meanwhile may be in it or not. Nothing is locked, however long the export takes.
    - What an export does not hold: copies, and what the catalogue adds itself (ids, versions, dates).
    """
    yield writer.head
    after, between = None, b""
    while batch := await records.behind(after, limit=BATCH):
        written = []
        for _, record in batch:
            written += [between, writer.write(record)]
            between = writer.between
        yield b"".join(written)
        after = batch[-1][0]
    yield writer.foot

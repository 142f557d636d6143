"""Write the whole catalogue into a file."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from books_service.application.exchange.ports import RecordWriter
from books_service.application.exchange.queries import BookRecords
from books_service.application.exchange.reading_options import BOOKS
from shared.kernel.errors import refuses
from shared.kernel.file_records import FormatNotSupported

BATCH = 200


@refuses(FormatNotSupported)
@dataclass(frozen=True, slots=True)
class ExportBooks:
    """Write the whole catalogue as one file, the oldest book first; importing it makes the same catalogue again.

    - Every book that was there all the time is in the file once, as it stood at some moment of the export. One that is
      added or removed meanwhile may be in it or not. Nothing is locked, however long the export takes.
    - Each book comes with its copies; in CSV a book has a line for each of them. `what=copies` writes copies alone.
    - What came as MARC goes out in MARC as rich as it came, with our changes laid over it.
    - What an export does not hold: what the catalogue adds itself (ids, versions, dates), and where copies are now.
    """

    records: BookRecords
    writers: Mapping[str, Mapping[str, RecordWriter]]

    def writer_of(self, format: str, what: str = BOOKS) -> RecordWriter:
        """Return what writes files in this format. Raises FormatNotSupported."""
        writers = self.writers[what]
        if format not in writers:
            raise FormatNotSupported(writers)
        return writers[format]

    async def __call__(self, writer: RecordWriter) -> AsyncIterator[bytes]:
        yield writer.head
        after, between = None, b""
        while batch := await self.records.behind(after, limit=BATCH):
            written = []
            for _, book in batch:
                written += [between, writer.write(book)]
                between = writer.between
            yield b"".join(written)
            after = batch[-1][0]
        yield writer.foot

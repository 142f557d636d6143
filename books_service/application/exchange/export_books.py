"""Write the whole catalogue into a file."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from books_service.application.authorities.queries import AuthorityQueries
from books_service.application.exchange.ports import RecordWriter
from books_service.application.exchange.queries import BookRecords
from books_service.application.exchange.reading_options import AUTHORITIES, BOOKS
from shared.kernel.errors import refuses
from shared.kernel.file_records import FormatNotSupported

BATCH = 200


class Behind(Protocol):
    """Returns the next records behind one, each with its id."""

    async def __call__(self, after: UUID | None, /, *, limit: int) -> Sequence[tuple[UUID, Any]]: ...


@refuses(FormatNotSupported)
@dataclass(frozen=True, slots=True)
class ExportBooks:
    """Write the whole catalogue as one file, the oldest book first; importing it makes the same catalogue again.

    - Every book that was there all the time is in the file once, as it stood at some moment of the export. One that is
      added or removed meanwhile may be in it or not. Nothing is locked, however long the export takes.
    - Each book comes with its copies; in CSV a book has a line for each of them. Copies go out alone, too;
      so do authorities.
    - What came as MARC goes out in MARC as rich as it came, with our changes laid over it.
    - What an export does not hold: what the catalogue adds itself (ids, versions, dates), where copies are now, and
      which further titles are bound in them.
    """

    records: BookRecords
    authorities: AuthorityQueries
    writers: Mapping[str, Mapping[str, RecordWriter]]

    def writer_of(self, format: str, what: str = BOOKS) -> RecordWriter:
        """Return what writes files in this format. Raises FormatNotSupported."""
        writers = self.writers[what]
        if format not in writers:
            raise FormatNotSupported(writers)
        return writers[format]

    async def __call__(self, writer: RecordWriter, what: str = BOOKS) -> AsyncIterator[bytes]:
        yield writer.head
        after, between = None, b""
        behind: Behind = self.authorities.behind if what == AUTHORITIES else self.records.behind
        while batch := await behind(after, limit=BATCH):
            written = []
            for _, record in batch:
                written += [between, writer.write(record)]
                between = writer.between
            yield b"".join(written)
            after = batch[-1][0]
        yield writer.foot

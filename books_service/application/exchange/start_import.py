"""Take a file in, to be imported in the background."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from books_service.application.catalogue.views import NOTHING_YET, ImportView
from books_service.application.exchange.import_books import FileUnusable
from books_service.application.ports import ImportJob, ReadingOptions, RecordReader, UnitOfWork
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue, NotFound
from shared.kernel.ids import new_id

FIELDS = tuple(BookRecord.__dataclass_fields__)
DEFAULT_SPLIT = ";"
_WITHOUT_NAMES = ("marc", "marcxml")
_MARKS_OF_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"(\xb5/\xfd", b"7z\xbc\xaf")
_LONGEST_MARK = max(map(len, _MARKS_OF_ARCHIVES))


class ImportNotFound(NotFound):
    """There is no such import."""

    code = "import-not-found"
    detail = "There is no import with this id."


class FormatNotSupported(InvalidValue):
    """The catalogue neither reads nor writes that kind of file."""

    code = "format-not-supported"

    def __init__(self, formats: Mapping[str, object]) -> None:
        super().__init__(f"The catalogue knows these formats: {', '.join(sorted(formats))}.", field="format")


class InvalidMapping(InvalidValue):
    """The mapping names a field that a book does not have."""

    code = "invalid-mapping"
    field = "mapping"


class FilePacked(FileUnusable):
    """The file is an archive, or compressed. Nobody can tell how much will come out of it."""

    code = "file-packed"
    detail = "The file is compressed, or a workbook of a spreadsheet. Unpack it, or save it as CSV, first."


REFUSALS = (FormatNotSupported, InvalidMapping, FilePacked)


@dataclass(frozen=True, slots=True)
class StartImport:
    """How to read the file: `columns` gives for a field of ours the name that the file has for it."""

    format: str
    columns: Mapping[str, str]
    split_authors: str = DEFAULT_SPLIT
    dry_run: bool = False
    by: str | None = None


async def start_import(
    command: StartImport,
    content: AsyncIterator[bytes],
    *,
    uow: UnitOfWork,
    readers: Mapping[str, RecordReader],
    clock: Clock,
) -> ImportView:
    """Queue a file for import; its address tells how far it has come.

    - Records match by ISBN, else by control number, else by title, authors and year: the same file again changes
      nothing.
    - What spreadsheets break is repaired where it can be proved: an ISBN that lost its leading zeros, a year like
      2008.0.
    - A bad record never stops the others. A value that cannot be right is left out, and reported with its record.
    - The file is kept until the import is done, so that a crash only delays it.
    """
    options = reading_options(command.format, command.columns, command.split_authors, readers=readers)
    job = ImportJob(new_id(), command.format, options, command.dry_run, clock.now(), by=command.by)
    async with uow:
        await uow.imports.add(job, unpacked(content))
        view = ImportView(
            import_id=job.import_id,
            state="queued",
            format=job.format,
            dry_run=job.dry_run,
            counts=NOTHING_YET,
            errors=(),
            more_errors=False,
            created_at=job.created_at,
            finished_at=None,
            version=1,
        )
        await uow.commit(answer=view)
    return view


async def unpacked(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Return `content` as it is. Raises FilePacked when it begins as only archives and compressed files do."""
    head, began = b"", False
    async for piece in content:
        if began:
            yield piece
            continue
        head += piece
        if len(head) >= _LONGEST_MARK:
            if head.startswith(_MARKS_OF_ARCHIVES):
                raise FilePacked
            began = True
            yield head
    if not began:
        yield head


def reading_options(
    format: str, columns: Mapping[str, str], split_authors: str, *, readers: Mapping[str, RecordReader]
) -> ReadingOptions:
    """Check how a file shall be read. Raises FormatNotSupported or InvalidMapping."""
    if format not in readers:
        raise FormatNotSupported(readers)
    if columns and format in _WITHOUT_NAMES:
        raise InvalidMapping("MARC numbers its fields, and we know them all: leave the mapping out.")
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise InvalidMapping(f"A book has no field {unknown[0]!r:.50}. Its fields are {', '.join(FIELDS)}.")
    return ReadingOptions(dict(columns), split_authors or DEFAULT_SPLIT)

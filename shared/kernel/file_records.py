"""The records of files that another system has written, and what becomes of them."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from shared.kernel.errors import InvalidValue, LibraryError, Refusals

Content = TypeVar("Content")
Formats = Literal["json", "csv"]


class FormatNotSupported(InvalidValue):
    """Records are not read from that kind of file."""

    code = "format-not-supported"
    detail = "Records are read from json (an array, or an object a line) and csv."
    field = "format"


class InvalidMapping(InvalidValue):
    """The mapping names a field that a record does not have, or is none."""

    code = "invalid-mapping"
    detail = 'The mapping is a JSON object of texts, such as {"name": "full_name"}.'
    field = "mapping"


@dataclass(frozen=True, slots=True)
class RecordError:
    """What is wrong with one record. Records count from 1; 0 is the file as a whole."""

    record: int
    identifier: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FileRecord(Generic[Content]):
    """The record with this number, from 1 on, or why it cannot be read.

    `identifier` is what it is called in reports: a key of the other system, never a person's name.
    """

    number: int
    identifier: str | None
    content: Content | LibraryError

    def errors(self, error: LibraryError) -> list[RecordError]:
        """Return everything that `error` says against this record."""
        refusals = error.refusals if isinstance(error, Refusals) else (error,)
        return [RecordError(self.number, self.identifier, one.code, one.detail) for one in refusals]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the records: `read` is the sum of the others. Skipped are those that say nothing new."""

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.read + other.read,
            self.created + other.created,
            self.updated + other.updated,
            self.skipped + other.skipped,
            self.failed + other.failed,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some records that were kept together."""

    counts: Counts
    errors: tuple[RecordError, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportFile:
    """How to import: `dry_run` says what would happen and changes nothing; the first `already` records were done."""

    dry_run: bool = False
    already: int = 0
    by: str | None = None

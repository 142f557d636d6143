"""The records of files, and how their formats are read and written."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord, RawField
from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.exchange.external_target import ExternalTarget
from books_service.domain.exchange.source_record import SourceRecord
from books_service.domain.stock.copy_record import CopyRecord
from books_service.domain.viewer import Viewer
from shared.kernel.errors import LibraryError


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How to read a file: which of its columns is which field, where names are split, and `what` its records are.

    `items` says where copies stand in MARC: for a tag, which subfield is which field of a copy.
    """

    columns: Mapping[str, str]
    split_authors: str
    what: str = "books"
    items: Mapping[str, Mapping[str, str]] | None = None


RawCopy = Mapping[str, str]
"""What a file says of a copy, as text under our field names, still unclean; empty fields are absent."""


@dataclass(frozen=True, slots=True)
class IncomingRecord:
    """One record of a file: its number, counted from 1, and what it says under our field names, still unclean.

    Empty fields are absent. When the record cannot be read at all, `problem` says why, and the fields just identify the
    record; `wrong` says it of single values, which are left out, and of what had to be guessed. `left_out` names the
    fields of the file that are not read. A copy that comes alone (`is_copy`) may name its book by `id:`, `isbn:` and
    `external:`; the first of these `books` that the catalogue has is meant.
    """

    number: int
    raw_fields: Mapping[str, RawField]
    problem: LibraryError | None = None
    wrong: tuple[LibraryError, ...] = ()
    copies: tuple[RawCopy, ...] = ()
    left_out: tuple[str, ...] = ()
    is_copy: bool = False
    books: tuple[str, ...] = ()
    source: SourceRecord | None = None


@dataclass(frozen=True, slots=True)
class ExportedRelation:
    """What a book that goes out is to another one, which is known by its `record`."""

    kind: RelationKind
    record: BookRecord
    label: str | None


@dataclass(frozen=True, slots=True)
class ExportedBook:
    """A book as it goes out: its record, its copies, and how it came in.

    `holding_branches` has the branches of the copies that are not in their own, by the keys of their barcodes; None for
    a file, which records where a copy is at home, and not where it is. A file is for staff: what goes to the public has
    those branches, and nothing in it that only staff read.
    """

    record: BookRecord
    copies: tuple[CopyRecord, ...] = ()
    source: SourceRecord | None = None
    book_id: UUID | None = None
    holding_branches: Mapping[str, str] | None = None
    relations: tuple[ExportedRelation, ...] = ()


RecordReader = Callable[[AsyncIterator[bytes], ReadingOptions], AsyncIterator[IncomingRecord]]
"""Reads the records of one format. Raises FileUnusable when the file as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class RecordWriter:
    """How a file of one format is written: record by record, with what stands before, between and after them."""

    suffix: str
    media_type: str
    write: Callable[[Any], bytes]
    head: bytes = b""
    between: bytes = b""
    foot: bytes = b""


@dataclass(frozen=True, slots=True)
class MarcForms:
    """How one MARC record is read and written by media type, and what it has to do with a book.

    `read` raises NoMarcRecord or InvalidMarcText. `shown` is the record of a book for a viewer, without the fields of
    its copies, `stored` puts those that are stored back; `raw_fields` is what a record says, under our field names.
    `renamed` is a record with some names, and some subjects, replaced by others.
    """

    read: Callable[[str, bytes], SourceRecord]
    write: Callable[[str, SourceRecord], bytes]
    shown: Callable[[ExportedBook, Viewer], SourceRecord]
    stored: Callable[[SourceRecord, SourceRecord | None], SourceRecord]
    raw_fields: Callable[[SourceRecord], Mapping[str, RawField]]
    describes_copy: Callable[[Sequence[Any]], bool]
    renamed: Callable[[SourceRecord, Mapping[str, str], Mapping[str, str]], SourceRecord]


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record of another catalogue: as imports read it, and as it came but for the fields of copies."""

    incoming: IncomingRecord
    source: SourceRecord


@dataclass(frozen=True, slots=True)
class ExternalAnswer:
    """How many records another catalogue has found, and the first of them."""

    total: int
    records: tuple[FoundRecord, ...]


class ExternalCatalogues(Protocol):
    """Asks other catalogues."""

    async def search(self, target: ExternalTarget, *, words: str | None, isbn: Isbn | None) -> ExternalAnswer:
        """Return the first records that are found; raise why not."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...

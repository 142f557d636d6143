"""Other catalogues: how they are asked, and what they have of a book. Nothing of it is written into the catalogue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from books_service.application.exchange.file_entries import Entry, read_entry
from books_service.application.exchange.ports import ExternalCatalogues, FoundRecord
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn
from books_service.domain.catalogue.record import BookRecord, external_key
from books_service.domain.exchange.came_before import digests_of_book, lookup_names
from books_service.domain.exchange.external_target import (
    ExternalTarget,
    ExternalTargetFailed,
    ExternalTargetRefused,
    ExternalTargetSlow,
    InvalidTargetAddress,
    TargetNotFound,
)
from books_service.domain.exchange.matching import FileMatching, is_beside, names_of, says_too_little
from books_service.domain.exchange.source_record import SourceRecord
from books_service.persistence.catalogue.book_json import as_json
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.errors import LibraryError, OutOfDate, refuse_if_stale, refuses
from shared.kernel.file_records import RecordError


@dataclass(frozen=True, slots=True)
class TargetChange:
    """How a catalogue is asked from now on. `version` is the one that the caller has seen; 0: it is new; None: any."""

    code: str
    version: int | None
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExternalSearch:
    """Words, or an ISBN, to be looked for in another catalogue."""

    target: str
    words: str | None
    isbn: str | None


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field of a book that an import of the record would change, as JSON values."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ExternalRecord:
    """A record that was found: as it came, what the catalogue reads of it, and which book it would change, and how."""

    source: SourceRecord
    fields: Mapping[str, Any] | None
    matches: tuple[UUID, ...]
    changes: tuple[FieldDifference, ...]
    errors: tuple[RecordError, ...]


@dataclass(frozen=True, slots=True)
class ExternalRecords:
    """How many records there are, and the first of them."""

    total: int
    records: Sequence[ExternalRecord]


@refuses(TargetNotFound)
@dataclass(frozen=True, slots=True)
class ShowTargets:
    """Show how another catalogue is asked."""

    unit_of_work: BooksWorkFactory

    async def all(self) -> Sequence[ExternalTarget]:
        """Return every one, by code."""
        async with self.unit_of_work() as uow:
            return await uow.external_targets.all()

    async def __call__(self, code: str) -> ExternalTarget:
        async with self.unit_of_work() as uow:
            return await _target(uow, code)


@refuses(InvalidTargetAddress, OutOfDate)
@dataclass(frozen=True, slots=True)
class ChangeTarget:
    """Say how another catalogue is asked by SRU.

    - Its address is https and public, unless the operator allows its host (`BOOKS_EXTERNAL_HOSTS`).
    """

    unit_of_work: BooksWorkFactory
    allowed: Callable[[str], bool]

    async def __call__(self, command: TargetChange) -> ExternalTarget:
        async with self.unit_of_work() as uow:
            present = await uow.external_targets.find(command.code)
            version = 0 if present is None else present.version
            refuse_if_stale(command.version, version, thing="catalogue")
            target = ExternalTarget.of(allowed=self.allowed, version=version + 1, code=command.code, **command.fields)
            await uow.external_targets.put(target)
            await uow.commit()
        return target


@dataclass(frozen=True, slots=True)
class TargetRemoval:
    """`version` is the one that the caller has seen; None: any version."""

    code: str
    version: int | None = None


@refuses(TargetNotFound, OutOfDate)
@dataclass(frozen=True, slots=True)
class RemoveTarget:
    """Ask another catalogue no more. What was taken over from it stays."""

    unit_of_work: BooksWorkFactory

    async def __call__(self, command: TargetRemoval) -> None:
        async with self.unit_of_work() as uow:
            target = await _target(uow, command.code)
            refuse_if_stale(command.version, target.version, thing="catalogue")
            await uow.external_targets.remove(target)
            await uow.commit()


@refuses(
    TargetNotFound, InvalidTargetAddress, InvalidIsbn, ExternalTargetFailed, ExternalTargetRefused, ExternalTargetSlow
)
@dataclass(frozen=True, slots=True)
class SearchExternally:
    """Look for records in another catalogue, by SRU. Nothing is written.

    - The first ten are shown, each as it came but for fields that describe copies, and as an import would read it.
    - `matches` is the book that an import of the record would change, and `changes` what it would change there, field
      by field. Without one, an import would add a book.
    - A record is taken over by an import (`POST /v1/imports`), or as the MARC record of a book (`PUT …/marc`).
    """

    unit_of_work: BooksWorkFactory
    catalogues: ExternalCatalogues
    currency: str

    async def __call__(self, command: ExternalSearch) -> ExternalRecords:
        isbn = None if command.isbn is None else Isbn.parse(command.isbn)
        async with self.unit_of_work() as uow:
            target = await _target(uow, command.target)
        answer = await self.catalogues.search(target, words=command.words, isbn=isbn)
        async with self.unit_of_work() as uow:
            return ExternalRecords(answer.total, [await self._compared(each, uow) for each in answer.records])

    async def _compared(self, found: FoundRecord, uow: UnitOfWork) -> ExternalRecord:
        entry = read_entry(found.incoming, self.currency)
        wrong, record, book = list(entry.wrong), entry.record, None
        if record is not None:
            record = (await uow.headings.of([record])).corrected(record)
            try:
                book = await _meant(entry, record, uow)
            except LibraryError as refusal:
                wrong.append(refusal)
        return ExternalRecord(
            found.source,
            None if record is None else as_json(record),
            () if book is None else (book.id,),
            () if book is None or record is None else tuple(_changes(book, record)),
            tuple(RecordError(entry.number, entry.identifier, each.code, each.detail) for each in wrong),
        )


async def _target(uow: UnitOfWork, code: str) -> ExternalTarget:
    target = await uow.external_targets.find(code)
    if target is None:
        raise TargetNotFound
    return target


async def _meant(entry: Entry, record: BookRecord, uow: UnitOfWork) -> Book | None:
    """Return the book that an import of this record alone would change."""
    names = lookup_names(record, digests_of_book(record, entry.as_it_came))
    before = await uow.imported.came_before(names)
    became = [row.thing_id for name in names for row in before.get(name, ())]
    survivors = await uow.books.survivors(became)
    if (known := next((survivors[each] for each in became if each in survivors), None)) is not None:
        return known
    keys = [] if record.control_number is None else [record.control_number.key]
    keys += [] if record.external_id is None else [external_key(record.external_id)]
    numbered = await uow.books.identified(keys)
    candidates = [*await uow.books.like([record]), *(book for books in numbered.values() for book in books)]
    return FileMatching(names_of(record)).find(record, candidates)


def _changes(book: Book, record: BookRecord) -> list[FieldDifference]:
    if says_too_little(record, book):
        return []
    before, after = (
        as_json(book.record),
        as_json(book.with_absorbed(record) if is_beside(record, book) else book.revised_by(record)),
    )
    return [FieldDifference(name, before[name], after[name]) for name in before if before[name] != after[name]]

"""Bring the records of a file into the catalogue, one bad record never stopping the others."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from books_service.application.exchange.bring_copies import CREATED, SKIPPED, UPDATED, CopyBatch
from books_service.application.exchange.file_entries import Entry, read_entry
from books_service.application.exchange.ports import ExchangeUnitOfWork, FileRecord, OpensExchange, SourceRecord
from books_service.application.exchange.views import NOTHING_YET, Counts, RecordError
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord, external_key
from books_service.domain.exchange.copy_matching import CopiesOfFile, CopyWithoutBook
from books_service.domain.exchange.matching import FileMatching, MatchKey, names_of, says_too_little
from books_service.domain.stock.copy_record import CopyRecord
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, LibraryError, OutOfDate
from shared.kernel.file_records import FileUnusable
from shared.kernel.ids import new_id

BATCH = 100
MOST_RECORDS = 500_000
_MOST_TRIES = 5
_OF_BOOKS = {
    CREATED: Counts(read=1, created=1),
    UPDATED: Counts(read=1, updated=1),
    SKIPPED: Counts(read=1, skipped=1),
}
_FAILED = Counts(read=1, failed=1)
_OF_COPIES = {
    CREATED: Counts(copies_created=1),
    UPDATED: Counts(copies_updated=1),
    SKIPPED: Counts(copies_skipped=1),
}
_COPY_FAILED = Counts(copies_failed=1)


class TooManyRecords(FileUnusable):
    code = "too-many-records"
    detail = f"One import takes {MOST_RECORDS} records. Split the file; what was read so far is kept."


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of the next records of a file; `left_out` counts the fields of the file that nothing was made of."""

    counts: Counts
    errors: tuple[RecordError, ...]
    left_out: Mapping[str, int]


Note = Callable[[ExchangeUnitOfWork, Batch], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class BookFile:
    """A file to be imported.

    `read` begins to read it; it is called twice, because what a record means depends on which ISBNs the file holds. The
    first `already` records were noted in an earlier run; they are gone through again, but not counted again. `by` is
    who sent the file in, for the history of the books.
    """

    read: Callable[[], AsyncIterator[FileRecord]]
    dry_run: bool = False
    already: int = 0
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ImportBooks:
    """Import the records of a file, batch by batch, and tell what became of each batch once it is kept.

    - The same file again changes nothing: a record that says nothing new about its book is skipped.
    - What a record leaves open stays as it is in the catalogue.
    - A value that cannot be right (an ISBN with a wrong check digit) is left out and reported; the book is taken.
    - A record that cannot be read, or has no title, fails and is reported. So does the second of two records that have
      one ISBN and differ.
    - The copies of a book come with it. One that cannot be taken is reported, and stops neither its book nor others.
    - A price that names no currency is one in the library's; one in another currency is left out and reported.
    - What came as MARC is kept as it came, beside what is read from it; but for a record that says too little to change
      its book.
    - `dry_run` reports the same and changes nothing.

    `note` writes about a batch in the batch's own transaction. Raises FileUnusable.
    """

    unit_of_work: OpensExchange
    clock: Clock
    currency: str

    async def __call__(self, file: BookFile, *, note: Note | None = None) -> AsyncIterator[Batch]:
        matching = FileMatching({name async for name in _names(file.read())})
        copies = CopiesOfFile()
        async for batch in _in_batches(file.read()):
            read = [read_entry(record, self.currency) for record in batch]
            for attempt in range(1, _MOST_TRIES + 1):
                try:
                    async with self.unit_of_work() as uow:
                        outcome = await _Work(uow, matching, copies, self.clock, file).take(read)
                        if note is not None and outcome.counts.read:
                            await note(uow, outcome)
                        await uow.commit(imported=True)
                    break
                except (Conflict, OutOfDate):  # somebody catalogued one of these books meanwhile: now it can be found
                    matching.roll_back()
                    copies.roll_back()
                    if attempt == _MOST_TRIES:
                        raise
            matching.savepoint()
            copies.savepoint()
            if outcome.counts.read:
                yield outcome


async def _names(records: AsyncIterator[FileRecord]) -> AsyncIterator[MatchKey]:
    """Return what `names_of` returns of each record."""
    async for record in records:
        if record.number > MOST_RECORDS:
            return
        if record.problem is not None:
            continue
        with suppress(LibraryError):
            numbers = {name: record.raw_fields[name] for name in ("isbn", "identifiers") if name in record.raw_fields}
            for name in names_of(BookRecord.repaired({"title": "-", **numbers})[0]):
                yield name


async def _in_batches(records: AsyncIterator[FileRecord]) -> AsyncIterator[list[FileRecord]]:
    batch: list[FileRecord] = []
    async for record in records:
        if record.number > MOST_RECORDS:
            if batch:
                yield batch
            raise TooManyRecords
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class _Work:
    """One batch in one transaction."""

    def __init__(
        self, uow: ExchangeUnitOfWork, matching: FileMatching, seen: CopiesOfFile, clock: Clock, file: BookFile
    ) -> None:
        self._uow = uow
        self._matching = matching
        self._file = file
        self._now = clock.now()
        self._copies = CopyBatch(uow, seen, self._now, dry_run=file.dry_run, by=file.by)
        self._sources: dict[UUID, SourceRecord] = {}

    async def take(self, read: Sequence[Entry]) -> Batch:
        """Take the records of a batch, and report on those that were not noted before."""
        await self._uow.imports.wait_for_turn()
        shelf = await self._shelf([entry.record for entry in read if entry.record is not None])
        located = await self._located(read)
        await self._copies.open([copy for entry in read for copy in entry.copies])
        counts, errors, left_out = NOTHING_YET, list[RecordError](), Counter[str]()
        for entry in read:
            wrong = list(entry.wrong)
            outcome = self._copy_alone(entry, located, wrong) if entry.is_copy else self._place(entry, shelf, wrong)
            if entry.number > self._file.already:
                counts += outcome
                left_out.update(entry.left_out)
                errors += [RecordError(entry.number, entry.identifier, error.code, error.detail) for error in wrong]
        if self._sources:
            self._uow.books.keep_sources(self._sources)
        return Batch(counts, tuple(errors), left_out)

    async def _shelf(self, records: Sequence[BookRecord]) -> "_Shelf":
        keys = {record.control_number.key for record in records if record.control_number is not None}
        keys |= {external_key(record.external_id) for record in records if record.external_id is not None}
        numbered = await self._uow.books.identified(sorted(keys))
        return _Shelf(await self._uow.books.like(records), numbered)

    async def _located(self, read: Sequence["Entry"]) -> Mapping[str, UUID]:
        """Return the books that copies which come alone name, by these names."""
        names = {name for entry in read if entry.is_copy for name in entry.books}
        return await self._uow.books.located(names) if names else {}

    def _place(self, entry: "Entry", shelf: "_Shelf", wrong: list[LibraryError]) -> Counts:
        """Place a book and its copies."""
        if entry.record is None:
            return _FAILED + Counts(copies_failed=len(entry.copies))
        try:
            outcome, book_id = self._place_book(entry, entry.record, shelf)
        except LibraryError as refusal:
            wrong.append(refusal)
            return _FAILED + Counts(copies_failed=len(entry.copies))
        counts = _OF_BOOKS[outcome] + Counts(copies_failed=entry.unreadable_copies)
        for copy in entry.copies:
            counts += self._place_copy(copy, book_id, wrong)
        return counts

    def _place_book(self, entry: "Entry", record: BookRecord, shelf: "_Shelf") -> tuple[str, UUID | None]:
        written, candidates = entry.isbn_as_written, shelf.near(record)
        if self._matching.repeats(record, written):
            same = next((book for book in candidates if not book.differs_from(record)), None)
            return SKIPPED, None if same is None else same.id
        book = self._matching.find(record, candidates)
        if book is None:
            added = self._add(record)
            added_id = None if added is None else added.id
            self._matching.take(entry.number, record, written, added_id)
            if added is not None:
                shelf.put(added)
                self._keep_source(entry, added)
            return CREATED, added_id
        self._matching.take(entry.number, record, written, book.id)
        if says_too_little(record, book):
            return SKIPPED, book.id
        self._keep_source(entry, book)
        if not book.differs_from(record):
            return SKIPPED, book.id
        if not self._file.dry_run:
            book.revise(record, now=self._now, by=self._file.by)
        return UPDATED, book.id

    def _keep_source(self, entry: "Entry", book: Book) -> None:
        if entry.source is not None and not self._file.dry_run:
            self._sources[book.id] = entry.source

    def _add(self, record: BookRecord) -> Book | None:
        if self._file.dry_run:
            return None
        book = Book(id=new_id(), record=record, now=self._now, by=self._file.by)
        self._uow.books.add(book)
        return book

    def _place_copy(self, copy: CopyRecord, book_id: UUID | None, wrong: list[LibraryError]) -> Counts:
        try:
            return _OF_COPIES[self._copies.place(copy, book_id, wrong)]
        except LibraryError as refusal:
            wrong.append(refusal)
            return _COPY_FAILED

    def _copy_alone(self, entry: "Entry", located: Mapping[str, UUID], wrong: list[LibraryError]) -> Counts:
        """Place a copy that comes without its book: it is what is counted."""
        book_id = next((located[name] for name in entry.books if name in located), None)
        if not entry.copies:
            return _FAILED
        if book_id is None:
            wrong.append(CopyWithoutBook())
            return _FAILED
        try:
            return _OF_BOOKS[self._copies.place(entry.copies[0], book_id, wrong)]
        except LibraryError as refusal:
            wrong.append(refusal)
            return _FAILED


class _Shelf:
    """The books that the records of a batch may mean."""

    def __init__(self, books: Sequence[Book], numbered: Mapping[str, Sequence[Book]]) -> None:
        self._by_key: dict[object, list[Book]] = {number: list(books) for number, books in numbered.items()}
        for book in books:
            self.put(book)

    def put(self, book: Book) -> None:
        self._by_key.setdefault(book.match_key, []).append(book)
        if book.record.isbn is not None:
            self._by_key.setdefault(book.record.isbn, []).append(book)

    def near(self, record: BookRecord) -> list[Book]:
        number, external_id = record.control_number, record.external_id
        keys = (
            record.match_key,
            record.isbn,
            number and number.key,
            external_id and external_key(external_id),
        )
        return list(chain.from_iterable(self._by_key.get(key, ()) for key in keys if key is not None))

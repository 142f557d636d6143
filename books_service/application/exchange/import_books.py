"""Bring the records of a file into the catalogue, one bad record never stopping the others."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from books_service.application.catalogue.views import NOTHING_YET, Counts, RecordError
from books_service.application.ports import FileRecord, UnitOfWork
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.exchange.matching import FileMatching, names_of, says_too_little
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, LibraryError, OutOfDate, Refused
from shared.kernel.ids import new_id

BATCH = 100
MOST_RECORDS = 500_000
_MOST_TRIES = 5
_LONGEST_IDENTIFIER = 100
_CREATED = Counts(read=1, created=1)
_UPDATED = Counts(read=1, updated=1)
_SKIPPED = Counts(read=1, skipped=1)
_FAILED = Counts(read=1, failed=1)


class FileUnusable(Refused):
    """The file as a whole cannot be read."""

    code = "file-unusable"


class TooManyRecords(FileUnusable):
    code = "too-many-records"
    detail = f"One import takes {MOST_RECORDS} records. Split the file; what was read so far is kept."


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of the next records of a file."""

    counts: Counts
    errors: tuple[RecordError, ...]


Note = Callable[[UnitOfWork, Batch], Awaitable[None]]


async def import_books(
    read: Callable[[], AsyncIterator[FileRecord]],
    *,
    unit_of_work: Callable[[], UnitOfWork],
    clock: Clock,
    dry_run: bool = False,
    already: int = 0,
    by: str | None = None,
    note: Note | None = None,
) -> AsyncIterator[Batch]:
    """Import the records of a file, batch by batch, and tell what became of each batch once it is kept.

    - The same file again changes nothing: a record that says nothing new about its book is skipped.
    - What a record leaves open stays as it is in the catalogue.
    - A value that cannot be right (an ISBN with a wrong check digit) is left out and reported; the book is taken.
    - A record that cannot be read, or has no title, fails and is reported. So does the second of two records that have
      one ISBN and differ.
    - `dry_run` reports the same and changes nothing.

    `read` begins to read the file; it is called twice, because what a record means depends on which ISBNs the file
    holds. The first `already` records were noted in an earlier run; they are gone through again, but not counted again.
    `by` is who sent the file in, for the history of the books. `note` writes about a batch in the batch's own
    transaction. Raises FileUnusable.
    """
    matching = FileMatching({name async for name in _names(read())})
    async for batch in _in_batches(read()):
        for attempt in range(1, _MOST_TRIES + 1):
            try:
                async with unit_of_work() as uow:
                    work = _Work(uow, matching, clock, dry_run=dry_run, by=by)
                    outcome = await work.take(batch, already=already)
                    if note is not None and outcome.counts.read:
                        await note(uow, outcome)
                    await uow.commit()
                break
            except (Conflict, OutOfDate):  # somebody catalogued one of these books meanwhile: now it can be found
                matching.take_back()
                if attempt == _MOST_TRIES:
                    raise
        matching.keep()
        if outcome.counts.read:
            yield outcome


async def _names(records: AsyncIterator[FileRecord]) -> AsyncIterator[int]:
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

    def __init__(self, uow: UnitOfWork, matching: FileMatching, clock: Clock, *, dry_run: bool, by: str | None) -> None:
        self._uow = uow
        self._matching = matching
        self._now = clock.now()
        self._dry_run = dry_run
        self._by = by

    async def take(self, batch: Sequence[FileRecord], *, already: int) -> Batch:
        """Take the records of `batch`, and report on those behind number `already`."""
        read = [_read(record) for record in batch]
        await self._uow.imports.wait_for_turn()
        records = [entry.record for entry in read if entry.record is not None]
        numbers = {record.control_number.key for record in records if record.control_number is not None}
        numbered = await self._uow.books.identified(sorted(numbers))
        shelf = _Shelf(await self._uow.books.like(records), numbered)
        counts, errors = NOTHING_YET, list[RecordError]()
        for entry in read:
            outcome, wrong = _FAILED, list(entry.wrong)
            if entry.record is not None:
                try:
                    outcome = self._place(entry, entry.record, shelf)
                except LibraryError as refusal:
                    wrong.append(refusal)
            if entry.number > already:
                counts += outcome
                errors += [RecordError(entry.number, entry.identifier, error.code, error.detail) for error in wrong]
        return Batch(counts, tuple(errors))

    def _place(self, entry: "_Entry", record: BookRecord, shelf: "_Shelf") -> Counts:
        written, candidates = entry.isbn_as_written, shelf.near(record)
        if self._matching.repeats(record, written):
            return _SKIPPED
        book = self._matching.find(record, candidates)
        if book is None:
            self._matching.claim(entry.number, record, written, self._add(record))
            return _CREATED
        self._matching.claim(entry.number, record, written, book.id)
        if says_too_little(record, book) or not book.differs_from(record):
            return _SKIPPED
        if not self._dry_run:
            book.revise(record, now=self._now, by=self._by)
        return _UPDATED

    def _add(self, record: BookRecord) -> UUID | None:
        if self._dry_run:
            return None
        book = Book(id=new_id(), record=record, now=self._now, by=self._by)
        self._uow.books.add(book)
        return book.id


@dataclass(frozen=True, slots=True)
class _Entry:
    """A record after reading: clean (None when that failed), and what was wrong with it."""

    number: int
    record: BookRecord | None
    isbn_as_written: str | None
    identifier: str | None
    wrong: tuple[LibraryError, ...]


def _read(raw: FileRecord) -> _Entry:
    written, title = raw.raw_fields.get("isbn"), raw.raw_fields.get("title")
    isbn = written if isinstance(written, str) else None
    number = next((parts[1] for parts in raw.raw_fields.get("identifiers", ()) if len(parts) > 1), None)
    identifier = next((_shown(text) for text in (isbn, title, number) if isinstance(text, str)), None)
    if raw.problem is not None:
        return _Entry(raw.number, None, isbn, identifier, (raw.problem,))
    try:
        record, left_out = BookRecord.repaired(raw.raw_fields)
    except LibraryError as error:
        return _Entry(raw.number, None, isbn, identifier, (*raw.wrong, error))
    return _Entry(raw.number, record, isbn, identifier, (*raw.wrong, *left_out))


def _shown(text: str) -> str:
    """Return what can be kept and shown of text that nobody has looked at."""
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in text[:_LONGEST_IDENTIFIER])


class _Shelf:
    """The books that the records of a batch may mean."""

    def __init__(self, books: Sequence[Book], numbered: Mapping[str, Sequence[Book]]) -> None:
        self._by_key: dict[object, list[Book]] = {number: list(books) for number, books in numbered.items()}
        for book in books:
            self._by_key.setdefault(book.match_key, []).append(book)
            if book.record.isbn is not None:
                self._by_key.setdefault(book.record.isbn, []).append(book)

    def near(self, record: BookRecord) -> list[Book]:
        number = record.control_number
        keys = (record.match_key, record.isbn, number and number.key)
        return list(chain.from_iterable(self._by_key.get(key, ()) for key in keys))

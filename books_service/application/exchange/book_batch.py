"""Import one batch of records into the catalogue, in one transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from uuid import UUID

from books_service.application.authorities.correct_books import Rename
from books_service.application.exchange.copy_batch import CREATED, NO_BOOK, SKIPPED, UPDATED, CopyBatch
from books_service.application.exchange.file_entries import Entry
from books_service.application.exchange.reading_options import COPIES
from books_service.application.exchange.records_before import Digests, RecordsBefore
from books_service.domain.authorities.headings import Headings
from books_service.domain.catalogue.book import Book, IsbnAlreadyCatalogued
from books_service.domain.catalogue.record import BookRecord, external_key
from books_service.domain.exchange.came_before import (
    CameBefore,
    ChangedHereToo,
    MergedHere,
    RemovedHere,
    digests_of_book,
    lookup_names,
    names_of_book,
    stored_names,
)
from books_service.domain.exchange.copy_matching import CopiesOfFile
from books_service.domain.exchange.matching import FileMatching, is_beside, says_too_little
from books_service.domain.exchange.record_rules import RecordRules, kept
from books_service.domain.exchange.source_record import SourceRecord
from books_service.domain.stock.copy_record import CopyRecord
from books_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import Batch, Counts, KindCounts, RecordError
from shared.kernel.ids import new_id
from shared.kernel.imports import ImportFile

_OF_BOOKS = {
    CREATED: Counts(read=1, created=1),
    UPDATED: Counts(read=1, updated=1),
    SKIPPED: Counts(read=1, skipped=1),
}
_FAILED = Counts(read=1, failed=1)


def _copies(**counts: int) -> Counts:
    return Counts(kinds={COPIES: KindCounts(**counts)})


def _copies_failed(count: int) -> Counts:
    return _copies(failed=count) if count else Counts()


_OF_COPIES = {CREATED: _copies(created=1), UPDATED: _copies(updated=1), SKIPPED: _copies(skipped=1)}
_COPY_FAILED = _copies(failed=1)


class BookBatch:
    """The records of one batch, in one transaction."""

    def __init__(
        self,
        uow: UnitOfWork,
        matching: FileMatching,
        copies_of_file: CopiesOfFile,
        now: datetime,
        file: ImportFile,
        *,
        rules: RecordRules,
        rename: Rename,
    ) -> None:
        self._uow = uow
        self._matching = matching
        self._file = file
        self._now = now
        self._rules = rules
        self._rename = rename
        of_copies = RecordsBefore(uow.imported, dry_run=file.dry_run)
        self._copies = CopyBatch(uow, copies_of_file, now, of_copies, rules, dry_run=file.dry_run, by=file.by)
        self._before = RecordsBefore(uow.imported, dry_run=file.dry_run)
        self._digests: dict[int, Digests] = {}
        self._lookup_names: dict[int, Sequence[str]] = {}
        self._headings = Headings()
        self._survivors: Mapping[UUID, Book] = {}
        self._candidates = _Candidates((), {})
        self._sources: dict[UUID, SourceRecord] = {}

    async def take(self, read: Sequence[Entry]) -> Batch:
        """Import the records of a batch; report on those that no earlier run has counted."""
        await self._uow.imported.wait_for_turn()
        await self._open([(entry, entry.record) for entry in read if entry.record is not None])
        located = await self._located(read)
        await self._copies.open([(copy, _book_of(entry)) for entry in read for copy in entry.copies])
        counts, errors, left_out = Counts(), list[RecordError](), Counter[str]()
        for entry in read:
            wrong = list(entry.wrong)
            outcome = (
                self._import_lone_copy(entry, located, wrong) if entry.is_copy else self._import_record(entry, wrong)
            )
            if entry.number > self._file.already:
                counts += outcome
                left_out.update(entry.left_out)
                errors += [RecordError(entry.number, entry.identifier, error.code, error.detail) for error in wrong]
        if self._sources:
            self._uow.books.keep_sources(self._sources)
        return Batch(counts, tuple(errors), left_out)

    async def _open(self, entries: Sequence[tuple[Entry, BookRecord]]) -> None:
        """Look up what the records became before, and all candidates for the books that they mean.

        What a record said is remembered as it came; what it means here is said with the headings of the catalogue.
        """
        self._digests = {entry.number: digests_of_book(record, entry.as_it_came) for entry, record in entries}
        self._lookup_names = {
            entry.number: lookup_names(record, self._digests[entry.number], self._rules.book_keys)
            for entry, record in entries
        }
        self._headings = await self._uow.headings.of([record for _, record in entries])
        became = await self._before.look_up(
            (self._lookup_names[entry.number], self._digests[entry.number]) for entry, _ in entries
        )
        self._survivors = await self._uow.books.survivors(became)
        records = [self._headings.corrected(record) for _, record in entries]
        keys = {record.control_number.key for record in records if record.control_number is not None}
        keys |= {external_key(record.external_id) for record in records if record.external_id is not None}
        numbered = await self._uow.books.identified(sorted(keys))
        self._candidates = _Candidates(await self._uow.books.like(records), numbered)

    async def _located(self, read: Sequence[Entry]) -> Mapping[str, UUID]:
        """Return the books that copies alone name, by these names; for a merged book, the one in its place."""
        names = {name for entry in read if entry.is_copy for name in entry.books}
        if not names:
            return {}
        located = await self._uow.books.located(names)
        keys = {
            name: external_key(name.partition(":")[2])
            for name in names - located.keys()
            if name.startswith("external:")
        }
        before = await self._uow.imported.came_before(keys.values())
        became = {name: before[key][0].thing_id for name, key in keys.items() if key in before}
        survivors = await self._uow.books.survivors(became.values())
        return {**located, **{name: survivors[one].id for name, one in became.items() if one in survivors}}

    def _import_record(self, entry: Entry, wrong: list[LibraryError]) -> Counts:
        """Import a book and its copies."""
        if entry.record is None:
            return _FAILED + _copies_failed(len(entry.copies))
        try:
            outcome, book_id = self._import_book(entry, self._headings.corrected(entry.record), wrong)
        except LibraryError as refusal:
            wrong.append(refusal)
            return _FAILED + _copies_failed(len(entry.copies))
        counts = _OF_BOOKS[outcome] + _copies_failed(entry.unreadable_copies)
        for copy in entry.copies:
            counts += self._import_copy(copy, book_id, entry, wrong)
        return counts

    def _import_book(self, entry: Entry, record: BookRecord, wrong: list[LibraryError]) -> tuple[str, UUID | None]:
        names, digests = self._lookup_names[entry.number], self._digests[entry.number]
        candidates = self._candidates.of(record)
        if self._matching.repeats(record, entry.isbn_as_written):
            return SKIPPED, self._same(names, digests, record, candidates)
        self._matching.refuse_repeated(record)
        before = self._before.of(names, digests, is_taken=self._matching.is_taken, stands=self._survivors.__contains__)
        if before is not None and before.thing_id in self._survivors:
            return self._update(entry, record, before, wrong)
        of_others = {row.thing_id for row in self._before.rows(names)}
        book = self._matching.find(record, candidates, of_others=of_others)
        if book is not None and before is not None:  # removed, and entered again by hand
            self._survivors = {**self._survivors, book.id: book}
            in_its_place = CameBefore(book.id, before.digests)
            return self._update(entry, record, in_its_place, wrong, shares=book.id in of_others)
        if before is not None:
            self._remember(entry, record, before.thing_id)
            wrong.append(RemovedHere())
            return SKIPPED, NO_BOOK
        self._refuse_isbn_of_another(record, book)
        if book is None:
            return CREATED, self._add(entry, record)
        return self._overlay(entry, record, book, shares=book.id in of_others), book.id

    def _same(
        self, names: Sequence[str], digests: Digests, record: BookRecord, candidates: Sequence[Book]
    ) -> UUID | None:
        """Return the book of an earlier record that said the very same."""
        before = self._before.of(names, digests, stands=self._survivors.__contains__)
        if before is not None and before.digests == digests:
            return self._survivors[before.thing_id].id if before.thing_id in self._survivors else NO_BOOK
        return next((book.id for book in candidates if not book.differs_from(record)), None)

    def _add(self, entry: Entry, record: BookRecord) -> UUID | None:
        if self._file.dry_run:
            self._matching.take(entry.number, record, entry.isbn_as_written, None)
            return None
        added = Book(id=new_id(), record=record, now=self._now, by=self._file.by)
        self._uow.books.add(added)
        self._candidates.add(added)
        self._survivors = {**self._survivors, added.id: added}
        self._keep_source(entry, added)
        self._remember(entry, record, added.id)
        return added.id

    def _overlay(self, entry: Entry, record: BookRecord, book: Book, *, shares: bool) -> str:
        """Overlay a book with a record that never came before."""
        adds_nothing = says_too_little(record, book)
        self._remember(entry, record, book.id, adds_nothing=adds_nothing, shares=shares)
        record = record.restricted_to(
            BookRecord.__dataclass_fields__.keys() - kept(self._rules.of_books, book.record), book.record
        )
        if adds_nothing:
            return SKIPPED
        if is_beside(record, book):
            return self._rewrite(book, book.with_absorbed(record))
        self._keep_source(entry, book)
        return self._rewrite(book, book.revised_by(record))

    def _rewrite(self, book: Book, record: BookRecord) -> str:
        if self._file.dry_run:
            changes = record != book.record and self._matching.counts_change(book.id)
        else:
            changes = book.rewrite(record, now=self._now, by=self._file.by)
        return UPDATED if changes else SKIPPED

    def _update(
        self, entry: Entry, record: BookRecord, before: CameBefore, wrong: list[LibraryError], *, shares: bool = False
    ) -> tuple[str, UUID]:
        """Update the book that a record became with what the record says anew."""
        book, digests = self._survivors[before.thing_id], self._digests[entry.number]
        news = before.news(digests)
        new = news - kept(self._rules.of_books, book.record)
        changes = record.restricted_to(new, book.record)
        if "isbns" in news:
            self._refuse_isbn_of_another(changes, book)
        self._remember(entry, record, before.thing_id, shares=shares)
        if book.id != before.thing_id:
            wrong += [MergedHere(book.id)] if news else []
            return SKIPPED, book.id
        if "source" in news:
            self._keep_source(entry, book)
        if too := before.changed_here_too(new - {"source"}, digests, digests_of_book(book.record)):
            wrong.append(ChangedHereToo(too))
        return self._rewrite(book, book.revised_by(changes)), book.id

    def _remember(
        self, entry: Entry, record: BookRecord, thing_id: UUID, *, adds_nothing: bool = False, shares: bool = False
    ) -> None:
        """Remember what a record became, and store it unless it is stored already."""
        digests, shares = self._digests[entry.number], shares or self._matching.is_taken(thing_id)
        self._matching.take(entry.number, record, entry.isbn_as_written, thing_id)
        if CameBefore(thing_id, digests) not in self._before.rows(self._lookup_names[entry.number]):
            names = stored_names(entry.record or record, digests, adds_nothing=adds_nothing, shares=shares)
            self._before.note(names, digests, thing_id)

    def _refuse_isbn_of_another(self, record: BookRecord, book: Book | None) -> None:
        for other in self._candidates.of(record):
            if other is not book and record.main_isbn is not None and other.record.main_isbn == record.main_isbn:
                raise IsbnAlreadyCatalogued(isbn=record.main_isbn, book_id=other.id)

    def _keep_source(self, entry: Entry, book: Book) -> None:
        if entry.source is None or entry.record is None or self._file.dry_run:
            return
        replaced = self._headings.replacements(entry.record)
        self._sources[book.id] = self._rename(entry.source, *replaced) if any(replaced) else entry.source

    def _import_copy(self, copy: CopyRecord, book_id: UUID | None, entry: Entry, wrong: list[LibraryError]) -> Counts:
        try:
            return _OF_COPIES[self._copies.take(copy, book_id, _book_of(entry), wrong)]
        except LibraryError as refusal:
            wrong.append(refusal)
            return _COPY_FAILED

    def _import_lone_copy(self, entry: Entry, located: Mapping[str, UUID], wrong: list[LibraryError]) -> Counts:
        """Import a copy that comes without its book; the copy itself is counted."""
        if not entry.copies:
            return _FAILED
        book_id = next((located[name] for name in entry.books if name in located), NO_BOOK)
        try:
            return _OF_BOOKS[self._copies.take(entry.copies[0], book_id, _book_of(entry), wrong)]
        except LibraryError as refusal:
            wrong.append(refusal)
            return _FAILED


def _book_of(entry: Entry) -> object:
    """Return how a file names the book of its copies, by which it is recognised next time."""
    return entry.books if entry.record is None else names_of_book(entry.record)[0]


class _Candidates:
    """The books that the records of a batch may mean."""

    def __init__(self, books: Sequence[Book], numbered: Mapping[str, Sequence[Book]]) -> None:
        self._by_key: dict[object, list[Book]] = {number: list(books) for number, books in numbered.items()}
        for book in books:
            self.add(book)

    def add(self, book: Book) -> None:
        self._by_key.setdefault(book.match_key, []).append(book)
        for isbn in book.record.isbns:
            self._by_key.setdefault(isbn, []).append(book)

    def of(self, record: BookRecord) -> list[Book]:
        number, external_id = record.control_number, record.external_id
        keys = (record.match_key, *record.isbns, number and number.key, external_id and external_key(external_id))
        return list(chain.from_iterable(self._by_key.get(key, ()) for key in keys if key is not None))

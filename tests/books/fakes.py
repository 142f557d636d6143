"""Stand-ins for what the catalogue needs from outside, kept in memory."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from copy import copy as shallow
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

from books_service.application.catalogue.views import AvailabilityView, RecordError
from books_service.application.ports import FileRecord, ImportJob, LeaseLost, ReadingOptions, ReportedAvailability
from books_service.domain.catalogue.book import Book, BookEvent, BookNotFound
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.branch import Branch, branch_key
from books_service.domain.stock.copy import Copy, CopyEvent, CopyNotFound
from tests.books.makers import NOW


class SteppingClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def pass_by(self, time: timedelta) -> None:
        self.time += time


class FakeBooks:
    """Books by their ids. What is looked up is a copy of what is kept, until the work is committed."""

    def __init__(self, *books: Book) -> None:
        self.kept = {book.id: book for book in books}
        self.in_hand: dict[UUID, Book] = {}
        self.gone: set[UUID] = set()
        self.copies = 0

    def add(self, book: Book) -> None:
        self.in_hand[book.id] = book

    async def get(self, book_id: UUID) -> Book:
        if book_id not in self.kept:
            raise BookNotFound
        return self._out(self.kept[book_id])

    async def remove(self, book: Book) -> None:
        self.gone.add(book.id)

    async def availability_of(self, book_id: UUID) -> AvailabilityView:
        return AvailabilityView(copies=self.copies)

    async def id_of(self, isbn: Isbn) -> UUID | None:
        return next((book.id for book in self.kept.values() if book.record.isbn == isbn), None)

    async def like(self, records: Sequence[BookRecord]) -> Sequence[Book]:
        isbns = {record.isbn for record in records} - {None}
        keys = {record.match_key for record in records}
        alike = [book for book in self.kept.values() if book.record.isbn in isbns or book.match_key in keys]
        return [self._out(book) for book in alike]

    async def identified(self, keys: Sequence[str]) -> Mapping[str, Sequence[Book]]:
        having = {key: [book for book in self.kept.values() if key in _keys(book)] for key in keys}
        return {key: [self._out(book) for book in books] for key, books in having.items() if books}

    def _out(self, book: Book) -> Book:
        return self.in_hand.setdefault(book.id, shallow(book))


def _keys(book: Book) -> set[str]:
    return {identifier.key for identifier in book.record.identifiers}


class FakeCopies:
    """Copies by their ids."""

    def __init__(self, *copies: Copy) -> None:
        self.kept = {copy.id: copy for copy in copies}

    def add(self, copy: Copy) -> None:
        self.kept[copy.id] = copy

    async def get(self, copy_id: UUID) -> Copy:
        if copy_id not in self.kept:
            raise CopyNotFound
        return self.kept[copy_id]


class FakeBranches:
    """Branches by their codes."""

    def __init__(self, *branches: Branch) -> None:
        self.kept = {branch.key: branch for branch in branches}

    def add(self, branch: Branch) -> None:
        self.kept[branch.key] = branch

    async def find(self, code: str) -> Branch | None:
        return self.kept.get(branch_key(code))


class FakeCirculation:
    """What circulation said last."""

    def __init__(self) -> None:
        self.kept: dict[UUID, tuple[int, CopyAvailability]] = {}

    async def keep(self, reports: Sequence[ReportedAvailability]) -> None:
        for seen in reports:
            if seen.copy_id not in self.kept or self.kept[seen.copy_id][0] < seen.sequence:
                self.kept[seen.copy_id] = (seen.sequence, seen.availability)

    async def of(self, copy_id: UUID) -> CopyAvailability | None:
        return self.kept[copy_id][1] if copy_id in self.kept else None


@dataclass
class FakeImports:
    """Import jobs, and who works on them. `steal` makes the next note meet another holder of the lease."""

    jobs: dict[UUID, ImportJob] = field(default_factory=dict)
    files: dict[UUID, bytes] = field(default_factory=dict)
    leases: dict[UUID, tuple[UUID, datetime]] = field(default_factory=dict)
    errors: list[RecordError] = field(default_factory=list)
    finished: dict[UUID, RecordError | None] = field(default_factory=dict)
    before_note: Callable[[ImportJob], None] = lambda job: None
    pieces: int = 1

    async def add(self, job: ImportJob, content: AsyncIterator[bytes]) -> None:
        self.jobs[job.import_id] = job
        self.files[job.import_id] = b"".join([piece async for piece in content])

    async def take(self, *, lease: UUID, now: datetime, until: datetime) -> ImportJob | None:
        for import_id, job in self.jobs.items():
            free = import_id not in self.leases or self.leases[import_id][1] < now
            if import_id not in self.finished and free:
                self.leases[import_id] = (lease, until)
                self.jobs[import_id] = replace(job, attempts=job.attempts + 1)
                return self.jobs[import_id]
        return None

    async def wait_for_turn(self) -> None:
        """There is nobody else."""

    async def note(self, job: ImportJob, errors: Sequence[RecordError], *, lease: UUID, until: datetime) -> None:
        self.before_note(job)
        self._check(job.import_id, lease)
        self.jobs[job.import_id] = job
        self.errors += errors
        self.leases[job.import_id] = (lease, until)

    async def finish(self, import_id: UUID, *, lease: UUID, now: datetime, failure: RecordError | None) -> None:
        self._check(import_id, lease)
        self.finished[import_id] = failure

    async def forget_one(self, *, ended_before: datetime) -> bool:
        raise NotImplementedError

    def _check(self, import_id: UUID, lease: UUID) -> None:
        if self.leases[import_id][0] != lease:
            raise LeaseLost

    async def read(self, import_id: UUID) -> AsyncIterator[bytes]:
        for _ in range(self.pieces):
            yield self.files[import_id]


class FakeUnitOfWork:
    """Keeps everything in memory; what is not committed is forgotten for books, which is where it matters here."""

    def __init__(
        self, *, books: Sequence[Book] = (), copies: Sequence[Copy] = (), branches: Sequence[Branch] = ()
    ) -> None:
        self.books = FakeBooks(*books)
        self.copies = FakeCopies(*copies)
        self.branches = FakeBranches(*branches)
        self.circulation = FakeCirculation()
        self.imports = FakeImports()
        self.answers: list[object] = []
        self.commits = 0
        self.events: list[BookEvent | CopyEvent] = []
        self.before_commit: Callable[[], None] = lambda: None
        self._noted: set[tuple[str, str]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.books.in_hand.clear()

    async def new_among(self, message_ids: Sequence[str], *, listener: str) -> frozenset[str]:
        new = frozenset(message_id for message_id in message_ids if (listener, message_id) not in self._noted)
        self._noted.update((listener, message_id) for message_id in new)
        return new

    async def commit(self, *, answer: object | None = None) -> None:
        self.before_commit()
        things: list[Book | Copy] = [*self.books.in_hand.values(), *self.copies.kept.values()]
        self.events += [event for thing in things for event in thing.take_events()]
        self.books.kept |= self.books.in_hand
        self.books.kept = {id_: book for id_, book in self.books.kept.items() if id_ not in self.books.gone}
        self.commits += 1
        self.answers.append(answer)


async def lines(*records: FileRecord) -> AsyncIterator[FileRecord]:
    """Return the records of a file that is read already."""
    for record in records:
        yield record


def reader_of(*records: FileRecord) -> Callable[[AsyncIterator[bytes], ReadingOptions], AsyncIterator[FileRecord]]:
    """Return a reader that finds these records in whatever file."""
    return lambda pieces, options: lines(*records)

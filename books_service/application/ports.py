"""What the catalogue needs from outside."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from books_service.application.catalogue.history import History
from books_service.application.catalogue.views import NOTHING_YET, AvailabilityView, CatalogueViews, Counts, RecordError
from books_service.application.search.search_books import BookSearches
from books_service.application.stock.circulation_views import CirculationViews
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord, RawField
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.branch import Branch
from books_service.domain.stock.copy import Copy
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError
from shared.kernel.receipts import Receipt


class Books(Protocol):
    """The catalogue."""

    def add(self, book: Book) -> None: ...

    async def get(self, book_id: UUID) -> Book:
        """Raises BookNotFound."""
        ...

    async def remove(self, book: Book) -> None: ...

    async def availability_of(self, book_id: UUID) -> AvailabilityView:
        """Return how many copies of a book there are and can be had."""
        ...

    async def id_of(self, isbn: Isbn) -> UUID | None:
        """Return which book has this ISBN."""
        ...

    async def like(self, records: Sequence[BookRecord]) -> Sequence[Book]:
        """Return the books that share with one of `records` the ISBN, or title, authors and year."""
        ...

    async def identified(self, keys: Sequence[str]) -> Mapping[str, Sequence[Book]]:
        """Return the books that have one of these identifiers (`Identifier.key`), oldest first, by that key."""
        ...


class Copies(Protocol):
    """The stock."""

    def add(self, copy: Copy) -> None: ...

    async def get(self, copy_id: UUID) -> Copy:
        """Raises CopyNotFound."""
        ...


class Branches(Protocol):
    """The places."""

    def add(self, branch: Branch) -> None: ...

    async def find(self, code: str) -> Branch | None:
        """Return the branch with this code, however it is written."""
        ...


@dataclass(frozen=True, slots=True)
class ReportedAvailability:
    """What circulation said of one copy, and its number among all that was said of it."""

    copy_id: UUID
    availability: CopyAvailability
    sequence: int


class Circulation(Protocol):
    """What circulation last said of each copy, by its own sequence number."""

    async def keep(self, reports: Sequence[ReportedAvailability]) -> None:
        """Keep each, unless something later is known already. Books need not know the copies (yet)."""
        ...

    async def of(self, copy_id: UUID) -> CopyAvailability | None:
        """Return what is known; None for a copy that was never out."""
        ...


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How to read a file: which of its columns is which field, and where names are split."""

    columns: Mapping[str, str]
    split_authors: str


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import in hand, as far as it has come: `counts.read` records and `errors` errors are noted."""

    import_id: UUID
    format: str
    options: ReadingOptions
    dry_run: bool
    created_at: datetime
    counts: Counts = NOTHING_YET
    errors: int = 0
    attempts: int = 0
    by: str | None = None


class ImportJobs(Protocol):
    """The imports that were asked for, and their files."""

    async def add(self, job: ImportJob, content: AsyncIterator[bytes]) -> None:
        """Queue a job together with its file."""
        ...

    async def take(self, *, lease: UUID, now: datetime, until: datetime) -> ImportJob | None:
        """Take the oldest job that nobody works on: a queued one, or one whose lease has run out."""
        ...

    async def wait_for_turn(self) -> None:
        """Let no other import look for its books before this transaction ends.

        Two at once would each add the books that both their files name without an ISBN.
        """
        ...

    async def note(self, job: ImportJob, errors: Sequence[RecordError], *, lease: UUID, until: datetime) -> None:
        """Note how far `job` has come, with the errors since the last note. Raises LeaseLost."""
        ...

    async def finish(self, import_id: UUID, *, lease: UUID, now: datetime, failure: RecordError | None) -> None:
        """Close the job and drop its file. Raises LeaseLost."""
        ...

    async def forget_one(self, *, ended_before: datetime) -> bool:
        """Drop a job that ended before that, with its errors; False when there is none."""
        ...


class LeaseLost(Exception):
    """Somebody else has taken the job over; whoever meets this stops working on it."""


class ImportFiles(Protocol):
    """The files of the imports in hand."""

    def read(self, import_id: UUID) -> AsyncIterator[bytes]:
        """Return the file piece by piece."""
        ...


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One record of a file: its number, counted from 1, and what it says under our field names, still unclean.

    Empty fields are absent. When the record cannot be read at all, `problem` says why, and what is said is just enough
    to tell which record that is; `wrong` says it of single values, which are left out, and of what had to be guessed.
    """

    number: int
    raw_fields: Mapping[str, RawField]
    problem: LibraryError | None = None
    wrong: tuple[LibraryError, ...] = ()


RecordReader = Callable[[AsyncIterator[bytes], ReadingOptions], AsyncIterator[FileRecord]]
"""Reads the records of one format. Raises FileUnusable when the file as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class RecordWriter:
    """How a file of one format is written: record by record, with what stands before, between and after them."""

    suffix: str
    media_type: str
    write: Callable[[BookRecord], bytes]
    head: bytes = b""
    between: bytes = b""
    foot: bytes = b""


class BookRecords(Protocol):
    """The records of the whole catalogue."""

    async def behind(self, book_id: UUID | None, *, limit: int) -> Sequence[tuple[UUID, BookRecord]]:
        """Return the next `limit` books behind this one, in the order in which they were added."""
        ...


class Spool(Protocol):
    """Keeps an upload on disk while it comes in. It is gone when the block ends."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def write(self, piece: bytes) -> None: ...

    def read(self) -> AsyncIterator[bytes]:
        """Return what was written, piece by piece, from the beginning."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything."""

    @property
    def books(self) -> Books: ...

    @property
    def copies(self) -> Copies: ...

    @property
    def branches(self) -> Branches: ...

    @property
    def circulation(self) -> Circulation: ...

    @property
    def imports(self) -> ImportJobs: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def new_among(self, message_ids: Sequence[str], *, listener: str) -> frozenset[str]:
        """Note incoming messages; return those whose work was not done before."""
        ...

    async def commit(self, *, answer: object | None = None) -> None:
        """Keep the changes, their events and the receipt of `answer`.

        Raises IsbnAlreadyCatalogued, BarcodeTaken, BranchCodeTaken, BookHasCopies or BookNotFound when somebody else
        was faster, and OutOfDate when one of the things changed since it was read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases are given; chosen in main.py. `timezone` is that of a branch that names none."""

    unit_of_work: Callable[[Receipt | None], UnitOfWork]
    views: CatalogueViews
    searches: BookSearches
    history: History
    circulation: CirculationViews
    clock: Clock
    readers: Mapping[str, RecordReader]
    writers: Mapping[str, RecordWriter]
    records: BookRecords
    files: ImportFiles
    spool: Callable[[], Spool]
    timezone: str

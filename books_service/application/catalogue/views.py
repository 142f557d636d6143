"""What the catalogue can show, and who fetches it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, Self
from uuid import UUID

from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.contributor import Contributor
from books_service.domain.catalogue.identifier import Identifier
from books_service.domain.catalogue.series import Series
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.branch import Branch
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.money import Money
from shared.kernel.errors import LibraryError


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """How many copies of a book there are; how many may be lent at all; how many are where."""

    copies: int = 0
    lendable: int = 0
    available: int = 0
    on_loan: int = 0
    on_hold_shelf: int = 0


@dataclass(frozen=True, slots=True)
class BookView:
    """A book as it is shown. `version` counts the changes of its record, not of its availability."""

    book_id: UUID
    title: str
    authors: tuple[str, ...]
    contributors: tuple[Contributor, ...]
    isbn: str | None
    identifiers: tuple[Identifier, ...]
    subtitle: str | None
    publisher: str | None
    published_year: int | None
    edition: str | None
    language: str | None
    series: tuple[Series, ...]
    subjects: tuple[str, ...]
    description: str | None
    availability: AvailabilityView
    added_at: datetime
    version: int

    @classmethod
    def of(cls, book: Book, availability: AvailabilityView) -> Self:
        """Show `book` as it stands."""
        record = book.record
        return cls(
            book_id=book.id,
            title=record.title,
            authors=record.authors,
            contributors=record.contributors,
            isbn=None if record.isbn is None else str(record.isbn),
            identifiers=record.identifiers,
            subtitle=record.subtitle,
            publisher=record.publisher,
            published_year=record.published_year,
            edition=record.edition,
            language=None if record.language is None else str(record.language),
            series=record.series,
            subjects=record.subjects,
            description=record.description,
            availability=availability,
            added_at=book.added_at,
            version=book.version,
        )


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copy as it is shown. `version` counts the changes of the copy, not of its availability."""

    copy_id: UUID
    book_id: UUID
    barcode: str
    branch: str
    item_type: str
    shelf_mark: str | None
    condition: str | None
    price: Money | None
    status: str
    status_since: datetime
    availability: str
    due_at: datetime | None
    added_at: datetime
    version: int

    @classmethod
    def of(cls, copy: Copy, circulation: CopyAvailability | None) -> Self:
        """Show `copy` as it stands, given what circulation last said of it."""
        seen = CopyAvailability.of(copy.status, circulation)
        return cls(
            copy_id=copy.id,
            book_id=copy.book_id,
            barcode=str(copy.barcode),
            branch=copy.branch,
            item_type=copy.item_type,
            shelf_mark=copy.shelf_mark,
            condition=copy.condition,
            price=copy.price,
            status=str(copy.status),
            status_since=copy.status_since,
            availability=str(seen.availability),
            due_at=seen.due_at,
            added_at=copy.added_at,
            version=copy.version,
        )


@dataclass(frozen=True, slots=True)
class CopyLendability:
    """The answer to "may this copy be lent?", with what lending needs to know of the copy.

    `desk` is the branch that asks as the library writes it; None if there is none of that code, or none was named.
    `timezone` is where it lies, or else where the copy is at home.
    """

    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    branch: str
    item_type: str
    price: Money | None
    refusals: tuple[LibraryError, ...]
    desk: str | None
    timezone: str


@dataclass(frozen=True, slots=True)
class BookLendability:
    """How many copies of a book may be lent, and of which types those are."""

    book_id: UUID
    title: str
    lendable_copies: int
    copies: int
    item_types: list[str]


@dataclass(frozen=True, slots=True)
class BranchView:
    """A branch as it is shown."""

    code: str
    name: str
    timezone: str
    added_at: datetime
    version: int

    @classmethod
    def of(cls, branch: Branch) -> Self:
        """Show `branch` as it stands."""
        return cls(branch.code, branch.name, branch.timezone, branch.added_at, branch.version)


@dataclass(frozen=True, slots=True)
class RecordError:
    """What is wrong with one record of a file; `record` counts from 1, and 0 is the file as a whole.

    `identifier` is what the file itself calls the record: its ISBN as written there, else its title or a number.
    """

    record: int
    identifier: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were read, and what became of each: `read` is the sum of the others."""

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


NOTHING_YET = Counts()


ImportState = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import as it stands. `errors` is one page of them; behind the last one, there are more if `more_errors`."""

    import_id: UUID
    state: ImportState
    format: str
    dry_run: bool
    counts: Counts
    errors: tuple[RecordError, ...]
    more_errors: bool
    created_at: datetime
    finished_at: datetime | None
    version: int


class CatalogueViews(Protocol):
    """Fetches what is shown. Single things raise the refusal that says they are not there."""

    async def book(self, book_id: UUID) -> BookView:
        """Raises BookNotFound."""
        ...

    async def copy(self, copy_id: UUID) -> CopyView:
        """Raises CopyNotFound."""
        ...

    async def copies_with_barcode(self, barcode: str) -> list[CopyView]:
        """Return none or one."""
        ...

    async def copies_of(self, book_id: UUID, *, after: UUID | None, limit: int) -> list[CopyView]:
        """Return the copies of a book, oldest first. Raises BookNotFound."""
        ...

    async def copy_lendability(
        self, *, copy_id: UUID | None = None, barcode: str | None = None, desk: str | None = None
    ) -> CopyLendability:
        """Ask for one of the two. Raises CopyNotFound."""
        ...

    async def book_lendability(self, book_id: UUID) -> BookLendability:
        """Raises BookNotFound."""
        ...

    async def branch(self, code: str) -> BranchView:
        """Raises BranchNotFound."""
        ...

    async def branches(self, *, after: str | None, limit: int) -> list[BranchView]:
        """Return branches in the order of their codes."""
        ...

    async def import_(self, import_id: UUID, *, after_error: int = 0, most_errors: int = 100) -> ImportView:
        """Return the import with its errors behind the `after_error`th. Raises ImportNotFound."""
        ...

"""What the catalogue needs from outside to change and to show its books."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from books_service.application.catalogue.history import Change
from books_service.application.catalogue.views import AvailabilityView, BookAvailability, BookView
from books_service.application.unit_of_work import UnitOfWork
from books_service.domain.catalogue.book import Book, BookNotFound, MergedIntoAnother
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import refuses
from shared.kernel.receipts import Opens


class Books(Protocol):
    """The catalogue."""

    def add(self, book: Book) -> None: ...

    async def get(self, book_id: UUID) -> Book:
        """Raises BookNotFound."""
        ...

    async def remove(self, book: Book) -> None:
        """Take it out, with its identifiers and its source record."""
        ...

    async def give_way(self, book: Book, other: Book) -> None:
        """Take it out now, so that `other` may have what is unique of it, and its source record if it has none.

        Raises BookHasCopies.
        """
        ...

    async def availability_of(self, book_id: UUID) -> AvailabilityView:
        """Return how many copies of a book there are and can be had."""
        ...

    async def id_of(self, isbn: Isbn) -> UUID | None:
        """Return which book this ISBN names, be it its own or one that it has beside."""
        ...

    async def like(self, records: Sequence[BookRecord]) -> Sequence[Book]:
        """Return the books that share with one of `records` an ISBN, or title, authors and year."""
        ...

    async def identified(self, keys: Sequence[str]) -> Mapping[str, Sequence[Book]]:
        """Return the books that have one of these identifiers (`Identifier.key`), oldest first, by that key."""
        ...


class CatalogueUnitOfWork(UnitOfWork, Protocol):
    """A transaction over books."""

    @property
    def books(self) -> Books: ...


OpensCatalogue = Opens[CatalogueUnitOfWork]


class BookViews(Protocol):
    """Fetches books as they are shown."""

    @refuses(BookNotFound, MergedIntoAnother)
    async def book(self, book_id: UUID) -> BookView:
        """Raises BookNotFound, or MergedIntoAnother with the book that the catalogue has in its place at last."""
        ...

    async def availability(self, book_ids: Sequence[UUID]) -> list[BookAvailability]:
        """Return it of those of these books that there are, in the order asked."""
        ...


class BookHistory(Protocol):
    """Fetches what was done to a book."""

    @refuses(BookNotFound)
    async def of_book(self, book_id: UUID, *, before: int | None, limit: int) -> list[Change]:
        """Return up to `limit` changes before the place `before`, newest first, even of a book that is gone.

        Raises BookNotFound.
        """
        ...

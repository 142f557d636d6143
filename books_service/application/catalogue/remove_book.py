"""Take a book out of the catalogue."""

from dataclasses import dataclass
from uuid import UUID

from books_service.application.catalogue.relate_books import relate
from books_service.domain.catalogue.book import BookHasCopies, BookNotFound
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class BookRemoval:
    """`version` is the one that the caller has seen; None: any version."""

    book_id: UUID
    version: int | None = None
    by: str | None = None


@refuses(BookNotFound, BookHasCopies, OutOfDate)
@dataclass(frozen=True, slots=True)
class RemoveBook:
    """Remove a book.

    - A book with copies stays, even if they are all withdrawn: somebody may still hold one in hand.
    - Its history stays readable, and brings it back where that is asked (`/restore`). Its relations and its
      subscription go with it.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: BookRemoval) -> None:
        async with self.unit_of_work() as uow:
            book = await uow.books.get(command.book_id)
            refuse_if_stale(command.version, book.version, thing="book")
            counts = await uow.books.availability_of(book.id)
            now = self.clock.now()
            book.remove(copies=counts.copies, now=now, by=command.by)
            await relate(book, (), uow=uow, now=now, by=command.by)
            await uow.books.remove(book)
            await uow.commit()

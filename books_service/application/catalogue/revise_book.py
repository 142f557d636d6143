"""Change what the catalogue says of a book."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from books_service.application.catalogue.add_book import AddBook, refuse_claimed
from books_service.application.catalogue.views import BookView
from books_service.domain.catalogue.book import BookNotFound
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refusals_of, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class BookRevision:
    """The fields of a TitlePage that change; None or an empty list empties a field.

    `version` is the one that the caller has seen; None: any version.
    """

    book_id: UUID
    version: int | None
    fields: Mapping[str, Any]
    by: str | None = None


@refuses(BookNotFound, OutOfDate, *refusals_of(AddBook))
@dataclass(frozen=True, slots=True)
class ReviseBook:
    """Change what the catalogue says of a book.

    - Nothing happens, and nobody is told, when the catalogue says all of it already.
    - An ISBN that another book has is refused, naming that book, as where a book is added.
    - Other forms of headings are replaced as in a book that is added.
    - Every change is kept in the history of the book.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: BookRevision) -> BookView:
        async with self.unit_of_work() as uow:
            book = await uow.books.get(command.book_id)
            refuse_if_stale(command.version, book.version, thing="book")
            record = book.record.with_changes(command.fields)
            record = (await uow.headings.of([record])).corrected(record)
            await refuse_claimed(uow, record, claimed=book.record.isbns)
            book.rewrite(record, now=self.clock.now(), by=command.by)
            view = BookView.of(book, await uow.books.availability_of(book.id))
            await uow.commit()
        return view

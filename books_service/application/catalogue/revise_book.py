"""Change what the catalogue says of a book."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from books_service.application.catalogue.add_book import REFUSALS, refuse_claimed
from books_service.application.catalogue.queries import relations_of
from books_service.application.catalogue.relate_books import relate
from books_service.application.catalogue.views import BookView
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.catalogue.relation import InvalidRelations, RelatedToItself, Relation
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refusals_of, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class BookRevision:
    """The fields of a TitlePage that change; None or an empty list empties a field.

    `version` is the one that the caller has seen; None: any version. `relations` None: they stay.
    """

    book_id: UUID
    version: int | None
    fields: Mapping[str, Any]
    by: str | None = None
    relations: tuple[Relation, ...] | None = None


@refuses(BookNotFound, OutOfDate, *REFUSALS, RelatedToItself)
@dataclass(frozen=True, slots=True)
class ReviseBook:
    """Change what the catalogue says of a book.

    - Nothing happens, and nobody is told, when the catalogue says all of it already.
    - An ISBN that another book has is refused, naming that book, as where a book is added.
    - Other forms of headings are replaced as in a book that is added.
    - `relations` are all of the book, as seen from it; each is told of the other book, too. They stay where the request
      leaves them out.
    - Every change is kept in the history of the book, that of a relation in those of both.
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
            now = self.clock.now()
            if command.relations is not None and await relate(book, command.relations, uow=uow, now=now, by=command.by):
                book.relate(now=now)
            book.rewrite(record, now=now, by=command.by)
            counts = await uow.books.availability_of(book.id)
            view = BookView.of(book, counts, relations_of(await uow.relations.shown(book.id)))
            await uow.commit()
        return view


AGAINST_RECORD = tuple(kind for kind in refusals_of(ReviseBook) if not issubclass(kind, InvalidRelations))
"""The refusals that a changed record can meet, without those of relations."""

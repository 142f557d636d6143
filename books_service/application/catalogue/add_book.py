"""Put a book into the catalogue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from books_service.application.catalogue.queries import relations_of
from books_service.application.catalogue.relate_books import relate
from books_service.application.catalogue.views import BookView, RelationView
from books_service.domain.catalogue.book import Book, IsbnAlreadyCatalogued
from books_service.domain.catalogue.copy_counts import NO_COPIES
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn, claimant
from books_service.domain.catalogue.language import InvalidLanguage
from books_service.domain.catalogue.record import BookRecord, InvalidYear, TitlePage
from books_service.domain.catalogue.relation import PartOfItself, RelatedBookNotFound, RelatedTwice, Relation
from books_service.domain.catalogue.title import InvalidNonfilingCharacters
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class NewBook:
    """The fields of a TitlePage, who adds the book, and its relations."""

    fields: Mapping[str, Any]
    by: str | None = None
    relations: tuple[Relation, ...] = ()


@refuses(
    IsbnAlreadyCatalogued,
    InvalidIsbn,
    InvalidLanguage,
    InvalidNonfilingCharacters,
    InvalidYear,
    RelatedTwice,
    RelatedBookNotFound,
    PartOfItself,
)
@dataclass(frozen=True, slots=True)
class AddBook:
    """Add a book to the catalogue.

    - ISBNs may be given as ISBN-10 or ISBN-13; their check digits are verified, and they are kept as ISBN-13. The first
      is the main one.
    - An ISBN that the catalogue has already is refused, naming the book that has it. But several books may have the
      number of their set behind their main one; it names none of them.
    - A year before our era is negative.
    - A name or subject that is another form of an authority's heading (`see_from`), or the heading in another writing,
      is replaced by the heading.
    - A relation to another book is told of both. A merged book stands for the one in its place.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: NewBook, receipt: Receipt | None = None) -> BookView:
        record = BookRecord.of(**cast("TitlePage", command.fields))
        async with self.unit_of_work(receipt) as uow:
            record = (await uow.headings.of([record])).corrected(record)
            await refuse_claimed(uow, record)
            number = await uow.next_book_number()
            book = Book(id=new_id(), record=record, now=self.clock.now(), by=command.by, number=number)
            uow.books.add(book)
            related: tuple[RelationView, ...] = ()
            if command.relations:
                await uow.flush()
                await relate(book, command.relations, uow=uow, now=book.added_at, by=command.by, is_new=True)
                related = relations_of(await uow.relations.shown(book.id))
            view = BookView.of(book, NO_COPIES, related)
            await uow.commit(answer=view)
        return view


async def refuse_claimed(uow: UnitOfWork, record: BookRecord, *, claimed: Collection[Isbn] = ()) -> None:
    """Raise IsbnAlreadyCatalogued if `record` claims an ISBN that another book has; its own book has `claimed`."""
    new = [isbn for isbn in record.isbns if isbn not in claimed]
    for isbn, having in (await uow.books.having(new)).items():
        if (book_id := claimant(having, is_main=isbn == record.main_isbn)) is not None:
            raise IsbnAlreadyCatalogued(isbn=isbn, book_id=book_id)

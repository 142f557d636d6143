"""Put a book into the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from books_service.application.catalogue.views import BookView
from books_service.domain.catalogue.book import Book, IsbnAlreadyCatalogued
from books_service.domain.catalogue.copy_counts import NO_COPIES
from books_service.domain.catalogue.isbn import InvalidIsbn
from books_service.domain.catalogue.language import InvalidLanguage
from books_service.domain.catalogue.record import BookRecord, InvalidYear, TitlePage
from books_service.domain.catalogue.title import InvalidNonfilingCharacters
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class NewBook:
    """The fields of a TitlePage, and who adds the book."""

    fields: Mapping[str, Any]
    by: str | None = None


@refuses(IsbnAlreadyCatalogued, InvalidIsbn, InvalidLanguage, InvalidNonfilingCharacters, InvalidYear)
@dataclass(frozen=True, slots=True)
class AddBook:
    """Add a book to the catalogue.

    - An ISBN may be given as ISBN-10 or ISBN-13; its check digit is verified, and it is kept as ISBN-13.
    - An ISBN that the catalogue has already, be it beside another one, is refused, naming the book that has it. The
      number of a set that several books have beside their own names none of them.
    - A year before our era is negative.
    - A name or subject that is another form of an authority's heading (`see_from`), or the heading in another writing,
      is replaced by the heading.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: NewBook, receipt: Receipt | None = None) -> BookView:
        record = BookRecord.of(**cast("TitlePage", command.fields))
        async with self.unit_of_work(receipt) as uow:
            record = (await uow.headings.of([record])).corrected(record)
            for isbn in record.claimed_isbns:
                if (existing := await uow.books.id_of(isbn)) is not None:
                    raise IsbnAlreadyCatalogued(isbn=isbn, book_id=existing)
            book = Book(id=new_id(), record=record, now=self.clock.now(), by=command.by)
            uow.books.add(book)
            view = BookView.of(book, NO_COPIES)
            await uow.commit(answer=view)
        return view

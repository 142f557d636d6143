"""Put a book into the catalogue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from books_service.application.catalogue.queries import relations_of
from books_service.application.catalogue.relate_books import relate
from books_service.application.catalogue.views import RelationView
from books_service.domain.catalogue.book import Book, IsbnAlreadyCatalogued
from books_service.domain.catalogue.heading_uri import InvalidHeadingUri
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn, claimant
from books_service.domain.catalogue.language import InvalidLanguage
from books_service.domain.catalogue.record import BookRecord, InvalidYear, TitlePage
from books_service.domain.catalogue.relation import PartOfItself, RelatedBookNotFound, RelatedTwice, Relation
from books_service.domain.catalogue.title import InvalidNonfilingCharacters
from books_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class NewBook:
    """The fields of a TitlePage, who adds the book, and its relations."""

    fields: Mapping[str, Any]
    by: str | None = None
    relations: tuple[Relation, ...] = ()


REFUSALS = (
    IsbnAlreadyCatalogued,
    InvalidIsbn,
    InvalidLanguage,
    InvalidNonfilingCharacters,
    InvalidHeadingUri,
    InvalidYear,
    RelatedTwice,
    RelatedBookNotFound,
    PartOfItself,
)
"""What speaks against what is said of a book."""


async def put_into_catalogue(
    command: NewBook, uow: UnitOfWork, *, now: datetime
) -> tuple[Book, tuple[RelationView, ...]]:
    """Add a book; return it with the relations that it is told to have. Raises `REFUSALS`."""
    record = BookRecord.of(**cast("TitlePage", command.fields))
    record = (await uow.headings.of([record])).corrected(record)
    await refuse_claimed(uow, record)
    book = Book(id=new_id(), record=record, now=now, by=command.by, number=await uow.next_book_number())
    uow.books.add(book)
    if not command.relations:
        return book, ()
    await uow.flush()
    await relate(book, command.relations, uow=uow, now=book.added_at, by=command.by, is_new=True)
    return book, relations_of(await uow.relations.shown(book.id))


async def refuse_claimed(uow: UnitOfWork, record: BookRecord, *, claimed: Collection[Isbn] = ()) -> None:
    """Raise IsbnAlreadyCatalogued if `record` claims an ISBN that another book has; its own book has `claimed`."""
    new = [isbn for isbn in record.isbns if isbn not in claimed]
    for isbn, having in (await uow.books.having(new)).items():
        if (book_id := claimant(having, is_main=isbn == record.main_isbn)) is not None:
            raise IsbnAlreadyCatalogued(isbn=isbn, book_id=book_id)

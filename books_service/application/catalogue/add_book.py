"""Put a book into the catalogue."""

from dataclasses import dataclass

from books_service.application.catalogue.views import AvailabilityView, BookView
from books_service.application.ports import UnitOfWork
from books_service.domain.catalogue.book import Book, IsbnAlreadyCatalogued
from books_service.domain.catalogue.isbn import InvalidIsbn
from books_service.domain.catalogue.language import InvalidLanguage
from books_service.domain.catalogue.record import BookRecord, InvalidYear
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id

TITLE_PAGE = tuple(BookRecord.__dataclass_fields__)
REFUSALS = (IsbnAlreadyCatalogued, InvalidIsbn, InvalidLanguage, InvalidYear)


@dataclass(frozen=True, slots=True)
class AddBook:
    """What the title page says.

    Contributors are names and roles; identifiers schemes, values and sources; series titles and numbers.
    """

    title: str
    authors: tuple[str, ...]
    contributors: tuple[tuple[str, str], ...] = ()
    isbn: str | None = None
    identifiers: tuple[tuple[str, str, str | None], ...] = ()
    subtitle: str | None = None
    publisher: str | None = None
    published_year: int | None = None
    edition: str | None = None
    language: str | None = None
    series: tuple[tuple[str, str | None], ...] = ()
    subjects: tuple[str, ...] = ()
    description: str | None = None
    by: str | None = None


async def add_book(command: AddBook, *, uow: UnitOfWork, clock: Clock) -> BookView:
    """Add a book to the catalogue.

    - An ISBN may be given as ISBN-10 or ISBN-13; its check digit is verified, and it is kept as ISBN-13.
    - An ISBN that the catalogue has already is refused, naming the book that has it.
    - A year before our era is negative.
    """
    record = BookRecord.of(**{name: getattr(command, name) for name in TITLE_PAGE})
    async with uow:
        if record.isbn is not None and (known := await uow.books.id_of(record.isbn)) is not None:
            raise IsbnAlreadyCatalogued(isbn=record.isbn, book_id=known)
        book = Book(id=new_id(), record=record, now=clock.now(), by=command.by)
        uow.books.add(book)
        view = BookView.of(book, AvailabilityView())
        await uow.commit(answer=view)
    return view

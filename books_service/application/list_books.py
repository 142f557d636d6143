"""List the books of the catalogue, page by page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from books_service.application.views import BookList, BookLists, BookView
from books_service.domain.isbn import InvalidIsbn, Isbn

REFUSALS = (InvalidIsbn,)

Place = tuple[datetime, UUID] | tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class ListBooks:
    """Newest first, or by title; `after` is the place of the last book shown."""

    limit: int
    by_title: bool = False
    isbn: str | None = None
    after: Place | None = None


async def list_books(wanted: ListBooks, *, views: BookLists) -> tuple[list[BookView], Place | None]:
    """Return one page of books, and the place behind which the next one starts."""
    isbn = None if wanted.isbn is None else Isbn.parse(wanted.isbn)
    found = await views.books(BookList(wanted.by_title, isbn, wanted.after), limit=wanted.limit + 1)
    page = found[: wanted.limit]
    if len(found) <= wanted.limit:
        return [book for book, _ in page], None
    last, filed_under = page[-1]
    place: Place = (filed_under, last.book_id) if wanted.by_title else (last.added_at, last.book_id)
    return [book for book, _ in page], place

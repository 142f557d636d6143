"""A book: a title in the catalogue, not a thing that one can hold."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.search.index_term import index_terms
from shared.kernel.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class BookAdded:
    """The catalogue has one book more."""

    book: "Book"
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class BookRevised:
    """The catalogue says something else of a book than `before`."""

    book: "Book"
    at: datetime
    before: BookRecord
    by: str | None = None


@dataclass(frozen=True, slots=True)
class BookRemoved:
    """The catalogue has this book no more."""

    book: "Book"
    at: datetime
    by: str | None = None


BookEvent = BookAdded | BookRevised | BookRemoved


class BookNotFound(NotFound):
    """There is no such book."""

    code = "book-not-found"
    detail = "There is no book with this id in the catalogue."


class IsbnAlreadyCatalogued(Conflict):
    """Another book has this ISBN."""

    code = "isbn-already-catalogued"

    def __init__(self, *, isbn: Isbn, book_id: UUID) -> None:
        super().__init__(
            f"The catalogue has a book with the ISBN {isbn} already. Add copies to that one.", book_id=str(book_id)
        )


class BookHasCopies(Conflict):
    """What somebody may hold in hand stays in the catalogue."""

    code = "book-has-copies"

    def __init__(self, copies: int | None = None) -> None:
        super().__init__(
            "The library has copies of this book. A book that is no longer wanted keeps its withdrawn copies.",
            **({} if copies is None else {"copies": copies}),
        )


class Book:
    """Tell it what the title page says. The attributes are for reading; `version` counts the changes.

    Making one puts it in the catalogue. That its ISBN is new there, the catalogue sees to.
    `by` is whoever does something: an account, a service, or None for the library's own jobs.
    """

    def __init__(self, *, id: UUID, record: BookRecord, now: datetime, by: str | None = None) -> None:
        self.id = id
        self.added_at = now
        self.version = 1
        self._events: list[BookEvent] = [BookAdded(self, now, by)]
        self._describe(record)

    def differs_from(self, record: BookRecord) -> bool:
        """Whether `record` says anything that the catalogue does not say of this book."""
        return record.over(self.record) != self.record

    def revise(self, record: BookRecord, *, now: datetime, by: str | None = None) -> bool:
        """Let the catalogue say what `record` says, and where that is silent what it said before.

        Tells whether that is anything new.
        """
        return self.rewrite(record.over(self.record), now=now, by=by)

    def rewrite(self, record: BookRecord, *, now: datetime, by: str | None = None) -> bool:
        """Let the catalogue say what `record` says, and nothing else. Tells whether that is anything new."""
        if record == self.record:
            return False
        before = self.record
        self._describe(record)
        self.version += 1
        self._events.append(BookRevised(self, now, before, by))
        return True

    def remove(self, *, copies: int, now: datetime, by: str | None = None) -> None:
        """Take a book that has no copies out of the catalogue. Raises BookHasCopies."""
        if copies:
            raise BookHasCopies(copies)
        self._events.append(BookRemoved(self, now, by))

    def take_events(self) -> list[BookEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _describe(self, record: BookRecord) -> None:
        self.record = record
        self.match_key = record.match_key
        self.sort_key = record.sort_key
        self.year_key = record.year_key
        self.index_terms = index_terms(record)

"""A book: a title in the catalogue, not a thing that one can hold."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from books_service.domain.catalogue.copy_counts import CopyCounts
from books_service.domain.catalogue.index_term import index_terms, terms_of_others
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class BookAdded:
    """The catalogue has one book more."""

    book: "Book"
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class BookRestored(BookAdded):
    """The catalogue has a book again that it had removed."""


@dataclass(frozen=True, slots=True)
class BookRevised:
    """The catalogue says something else of a book than `before`; `marc` is what its MARC record lost and won."""

    book: "Book"
    at: datetime
    before: BookRecord
    by: str | None = None
    marc: "MarcChange | None" = None


@dataclass(frozen=True, slots=True)
class BookRemoved:
    """The catalogue no longer has this book."""

    book: "Book"
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class BookMerged:
    """This book was the same as another one, which has its copies now; the catalogue no longer has this one."""

    book: "Book"
    into: UUID
    at: datetime
    by: str | None = None


MarcChange = tuple[tuple[str, ...], tuple[str, ...]]
"""The lines of a MARC record that are gone, and those that are new."""

BookEvent = BookAdded | BookRevised | BookRemoved | BookMerged


class BookNotFound(NotFound):
    """There is no such book."""

    code = "book-not-found"
    detail = "There is no book with this id in the catalogue."


class MergedIntoAnother(BookNotFound):
    """The book was the same as another one, `into`, which the catalogue has in its place."""

    code = "book-merged"
    example: ClassVar[Mapping[str, Any] | None] = {"into": UUID("01890a5d-ac96-774b-bcce-b302099a8057")}

    def __init__(self, *, into: UUID) -> None:
        super().__init__("This book was merged into another, which has its copies. See `into`.", into=str(into))


class IsbnAlreadyCatalogued(Conflict):
    """Another book has this ISBN."""

    code = "isbn-already-catalogued"

    def __init__(self, *, isbn: Isbn, book_id: UUID) -> None:
        super().__init__(
            f"The catalogue has a book with the ISBN {isbn} already. Add copies to that one.", book_id=str(book_id)
        )


class MergedIntoItself(Conflict):
    """A book is the same as itself already."""

    code = "merged-into-itself"
    detail = "A book cannot be merged into itself. Name the other book in `into`."


class BookHasCopies(Conflict):
    """What somebody may hold in hand stays in the catalogue."""

    code = "book-has-copies"

    def __init__(self, copies: int | None = None) -> None:
        super().__init__(
            "The library has copies of this book. A book that is no longer wanted keeps its withdrawn copies.",
            **({} if copies is None else {"copies": copies}),
        )


def hidden(record: BookRecord, counts: CopyCounts) -> bool:
    """Return whether the public is not shown a book: it is suppressed, or of its copies none is left to be shown.

    One that never had a copy is shown, as is what needs none to be read.
    """
    if record.suppressed:
        return True
    gone = 0 < counts.copies == counts.hidden_copies
    return gone and (record.format is None or record.format.needs_copies)


class Book:
    """A title in the catalogue. It changes through its methods alone; `version` counts the changes.

    Making one puts it in the catalogue. The use case checks that its ISBN is new there. `by` is the account or service
    that acts; None: one of the library's own jobs. `index_terms` are those of the record; its copies add theirs.
    `number` is what people say of it; without one it is numbered when it is stored.
    """

    index_terms: tuple[str, ...]
    number: int

    def __init__(
        self, *, id: UUID, record: BookRecord, now: datetime, by: str | None = None, number: int | None = None
    ) -> None:
        self.id = id
        if number is not None:
            self.number = number
        self.added_at = self.changed_at = now
        self.version = 1
        self._events: list[BookEvent] = [BookAdded(self, now, by)]
        self._describe(record)

    @classmethod
    def bring_back(
        cls,
        id: UUID,
        record: BookRecord,
        *,
        number: int,
        version: int,
        added_at: datetime,
        now: datetime,
        by: str | None = None,
    ) -> Self:
        """Put a removed book back into the catalogue; `version` is newer than any that it had."""
        book = cls(id=id, record=record, now=now, by=by, number=number)
        book.added_at, book.version = added_at, version
        book._events = [BookRestored(book, now, by)]
        return book

    def differs_from(self, record: BookRecord) -> bool:
        """Whether `record` says anything that the catalogue does not say of this book."""
        return self.revised_by(record) != self.record

    def revise(self, record: BookRecord, *, now: datetime, by: str | None = None) -> bool:
        """Take over what `record` says, and keep the rest. Returns whether anything changed.

        Its ISBNs but for the main one stay: a merger may have left them.
        """
        return self.rewrite(self.revised_by(record), now=now, by=by)

    def rewrite(
        self, record: BookRecord, *, now: datetime, by: str | None = None, marc: MarcChange | None = None
    ) -> bool:
        """Replace the record by `record`, perhaps because its MARC record changed. Returns whether anything changed."""
        if record == self.record and marc is None:
            return False
        before = self.record
        self._describe(record)
        self.changed_at = now
        self.version += 1
        self._events.append(BookRevised(self, now, before, by, marc))
        return True

    def relate(self, *, now: datetime) -> None:
        """Note that its relations have changed."""
        self.changed_at = now
        self.version += 1

    def remove(self, *, copies: int, now: datetime, by: str | None = None) -> None:
        """Take a book that has no copies out of the catalogue. Raises BookHasCopies."""
        if copies:
            raise BookHasCopies(copies)
        self._events.append(BookRemoved(self, now, by))

    def merge_into(self, other: "Book", *, now: datetime, by: str | None = None) -> None:
        """Leave the catalogue because `other` is the same book. Raises MergedIntoItself."""
        if other.id == self.id:
            raise MergedIntoItself
        self._events.append(BookMerged(self, other.id, now, by))

    def absorb(self, record: BookRecord, *, take: Collection[str] = (), now: datetime, by: str | None = None) -> bool:
        """Take over what `record`, of a duplicate, says and this book does not. Returns whether anything changed.

        The fields in `take` are as in `record`, whatever this book says there.
        """
        return self.rewrite(self.with_absorbed(record, take), now=now, by=by)

    def with_absorbed(self, record: BookRecord, take: Collection[str] = ()) -> BookRecord:
        """Return this book's record with what `record`, of a duplicate, says and this does not, or is to `take`.

        It is found by the ISBNs of both from then on; where they are taken, the main one is that of `record`. Whether
        the public is shown the duplicate says nothing of it, unless that is taken.
        """
        own = self.record.taking(take, record)
        return _with_isbns(own.over(replace(record, suppressed=None)), (*self.record.isbns, *record.isbns))

    def revised_by(self, record: BookRecord) -> BookRecord:
        """Return this book's record with all that `record` says, and the rest of its own."""
        return _with_isbns(record.over(self.record), self.record.isbns[1:])

    def find_by(self, other_names: Iterable[str], other_subjects: Iterable[str], *, anew: bool) -> None:
        """Let it be found by other forms of its names and subjects, too. It says nothing else than before.

        `anew`: by those alone; else it was just described, and is found by what it says.
        """
        terms = index_terms(self.record) if anew else self.index_terms
        self.index_terms = tuple(dict.fromkeys((*terms, *terms_of_others(other_names, other_subjects))))

    def take_events(self) -> list[BookEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _describe(self, record: BookRecord) -> None:
        self.record = record
        self.match_key = record.match_key
        self.title_key = record.title_key
        self.sort_key = record.sort_key
        self.author_key = record.author_key
        self.year_key = record.year_key
        self.index_terms = index_terms(record)


def _with_isbns(record: BookRecord, isbns: Iterable[Isbn]) -> BookRecord:
    """Return the record with these ISBNs behind its own."""
    return replace(record, isbns=tuple(dict.fromkeys((*record.isbns, *isbns))))

"""Which book of the catalogue does a record of a file mean? So decided that the same file again changes nothing."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.identifier import Identifier
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.exchange.came_before import BOOK_KEYS
from shared.kernel.errors import Refused


class IsbnRepeatedInFile(Refused):
    """Two records of one file have one ISBN and say different things; which is right, a person must say."""

    code = "isbn-repeated-in-file"

    def __init__(self, *, isbn: Isbn, first_record: int) -> None:
        super().__init__(
            f"Record {first_record} of this file has the ISBN {isbn} too, with other facts. Only that one was taken.",
            first_record=first_record,
        )


class ControlNumberRepeatedInFile(Refused):
    """Two records of one file have one number in one catalogue and say different things."""

    code = "control-number-repeated-in-file"

    def __init__(self, *, number: Identifier, first_record: int) -> None:
        super().__init__(
            f"Record {first_record} of this file has the control number {number.value} of {number.source} too, with "
            "other facts. Only that one was taken.",
            first_record=first_record,
        )


@dataclass(frozen=True, slots=True)
class MatchKey:
    """A digest that distinguishes records and books of one file: there may be very many of them."""

    digest: bytes

    @classmethod
    def of(cls, *parts: object) -> Self:
        """Return the key of a value of these parts, the first of which says what kind of value it is."""
        return cls(hashlib.blake2b(repr(parts).encode(errors="surrogatepass"), digest_size=12).digest())

    @classmethod
    def of_isbn(cls, isbn: Isbn) -> Self:
        """Return the key of every record with this ISBN."""
        return cls.of("isbn", isbn.digits)

    @classmethod
    def of_both(cls, main: Isbn, beside: Isbn) -> Self:
        """Return the key of every record that has one ISBN as its main one and another one beside it."""
        return cls.of("both", main.digits, beside.digits)

    @classmethod
    def of_key(cls, key: str) -> Self:
        """Return the key of every record with this control number or external id."""
        return cls.of("key", key)

    @classmethod
    def of_book(cls, book_id: UUID) -> Self:
        """Return the key of a book of the catalogue."""
        return cls.of("book", book_id.hex)

    @classmethod
    def of_contents(cls, record: BookRecord, isbn_as_written: str | None) -> Self:
        """Return the key of all that a record says, an ISBN that was left out included, but as repaired."""
        return cls.of("contents", record, None if record.isbns else isbn_as_written)


_BESIDE = "isbn beside"


def _with_beside(keys: Sequence[str]) -> Sequence[str]:
    """Return the keys with an ISBN that one of both has beside its main one: it says less than a number."""
    if "isbn" not in keys:
        return keys
    behind = keys.index("title") if "title" in keys[keys.index("isbn") :] else len(keys)
    return (*keys[:behind], _BESIDE, *keys[behind:])


class FileMatching:
    """Matches the records of one file, in their order, with books of the catalogue.

    - A record with an ISBN means the book whose main one it is. Of several, its first is the one that counts here.
    - Else a record means the book that came with the same external id, else the one that has its control number in the
      same catalogue.
    - Else a record with an ISBN means the one book that has it beside its main one, unless the file itself has both
      apart; or the one of the same title whose main one the record has beside.
    - Else a record with an ISBN means a book without any, of the same title, authors and year; one without means a book
      of the same title, authors and year, of which it says too little to change it if the book has an ISBN. A book that
      has another number in the same catalogue is not meant.
    - A book that a record of the file names by its ISBN, or by its control number, is not meant by less than that.
    - Where there are several such books, they are meant in the order in which they were added. Each stands for one
      record; what is left over is another book, unless it says the same as an earlier record.
    - A book that another record became, when it came before, is meant by its ISBN alone.
    - Fewer `keys`, or another order of them, are looked for instead; an ISBN beside counts where an ISBN does.

    `occurring` is what `names_of` returns of all records of the file.
    """

    def __init__(self, occurring: Iterable[MatchKey], keys: Sequence[str] = BOOK_KEYS) -> None:
        self._keys = _with_beside(keys)
        self._named = dict.fromkeys(occurring, 0)  # by the names of its book, the record taken; 0: none yet
        self._taken: set[MatchKey] = set()  # contents of records, books that they stand for, and those that they change
        self._steps: list[MatchKey] = []  # what was taken or named since the last savepoint, in order

    def repeats(self, record: BookRecord, isbn_as_written: str | None) -> bool:
        """Whether an earlier record of the file said the very same."""
        return MatchKey.of_contents(record, isbn_as_written) in self._taken

    def find(
        self, record: BookRecord, candidates: Iterable[Book], *, of_others: Collection[UUID] = frozenset()
    ) -> Book | None:
        """Return the book that `record` means, from those that share its ISBN or its numbers, or are alike.

        `of_others` are books that other records became when they came before.

        Raises IsbnRepeatedInFile, or without an ISBN ControlNumberRepeatedInFile, when an earlier record had the same.
        """
        self.refuse_repeated(record)
        found = list({book.id: book for book in candidates}.values())
        isbn = record.main_isbn
        free = [book for book in found if book.id not in of_others and self._is_free(book)]
        meant: dict[str, Callable[[], list[Book]]] = {
            "isbn": lambda: [book for book in found if isbn is not None and book.record.main_isbn == isbn],
            "external_id": lambda: [book for book in free if came_together(record, book)],
            "control_number": lambda: [book for book in free if is_numbered_alike(record, book)],
            _BESIDE: lambda: self._beside(record, found, free),
            "title": lambda: [book for book in free if self._is_alike(book, record)],
        }
        return next((min(books, key=lambda book: book.id) for key in self._keys if (books := meant[key]())), None)

    def refuse_repeated(self, record: BookRecord) -> None:
        """Raise IsbnRepeatedInFile, or without an ISBN ControlNumberRepeatedInFile: an earlier record had the same."""
        isbn, number = record.main_isbn, record.control_number
        if isbn is not None and (first := self._named.get(MatchKey.of_isbn(isbn))):
            raise IsbnRepeatedInFile(isbn=isbn, first_record=first)
        if isbn is None and number is not None and (first := self._named.get(MatchKey.of_key(number.key))):
            raise ControlNumberRepeatedInFile(number=number, first_record=first)

    def is_taken(self, book_id: UUID) -> bool:
        """Whether an earlier record of the file stands for this book."""
        return MatchKey.of_book(book_id) in self._taken

    def take(self, number: int, record: BookRecord, isbn_as_written: str | None, book_id: UUID | None) -> None:
        """Remember that record `number` of the file stands for this book (None: one that a dry run does not add)."""
        taken = [MatchKey.of_contents(record, isbn_as_written)]
        if book_id is not None:
            taken.append(MatchKey.of_book(book_id))
        for key in taken:
            if key not in self._taken:
                self._taken.add(key)
                self._steps.append(key)
        for name in names_of(record):
            self._named[name] = number
            self._steps.append(name)

    def counts_change(self, book_id: UUID) -> bool:
        """Whether no earlier record of the file changes this book: of what a dry run does not do, the first counts."""
        key = MatchKey.of("changed", book_id.hex)
        if key in self._taken:
            return False
        self._taken.add(key)
        self._steps.append(key)
        return True

    def savepoint(self) -> None:
        """Keep what was taken so far."""
        self._steps.clear()

    def roll_back(self) -> None:
        """Forget what was taken since the last savepoint: that work was undone and will be done again."""
        for key in self._steps:
            if key in self._named:
                self._named[key] = 0
            self._taken.discard(key)
        self._steps.clear()

    def _is_free(self, book: Book) -> bool:
        isbn = book.record.main_isbn
        is_named = isbn is not None and MatchKey.of_isbn(isbn) in self._named
        return not is_named and MatchKey.of_book(book.id) not in self._taken

    def _beside(self, record: BookRecord, found: Sequence[Book], free: Iterable[Book]) -> list[Book]:
        """Return the book that has the main ISBN of `record` beside its own, or the other way round."""
        isbn = record.main_isbn
        having = [book for book in found if isbn in book.record.isbns]
        if len(having) == 1 and isbn is not None and not self._apart(having[0], isbn):
            return having
        return [book for book in free if book.record.main_isbn in record.isbns and book.title_key == record.title_key]

    def _apart(self, book: Book, isbn: Isbn) -> bool:
        """Whether the file has a record of this book that itself names `isbn` beside its main one."""
        main = book.record.main_isbn
        return main is not None and MatchKey.of_both(main, isbn) in self._named

    def _is_alike(self, book: Book, record: BookRecord) -> bool:
        """Whether title, authors and year say that both are the same, and no number says otherwise."""
        if book.match_key != record.match_key or (book.record.isbns and record.isbns):
            return False
        if None not in (record.external_id, book.record.external_id):
            return False
        mine, its = record.control_number, book.record.control_number
        if its is None:
            return True
        return MatchKey.of_key(its.key) not in self._named and (mine is None or mine.source != its.source)


def names_of(record: BookRecord) -> Iterator[MatchKey]:
    """Return the keys of what names exactly this book, and of its main ISBN with each that stands beside it."""
    for main in record.isbns[:1]:
        yield MatchKey.of_isbn(main)
        yield from (MatchKey.of_both(main, beside) for beside in record.isbns[1:])
    if record.control_number is not None:
        yield MatchKey.of_key(record.control_number.key)


def says_too_little(record: BookRecord, book: Book) -> bool:
    """Whether `record` cannot change `book` because it does not say which edition it is of."""
    is_identified = is_numbered_alike(record, book) or came_together(record, book)
    return not record.isbns and bool(book.record.isbns) and not is_identified


def came_together(record: BookRecord, book: Book) -> bool:
    """Whether both have one key in the system that they came from."""
    mine, its = record.external_id, book.record.external_id
    return mine is not None and its is not None and mine.lower() == its.lower()


def is_numbered_alike(record: BookRecord, book: Book) -> bool:
    """Whether its control number says that `record` and `book` are the same."""
    mine, its = record.control_number, book.record.control_number
    return mine is not None and its is not None and mine.key == its.key


def is_beside(record: BookRecord, book: Book) -> bool:
    """Whether `book` has the main ISBN of `record` beside one of its own that the record does not have."""
    return record.main_isbn in book.record.isbns and book.record.main_isbn not in record.isbns

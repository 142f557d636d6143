"""Which book of the catalogue does a record of a file mean? So decided that the same file again changes nothing."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from uuid import UUID

from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.identifier import Identifier
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
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


class FileMatching:
    """Matches the records of one file, in their order, with books of the catalogue.

    - A record with an ISBN means the book with that ISBN.
    - Else a record means the book that has its control number in the same catalogue.
    - Else a record with an ISBN means a book without any, of the same title, authors and year; one without means a book
      of the same title, authors and year, of which it says too little to change it if the book has an ISBN. A book that
      has another number in the same catalogue is not meant.
    - A book that a record of the file names by its ISBN, or by its control number, is not meant by less than that.
    - Where there are several such books, they are meant in the order in which they were added. Each stands for one
      record; what is left over is another book, unless it says the same as an earlier record.

    `occurring` is what `names_of` returns of all records of the file.
    """

    def __init__(self, occurring: AbstractSet[int]) -> None:
        self._contents: set[int] = set()
        self._named = dict.fromkeys(occurring, 0)  # which record was taken that names a book so; 0 is none yet
        self._books: set[int] = set()
        self._uncertain: list[tuple[int, tuple[int, ...], UUID | None]] = []

    def repeats(self, record: BookRecord, isbn_as_written: str | None) -> bool:
        """Whether an earlier record of the file said the very same."""
        return _contents(record, isbn_as_written) in self._contents

    def find(self, record: BookRecord, candidates: Iterable[Book]) -> Book | None:
        """Return the book that `record` means, from those that share its ISBN or its control number, or are alike.

        Raises IsbnRepeatedInFile, or without an ISBN ControlNumberRepeatedInFile, when an earlier record had the same.
        """
        isbn, number = record.isbn, record.control_number
        if isbn is not None and (first := self._named.get(hash(isbn))):
            raise IsbnRepeatedInFile(isbn=isbn, first_record=first)
        if isbn is None and number is not None and (first := self._named.get(hash(number.key))):
            raise ControlNumberRepeatedInFile(number=number, first_record=first)
        found = list(candidates)
        named = [book for book in found if isbn is not None and book.record.isbn == isbn]
        free = [book for book in found if self._is_free(book)]
        numbered = [book for book in free if is_numbered_alike(record, book)]
        alike = [book for book in free if self._is_alike(book, record)]
        return min(named or numbered or alike, key=lambda book: book.id, default=None)

    def claim(self, number: int, record: BookRecord, isbn_as_written: str | None, book_id: UUID | None) -> None:
        """Remember that record `number` of the file stands for this book (None: for one that is not really added)."""
        content, names = _contents(record, isbn_as_written), tuple(names_of(record))
        self._contents.add(content)
        self._named |= dict.fromkeys(names, number)
        if book_id is not None:
            self._books.add(hash(book_id))
        self._uncertain.append((content, names, book_id))

    def keep(self) -> None:
        """Everything claimed so far is certain."""
        self._uncertain.clear()

    def take_back(self) -> None:
        """Forget what was claimed since the last `keep`: that work was undone and will be done again."""
        for content, names, book_id in self._uncertain:
            self._contents.discard(content)
            for name in names:
                self._named[name] = 0
            if book_id is not None:
                self._books.discard(hash(book_id))
        self._uncertain.clear()

    def _is_free(self, book: Book) -> bool:
        return hash(book.id) not in self._books and hash(book.record.isbn) not in self._named

    def _is_alike(self, book: Book, record: BookRecord) -> bool:
        """Whether title, authors and year say that both are the same, and no number says otherwise."""
        if book.match_key != record.match_key or not (book.record.isbn is None or record.isbn is None):
            return False
        mine, its = record.control_number, book.record.control_number
        if its is None:
            return True
        return hash(its.key) not in self._named and (mine is None or mine.source != its.source)


def names_of(record: BookRecord) -> Iterator[int]:
    """Return the hashes of what names exactly this book: no more than that is kept of a record, for a file has many."""
    if record.isbn is not None:
        yield hash(record.isbn)
    if record.control_number is not None:
        yield hash(record.control_number.key)


def _contents(record: BookRecord, isbn_as_written: str | None) -> int:
    """Tell records apart; an ISBN that had to be left out does that, too, and one that was repaired does not."""
    return hash((record, isbn_as_written if record.isbn is None else None))


def says_too_little(record: BookRecord, book: Book) -> bool:
    """Whether `record` cannot change `book` because it does not say which edition it is of."""
    return record.isbn is None and book.record.isbn is not None and not is_numbered_alike(record, book)


def is_numbered_alike(record: BookRecord, book: Book) -> bool:
    """Whether its control number says that `record` and `book` are the same."""
    mine, its = record.control_number, book.record.control_number
    return mine is not None and its is not None and mine.key == its.key

"""Which book of the catalogue does a record of a file mean? So decided that the same file again changes nothing."""

from collections.abc import Collection, Iterable
from uuid import UUID

from books_service.domain.book import Book
from books_service.domain.isbn import Isbn
from books_service.domain.record import BookRecord
from shared.kernel.errors import Refused


class IsbnRepeatedInFile(Refused):
    """Two records of one file have one ISBN and say different things; which is right, a person must say."""

    code = "isbn-repeated-in-file"

    def __init__(self, *, isbn: Isbn, first_record: int) -> None:
        super().__init__(
            f"Record {first_record} of this file has the ISBN {isbn} too, with other facts. Only that one was taken.",
            first_record=first_record,
        )


class FileMatching:
    """Matches the records of one file, in their order, with books of the catalogue.

    - A record with an ISBN means the book with that ISBN; else one without any, of the same title, authors and year.
    - A record without an ISBN means a book of the same title, authors and year that no record of the file means by its
      ISBN. Of a book that has an ISBN it says too little to change it.
    - Where there are several such books, they are meant in the order in which they were added. Each stands for one
      record; what is left over is another book, unless it says the same as an earlier record.

    `isbns` are all that occur in the file.
    """

    def __init__(self, isbns: Collection[Isbn]) -> None:
        self._isbns_of_the_file = isbns
        self._said: set[int] = set()
        self._isbns: dict[Isbn, int] = {}
        self._books: set[UUID] = set()
        self._uncertain: list[tuple[int, Isbn | None, UUID | None]] = []

    def repeats(self, record: BookRecord, isbn_as_written: str | None) -> bool:
        """Whether an earlier record of the file said the very same."""
        return _said(record, isbn_as_written) in self._said

    def find(self, record: BookRecord, candidates: Iterable[Book]) -> Book | None:
        """Return the book that `record` means, from those that share its ISBN or its title, authors and year.

        Raises IsbnRepeatedInFile when an earlier record of the file had this ISBN.
        """
        if record.isbn is not None:
            if record.isbn in self._isbns:
                raise IsbnRepeatedInFile(isbn=record.isbn, first_record=self._isbns[record.isbn])
            for book in candidates:
                if book.record.isbn == record.isbn:
                    return book
        free = (book for book in candidates if self._may_be_meant(book, record))
        return min(free, key=lambda book: book.id, default=None)

    def claim(self, number: int, record: BookRecord, isbn_as_written: str | None, book_id: UUID | None) -> None:
        """Remember that record `number` of the file stands for this book (None: for one that is not really added)."""
        said = _said(record, isbn_as_written)
        self._said.add(said)
        if record.isbn is not None:
            self._isbns[record.isbn] = number
        if book_id is not None:
            self._books.add(book_id)
        self._uncertain.append((said, record.isbn, book_id))

    def keep(self) -> None:
        """Everything claimed so far is certain."""
        self._uncertain.clear()

    def take_back(self) -> None:
        """Forget what was claimed since the last `keep`: that work was undone and will be done again."""
        for said, isbn, book_id in self._uncertain:
            self._said.discard(said)
            if isbn is not None:
                self._isbns.pop(isbn, None)
            if book_id is not None:
                self._books.discard(book_id)
        self._uncertain.clear()

    def _may_be_meant(self, book: Book, record: BookRecord) -> bool:
        if book.match_key != record.match_key or book.id in self._books:
            return False
        if book.record.isbn is None:
            return True
        return record.isbn is None and book.record.isbn not in self._isbns_of_the_file


def _said(record: BookRecord, isbn_as_written: str | None) -> int:
    """Tell records apart; an ISBN that had to be left out does that, too, and one that was mended does not."""
    return hash((record, isbn_as_written if record.isbn is None else None))


def says_too_little(record: BookRecord, book: Book) -> bool:
    """Whether `record` cannot change `book` because it does not say which edition it is of."""
    return record.isbn is None and book.record.isbn is not None

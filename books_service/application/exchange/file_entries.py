"""The records of a file as an import takes them: cleaned, with what was wrong with each."""

from dataclasses import dataclass, field

from books_service.application.exchange.ports import IncomingRecord
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.exchange.source_record import SourceRecord
from books_service.domain.stock.copy_record import CopyRecord
from shared.kernel.errors import LibraryError

_LONGEST_IDENTIFIER = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A cleaned record, and what was wrong with it. `record` is None for a copy alone, and where cleaning failed."""

    number: int
    record: BookRecord | None
    isbn_as_written: str | None
    identifier: str | None
    wrong: tuple[LibraryError, ...]
    copies: tuple[CopyRecord, ...] = ()
    unreadable_copies: int = 0
    is_copy: bool = False
    books: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    source: SourceRecord | None = field(default=None, repr=False)

    @property
    def as_it_came(self) -> SourceRecord | str | None:
        """What distinguishes it from a record with the same clean fields: the source, or an ISBN that was left out."""
        return self.source or (None if self.record is None or self.record.isbns else self.isbn_as_written)


def read_entry(raw: IncomingRecord, currency: str) -> Entry:
    """Clean what a file says in one record; no record is so bad that it raises anything.

    Prices are in the library's `currency`.
    """
    title = raw.raw_fields.get("title")
    isbn = "; ".join(text for text in raw.raw_fields.get("isbns", ()) if isinstance(text, str)) or None
    number = next((parts[1] for parts in raw.raw_fields.get("identifiers", ()) if len(parts) > 1), None)
    barcode = raw.copies[0].get("barcode") if raw.is_copy and raw.copies else None
    identifier = next((_printable(text) for text in (barcode, isbn, title, number) if isinstance(text, str)), None)
    if raw.problem is not None:
        return Entry(raw.number, None, isbn, identifier, (raw.problem,), is_copy=raw.is_copy)
    copies, wrong = _copies_of(raw, currency)
    record = None
    if not raw.is_copy:
        try:
            record, left_out = BookRecord.repaired(raw.raw_fields)
            wrong += left_out
        except LibraryError as error:
            return Entry(raw.number, None, isbn, identifier, (*raw.wrong, error))
    return Entry(
        raw.number,
        record,
        isbn,
        identifier,
        (*raw.wrong, *wrong),
        copies=tuple(copies),
        unreadable_copies=len(raw.copies) - len(copies),
        is_copy=raw.is_copy,
        books=raw.books,
        left_out=raw.left_out,
        source=raw.source,
    )


def _copies_of(raw: IncomingRecord, currency: str) -> tuple[list[CopyRecord], list[LibraryError]]:
    copies, wrong = list[CopyRecord](), list[LibraryError]()
    for each in raw.copies:
        try:
            copy, left_out = CopyRecord.repaired(each, currency)
            copies.append(copy)
            wrong += left_out
        except LibraryError as error:
            wrong.append(error)
    return copies, wrong


def _printable(text: str) -> str:
    """Return the beginning of an unchecked text, without what cannot be printed."""
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in text[:_LONGEST_IDENTIFIER])

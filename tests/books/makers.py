"""Things of a catalogue, valid unless a test says otherwise."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

from books_service.application.catalogue.add_book import NewBook
from books_service.application.exchange.ports import IncomingRecord, ReadingOptions
from books_service.application.stock.add_copy import NewCopy
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord, RawField
from books_service.domain.serials.pattern import Frequency, Pattern
from books_service.domain.serials.subscription import IssueCopy, Subscription
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.branch import Branch
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.label import CopyLabel
from shared.kernel.file_records import Counts, KindCounts
from shared.kernel.from_attributes import from_attributes
from shared.kernel.ids import new_id
from shared.kernel.imports import ImportView

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
EMMA = UUID("01900000-0000-7000-8000-00000000e33a")
EMMA_COPY = UUID("01900000-0000-7000-8000-00000000c0b1")
ISBN, OTHER_ISBN = "9780141439587", "9780141439518"


def a_record(**reported: Any) -> BookRecord:
    usual: dict[str, Any] = {"title": "Emma", "authors": ["Jane Austen"], "published_year": 1815}
    return BookRecord.of(**usual | reported)


def a_book(*, id: UUID = EMMA, **reported: Any) -> Book:
    book = Book(id=id, record=a_record(**reported), now=NOW)
    book.take_events()
    return book


def a_copy(
    *, id: UUID = EMMA_COPY, status: CopyStatus = CopyStatus.IN_SERVICE, with_events: bool = False, **facts: Any
) -> Copy:
    """A copy that is known for long, unless it comes `with_events`, which wait to be published."""
    usual: dict[str, Any] = {"book_id": EMMA, "barcode": "30000000000019", "branch": "MAIN"}
    facts = usual | facts
    copy = Copy.add(
        cast("CopyFacts", facts | {"barcode": Barcode.parse(facts["barcode"])}), id=id, now=NOW, status=status
    )
    if not with_events:
        copy.take_events()
    return copy


def a_branch(code: str = "MAIN", **facts: Any) -> Branch:
    usual: dict[str, Any] = {"code": code, "name": "Main library", "timezone": "UTC", "now": NOW}
    return Branch.open(**usual | facts)


def a_subscription(book_id: UUID) -> Subscription:
    """A monthly since January."""
    starts = date(2026, 1, 1)
    return Subscription(book_id, Pattern.of(Frequency.MONTHLY, starts=starts), starts, (IssueCopy("MAIN"),))


def a_title_page(*, by: str | None = None, **reported: Any) -> NewBook:
    return NewBook({"title": "Emma", "authors": ("Jane Austen",)} | reported, by)


def a_purchase(*, book_id: UUID = EMMA, **facts: Any) -> NewCopy:
    return NewCopy(book_id, {"barcode": "30000000000019", "branch": "MAIN"} | facts)


def a_line(number: int = 1, **reported: RawField) -> IncomingRecord:
    usual: dict[str, RawField] = {"title": "Emma", "authors": ("Jane Austen",), "published_year": "1815"}
    return IncomingRecord(number, usual | reported)


def counted(read: int = 0, **counts: int) -> Counts:
    """Return counts; those whose names begin with `copies_` are of copies in books."""
    of_copies = {name: count for name, count in counts.items() if name.startswith("copies_")}
    of_books = {name: count for name, count in counts.items() if name not in of_copies}
    kind = KindCounts(**{name.removeprefix("copies_"): count for name, count in of_copies.items()})
    return Counts(read, **of_books, kinds={"copies": kind})


def counts_of(view: ImportView) -> Counts:
    return from_attributes(view, Counts)


def any_id() -> UUID:
    return new_id()


async def lines(*records: IncomingRecord) -> AsyncIterator[IncomingRecord]:
    """Return the records of a file that is read already."""
    for record in records:
        yield record


def reader_of(
    *records: IncomingRecord,
) -> Callable[[AsyncIterator[bytes], ReadingOptions], AsyncIterator[IncomingRecord]]:
    """Return a reader that finds these records in whatever file."""
    return lambda pieces, options: lines(*records)


def a_label(**facts: Any) -> CopyLabel:
    usual: dict[str, Any] = {"copy_id": any_id(), "barcode": "1", "title": "Emma", "branch": "MAIN"}
    return CopyLabel(**usual | {"shelf_mark": None, "volume": None} | facts)

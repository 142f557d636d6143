"""What the catalogue publishes: domain events as messages. This is the wire contract; change it with care."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from books_service.domain.catalogue.book import Book, BookAdded, BookEvent, BookMerged, BookRemoved, BookRevised
from books_service.domain.catalogue.contributor import ContributorRole
from books_service.domain.catalogue.identifier import Scheme
from books_service.domain.catalogue.own_script import OwnScriptField
from books_service.domain.stock.copy import Copy, CopyAdded, CopyEvent, CopyRemoved, CopyRevised, CopyStatusChanged
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.catalogue.book_json import as_json
from shared.kernel.from_attributes import from_attributes
from shared.messaging.payloads import data_of, schema_of
from shared.persistence.outbox import Message

BOOK_ADDED = "books.book.added"
BOOK_REVISED = "books.book.revised"
BOOK_REMOVED = "books.book.removed"
BOOK_MERGED = "books.book.merged"
COPY_ADDED = "books.copy.added"
COPY_REVISED = "books.copy.revised"
COPY_REMOVED = "books.copy.removed"
COPY_STATUS_CHANGED = "books.copy.status_changed"

MUST_ARRIVE = frozenset({BOOK_MERGED})
"""Types that always have a listener: without a queue they wait instead of being dropped."""

Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True)
class ContributorPayload:
    name: Text
    role: ContributorRole


@dataclass(frozen=True)
class IdentifierPayload:
    scheme: Scheme
    value: Text
    source: Text | None


@dataclass(frozen=True)
class OwnScriptPayload:
    field: OwnScriptField
    text: Text


@dataclass(frozen=True)
class SeriesPayload:
    title: Text
    number: Text | None


@dataclass(frozen=True, kw_only=True)
class BookPayload:
    book_id: UUID
    title: Text
    subtitle: Text | None
    authors: list[Text]
    contributors: list[ContributorPayload]
    isbns: Annotated[
        list[Annotated[str, Field(pattern="^97[89][0-9]{10}$")]], Field(description="The first is the main one.")
    ]
    identifiers: list[IdentifierPayload]
    variant_titles: list[Text]
    own_script: list[OwnScriptPayload]
    place: Text | None
    publisher: Text | None
    published_year: Annotated[int | None, Field(description="Negative before our era.")]
    edition: Text | None
    languages: Annotated[list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]], Field(description="ISO 639.")]
    series: list[SeriesPayload]
    subjects: list[Text]
    format: Text | None
    audience: Text | None
    suppressed: Annotated[bool, Field(description="Not to be shown to the public.")]


@dataclass(frozen=True, kw_only=True)
class BookMergedPayload(BookPayload):
    into: Annotated[UUID, Field(description="The book that has its copies now.")]


@dataclass(frozen=True)
class PricePayload:
    amount: Annotated[int, Field(ge=0, description="In minor units.")]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


@dataclass(frozen=True)
class PlacePayload:
    branch: Text
    location: Text | None
    item_type: Text


@dataclass(frozen=True, kw_only=True)
class CopyPayload:
    copy_id: UUID
    book_id: UUID
    bound_with: Annotated[list[UUID], Field(description="Further books that are bound in it.")]
    barcode: Text
    branch: Text
    location: Text | None
    item_type: Text
    shelf_mark: Text | None
    volume: Annotated[Text | None, Field(description="Which part of its book it is, as it is written.")]
    volume_key: Annotated[Text | None, Field(description="What all spellings of that volume share.")]
    status: CopyStatus
    lendable: Annotated[bool, Field(description="Whether copies of this status are lent.")]
    holdable: Annotated[bool, Field(description="Whether copies of this status are worth waiting for.")]
    price: Annotated[PricePayload | None, Field(description="What a new one costs, if the library knows.")] = None
    suppressed: Annotated[bool, Field(description="Not to be shown to the public.")]
    staff_note: Annotated[Text | None, Field(description="Read by staff only.")] = None
    permanent: Annotated[
        PlacePayload | None,
        Field(description="What branch, location and item type are but for a while, in which they are told as now."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class CopyRevisedPayload(CopyPayload):
    entered_under: Annotated[
        UUID | None, Field(description="The other book that it was taken for until now; not told where books merge.")
    ] = None
    unbound: Annotated[UUID | None, Field(description="The book that is no longer bound in it.")] = None


@dataclass(frozen=True, kw_only=True)
class CopyStatusPayload(CopyPayload):
    previous_status: CopyStatus


_A_BOOK = BookPayload(
    book_id=UUID("01a20f56-0b5a-72ae-b315-6757a5c0edd1"),
    title="Romola",
    subtitle=None,
    authors=["George Eliot"],
    contributors=[ContributorPayload("Andrew Sanders", ContributorRole.EDITOR)],
    isbns=["9780140434705"],
    identifiers=[IdentifierPayload(Scheme.OCLC, "5564553", None)],
    variant_titles=[],
    own_script=[],
    place="London",
    publisher="Penguin Classics",
    published_year=1863,
    edition=None,
    languages=["en"],
    series=[SeriesPayload("Penguin English Library", None)],
    subjects=["Florence", "Renaissance"],
    format=None,
    audience=None,
    suppressed=False,
)
_A_COPY = CopyPayload(
    copy_id=UUID("01a20f56-d617-79af-96e1-d09abc203819"),
    book_id=_A_BOOK.book_id,
    bound_with=[],
    barcode="30000000500014",
    branch="MAIN",
    location="FICTION",
    item_type="book",
    shelf_mark="ELI 823.8",
    volume="Vol. 2",
    volume_key="2",
    status=CopyStatus.IN_SERVICE,
    lendable=True,
    holdable=True,
    price=PricePayload(1290, "EUR"),
    suppressed=False,
    staff_note="Two compact discs.",
)

SCHEMAS: dict[str, dict[str, Any]] = {
    BOOK_ADDED: schema_of(_A_BOOK),
    BOOK_REVISED: schema_of(_A_BOOK),
    BOOK_REMOVED: schema_of(_A_BOOK),
    BOOK_MERGED: schema_of(
        from_attributes(_A_BOOK, BookMergedPayload, into=UUID("01a20f56-0b5a-72ae-b315-6757a5c0edd2")),
    ),
    COPY_ADDED: schema_of(_A_COPY),
    COPY_REVISED: schema_of(from_attributes(_A_COPY, CopyRevisedPayload, entered_under=None, unbound=None)),
    COPY_REMOVED: schema_of(_A_COPY),
    COPY_STATUS_CHANGED: schema_of(from_attributes(_A_COPY, CopyStatusPayload, previous_status=CopyStatus.IN_REPAIR)),
}


def message(event: BookEvent | CopyEvent) -> Message:
    """Return the message that publishes `event`; its subject is the book or the copy itself."""
    match event:
        case BookAdded(book=book, at=at):
            return _of_book(BOOK_ADDED, book, at)
        case BookRevised(book=book, at=at):
            return _of_book(BOOK_REVISED, book, at)
        case BookRemoved(book=book, at=at):
            return _of_book(BOOK_REMOVED, book, at)
        case BookMerged(book=book, into=into, at=at):
            return Message(BOOK_MERGED, str(book.id), at, data_of(BookMergedPayload(**_book_fields(book), into=into)))
        case CopyRemoved(copy=copy, at=at):
            return Message(COPY_REMOVED, str(copy.id), at, data_of(CopyPayload(**_facts(copy))))
        case CopyAdded(copy=copy, at=at):
            return Message(COPY_ADDED, str(copy.id), at, data_of(CopyPayload(**_facts(copy))))
        case CopyRevised(copy=copy, at=at, entered_under=entered_under, unbound=unbound):
            revised = CopyRevisedPayload(**_facts(copy), entered_under=entered_under, unbound=unbound)
            return Message(COPY_REVISED, str(copy.id), at, data_of(revised))
        case CopyStatusChanged(copy=copy, before=before, at=at):
            changed = CopyStatusPayload(**_facts(copy), previous_status=before)
            return Message(COPY_STATUS_CHANGED, str(copy.id), at, data_of(changed))


_UNPUBLISHED = (
    *("nonfiling_characters", "description", "notes", "links", "classification", "extent", "external_id"),
    *("tags", "attributes", "heading_uris"),
)
"""As long as a page, or of use to cataloguers only; a listener that wants it asks for it."""


def _of_book(type_: str, book: Book, at: datetime) -> Message:
    return Message(type_, str(book.id), at, data_of(BookPayload(**_book_fields(book))))


def _book_fields(book: Book) -> dict[str, Any]:
    fields = {name: value for name, value in as_json(book.record).items() if name not in _UNPUBLISHED}
    fields["contributors"] = [ContributorPayload(**each) for each in fields["contributors"]]
    fields["identifiers"] = [IdentifierPayload(**each) for each in fields["identifiers"]]
    fields["own_script"] = [OwnScriptPayload(**each) for each in fields["own_script"]]
    fields["series"] = [SeriesPayload(**each) for each in fields["series"]]
    return {"book_id": book.id, **fields, "suppressed": bool(book.record.suppressed)}


def _facts(copy: Copy) -> dict[str, Any]:
    return {
        "copy_id": copy.id,
        "book_id": copy.book_id,
        "bound_with": [*copy.bound_with],
        "barcode": str(copy.barcode),
        "branch": copy.branch,
        "location": copy.location,
        "item_type": copy.item_type,
        "shelf_mark": copy.shelf_mark,
        "volume": copy.volume,
        "volume_key": copy.volume_key,
        "status": copy.status,
        "lendable": copy.status.lendable,
        "holdable": copy.status.holdable,
        "price": None if copy.price is None else PricePayload(copy.price.amount, copy.price.currency),
        "suppressed": copy.suppressed,
        "staff_note": copy.staff_note,
        "permanent": None if copy.permanent is None else from_attributes(copy.permanent, PlacePayload),
    }

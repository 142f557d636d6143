"""What is shown of books."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Self
from uuid import UUID
from zlib import crc32

from stdnum import isbn as stdnum_isbn

from books_service.domain.attributes import Attribute
from books_service.domain.catalogue.book import Book, hidden
from books_service.domain.catalogue.contributor import Contributor
from books_service.domain.catalogue.copy_counts import CopyCounts
from books_service.domain.catalogue.format import Audience, BookFormat
from books_service.domain.catalogue.heading_uri import HeadingUri
from books_service.domain.catalogue.identifier import Identifier
from books_service.domain.catalogue.link import Classification, Link
from books_service.domain.catalogue.own_script import OwnScript
from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.catalogue.series import Series
from books_service.domain.viewer import Viewer
from shared.kernel.from_attributes import from_attributes


@dataclass(frozen=True, slots=True)
class AvailabilityView(CopyCounts):
    """How many copies of a book there are; how many may be lent at all; how many are where.

    What is counted as available the desk lends; requested copies stand on the shelf, but are to be pulled for a hold.
    `hidden_copies` are those of the copies that the public is not shown, and that no other number counts; only staff
    are told of them.
    """

    def shown_to(self, viewer: Viewer) -> "AvailabilityView":
        """Return what `viewer` is shown of it."""
        return self if viewer.sees_hidden else replace(self, copies=self.copies - self.hidden_copies, hidden_copies=0)

    @property
    def mark(self) -> str:
        """Return its part of a book's entity tag: it changes without a new version of the book."""
        counts = (self.copies, self.lendable, self.available, self.requested, self.on_loan, self.on_hold_shelf)
        hidden = f"{self.hidden_copies}x" if self.hidden_copies else ""
        places = "".join(f"{each.branch} {each.copies} {each.lendable} {each.available}," for each in self.branches)
        rest = f"{hidden}{crc32(places.encode()):x}"
        return "{}c{}l{}a{}r{}o{}h".format(*counts) + rest if self.copies else ""


@dataclass(frozen=True, slots=True)
class BookAvailability:
    """How many copies of one of several books can be had."""

    book_id: UUID
    availability: AvailabilityView


@dataclass(frozen=True, slots=True)
class RelationView:
    """What a book is to the book `book_id`, which has this title. `label` is a word on it, as it is printed."""

    kind: RelationKind
    book_id: UUID
    title: str
    label: str | None


@dataclass(frozen=True, slots=True)
class BookView:
    """A book, and how many copies of it can be had. `number` is short, for people to say.

    `isbn_hyphenated` and `isbn10` are forms of the first of its ISBNs; one that begins with 979 has none of ten digits.
    `suppressed` is what the library says: the public is not to see it. `hidden` is whether the public does not see it,
    be it for that or because no copy is left to be shown. `version` counts the changes of its record and relations, not
    of its availability. `relations` are told of a single book; null in lists.
    """

    book_id: UUID
    number: int
    title: str
    nonfiling_characters: int | None
    authors: tuple[str, ...]
    contributors: tuple[Contributor, ...]
    isbns: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    subtitle: str | None
    variant_titles: tuple[str, ...]
    own_script: tuple[OwnScript, ...]
    place: str | None
    publisher: str | None
    published_year: int | None
    edition: str | None
    languages: tuple[str, ...]
    series: tuple[Series, ...]
    subjects: tuple[str, ...]
    description: str | None
    format: BookFormat | None
    extent: str | None
    audience: Audience | None
    classification: tuple[Classification, ...]
    notes: tuple[str, ...]
    links: tuple[Link, ...]
    external_id: str | None
    suppressed: bool
    tags: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    heading_uris: tuple[HeadingUri, ...]
    hidden: bool
    availability: AvailabilityView
    added_at: datetime
    version: int
    isbn_hyphenated: str | None
    isbn10: str | None
    relations: tuple[RelationView, ...] | None = None

    @property
    def mark(self) -> str:
        """The part of its entity tag that changes without a new version: its availability, and its relations."""
        related = hashlib.blake2b(repr(self.relations).encode(), digest_size=6).hexdigest() if self.relations else ""
        return self.availability.mark + ("hidden" if self.hidden else "") + related

    @classmethod
    def of(cls, book: Book, counts: CopyCounts, relations: tuple[RelationView, ...] = ()) -> Self:
        """Return the view of `book`."""
        record = book.record
        isbns = tuple(map(str, record.isbns))
        hyphenated, isbn10 = other_forms_of(next(iter(isbns), None))
        return from_attributes(
            record,
            cls,
            book_id=book.id,
            number=book.number,
            isbns=isbns,
            languages=tuple(map(str, record.languages)),
            suppressed=bool(record.suppressed),
            hidden=hidden(record, counts),
            availability=from_attributes(counts, AvailabilityView),
            added_at=book.added_at,
            version=book.version,
            isbn_hyphenated=hyphenated,
            isbn10=isbn10,
            relations=relations,
        )


@lru_cache(maxsize=4096)
def other_forms_of(isbn: str | None) -> tuple[str | None, str | None]:
    """Return an ISBN in groups, and as ISBN-10. Finding the groups takes longer than all the rest of a book."""
    if isbn is None:
        return None, None
    return stdnum_isbn.format(isbn), stdnum_isbn.to_isbn10(isbn) if isbn.startswith("978") else None

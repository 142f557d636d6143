"""The forms in which a book comes in."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from books_service.api.copy_requests import CopyRequest
from books_service.api.shapes import Attributes, ExternalId, Tags
from books_service.application.catalogue.add_book import NewBook
from books_service.application.stock.add_book import NewBookWithCopies
from books_service.domain.catalogue.contributor import ContributorRole
from books_service.domain.catalogue.format import Audience, BookFormat
from books_service.domain.catalogue.heading_uri import LONGEST_HEADING, LONGEST_URI
from books_service.domain.catalogue.identifier import Scheme
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.catalogue.own_script import OwnScriptField
from books_service.domain.catalogue.record import EARLIEST_YEAR, LATEST_YEAR
from books_service.domain.catalogue.relation import LONGEST_LABEL, MOST_RELATIONS, Relation, RelationKind
from shared.web.json.strict_json import StrictJsonBody, line, paragraph, read_by

Name = Annotated[str, line(300)]
BookNote = Annotated[str, line(2000), Field(description="Shown to everybody.")]

Nonfiling = Annotated[
    int,
    Field(
        ge=0,
        le=9,
        description="So many characters at the beginning of the title are passed over where it is filed: 4 for *The*"
        " and its blank, 2 for *L'*. It stays with a title that begins alike.",
    ),
]

_ISBNS = "ISBN-10 or ISBN-13; hyphens and spaces may stand in them. The first is the main one."
_RELATIONS = "relations"
MOST_NEW_COPIES = 20


class ContributorRequest(StrictJsonBody):
    """Somebody who made the book besides its authors. Who did two things is listed twice."""

    name: Name
    role: ContributorRole


class IdentifierRequest(StrictJsonBody):
    """A number that others gave the book. `source` says whose: the catalogue of a control number, another scheme."""

    scheme: Scheme
    value: Annotated[str, line(200)]
    source: Annotated[str, line(100)] | None = None


class OwnScriptRequest(StrictJsonBody):
    """What stands beside a field of the record in its own script: 戦争と平和 beside Sensō to heiwa."""

    field: OwnScriptField
    text: Annotated[str, line(1000)]


class SeriesRequest(StrictJsonBody):
    """A series, and the book's place in it as it is printed."""

    title: Annotated[str, line(500)]
    number: Annotated[str, line(100)] | None = None


class ClassificationRequest(StrictJsonBody):
    """A class that the book is filed under, and its scheme: `ddc`, `lcc`, `udc` or another."""

    value: Annotated[str, line(100)]
    scheme: Annotated[str, line(40)] | None = None


class LinkRequest(StrictJsonBody):
    """An address on the web, and what is found there."""

    url: Annotated[str, line(2000)]
    label: Annotated[str, line(300)] | None = None


class HeadingUriRequest(StrictJsonBody):
    """A name or subject as the book has it, and what an authority file on the web (VIAF, GND, LCSH) calls it."""

    heading: Annotated[str, line(LONGEST_HEADING)]
    uri: Annotated[str, line(LONGEST_URI), Field(examples=["https://viaf.org/viaf/89000553"])]


class RelationRequest(StrictJsonBody):
    """What the book is to another one, which is the inverse to it: each is told of both."""

    kind: RelationKind
    book_id: UUID
    label: Annotated[str, line(LONGEST_LABEL)] | None = Field(None, description="As it is printed: a number, a year.")


class BookPatchRequest(StrictJsonBody):
    """What changes, as a merge patch: null empties a field, a list replaces the whole list."""

    title: Annotated[str, line(1000)] = Field(default_factory=str)  # never looked at unless it is given
    nonfiling_characters: Nonfiling | None = None
    authors: Annotated[list[Name], Field(max_length=100)] | None = None
    contributors: Annotated[list[ContributorRequest], Field(max_length=100)] | None = None
    isbns: (
        Annotated[list[Annotated[str, line(40), read_by(Isbn.parse)]], Field(max_length=100, description=_ISBNS)] | None
    ) = None
    identifiers: Annotated[list[IdentifierRequest], Field(max_length=100)] | None = None
    subtitle: Annotated[str, line(1000)] | None = None
    variant_titles: Annotated[list[Annotated[str, line(1000)]], Field(max_length=100)] | None = Field(
        None, description="Other titles under which it is looked for: parallel, former, of the cover."
    )
    own_script: Annotated[list[OwnScriptRequest], Field(max_length=100)] | None = None
    place: Name | None = Field(None, description="Where it was published.")
    publisher: Name | None = None
    published_year: (
        Annotated[int, Field(ge=EARLIEST_YEAR, le=LATEST_YEAR, description="Negative before our era.")] | None
    ) = None
    edition: Name | None = None
    languages: (
        Annotated[
            list[Annotated[str, line(20), read_by(Language.parse)]],
            Field(max_length=100, description="ISO 639, two or three letters each."),
        ]
        | None
    ) = None
    series: Annotated[list[SeriesRequest], Field(max_length=100)] | None = None
    subjects: Annotated[list[Annotated[str, line(200)]], Field(max_length=100)] | None = None
    description: Annotated[str, paragraph(10_000)] | None = Field(None, description="Shown to everybody.")
    format: BookFormat | None = None
    extent: Annotated[str, line(300)] | None = Field(None, description="Pages, minutes, parts.")
    audience: Audience | None = None
    classification: Annotated[list[ClassificationRequest], Field(max_length=100)] | None = None
    notes: Annotated[list[BookNote], Field(max_length=100)] | None = Field(None, description="Shown to everybody.")
    links: Annotated[list[LinkRequest], Field(max_length=100)] | None = None
    external_id: ExternalId | None = None
    suppressed: bool | None = Field(None, description="Whether it is hidden from the public.")
    tags: Tags | None = None
    attributes: Attributes | None = None
    heading_uris: Annotated[list[HeadingUriRequest], Field(max_length=100)] | None = Field(
        None, description="What authority files on the web call names and subjects. Left out, those of the rest stay."
    )
    relations: Annotated[list[RelationRequest], Field(max_length=MOST_RELATIONS)] | None = Field(
        None, description="All of the book, as seen from it. Left out, they stay; null takes them away."
    )

    def fields(self) -> dict[str, Any]:
        """Return the given fields as the use cases take them."""
        return {name: _plain(getattr(self, name)) for name in self.model_fields_set if name != _RELATIONS}

    def related(self) -> tuple[Relation, ...] | None:
        """Return the relations, None if the request leaves them out."""
        if _RELATIONS not in self.model_fields_set:
            return None
        return tuple(Relation(each.kind, each.book_id, each.label) for each in self.relations or ())


class BookReplaced(BookPatchRequest):
    """All that the catalogue says of a book from now on; what is left out it says no more."""

    title: Annotated[str, line(1000)]
    authors: Annotated[list[Name], Field(default_factory=list, max_length=100)]

    def fields(self) -> dict[str, Any]:
        """Return every field as the use cases take it."""
        return {name: _plain(getattr(self, name)) for name in BookPatchRequest.model_fields if name != _RELATIONS}


class BookRequest(BookReplaced):
    """What the title page says. A film, a periodical or a brochure may have no author."""

    copies: Annotated[list[CopyRequest], Field(max_length=MOST_NEW_COPIES)] = Field(
        default_factory=list[CopyRequest], description="Copies that are added with it: all of it or nothing."
    )

    def command(self, *, by: str) -> NewBookWithCopies:
        """Return the command of the use case."""
        book = NewBook(self.fields(), by, self.related() or ())
        return NewBookWithCopies(book, tuple(each.with_new_book() for each in self.copies))


class RestoreRequest(StrictJsonBody):
    """As it was after which entry of its history; a removed book as it was before that if absent."""

    place: Annotated[int, Field(ge=1, le=2**53)] | None = Field(
        None, description="The `place` of an entry of `/history`."
    )


def _plain(value: Any) -> Any:
    """Return lists as tuples, and values of several parts as tuples of their parts."""
    if isinstance(value, list):
        return tuple(tuple(part.model_dump().values()) if isinstance(part, StrictJsonBody) else part for part in value)
    return value

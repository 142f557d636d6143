"""The forms in which a book comes in and goes out."""

from functools import lru_cache
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, computed_field
from stdnum import isbn as isbns

from books_service.application.catalogue.views import AvailabilityView
from books_service.application.readings import READ_ISBN, READ_LANGUAGE
from shared.web.json.strict_json import Body, Moment, ResponseModel, line, paragraph, read_by

Name = Annotated[str, line(300)]


_ISBN = "ISBN-10 or ISBN-13; hyphens and spaces may stand in it."
Role = Literal[
    "adapter",
    "annotator",
    "arranger",
    "artist",
    "cartographer",
    "commentator",
    "compiler",
    "composer",
    "conductor",
    "contributor",
    "director",
    "editor",
    "illustrator",
    "interviewee",
    "interviewer",
    "introducer",
    "lyricist",
    "narrator",
    "performer",
    "photographer",
    "producer",
    "translator",
]
Scheme = Literal[
    "control_number", "doi", "ean", "isbn", "ismn", "issn", "lccn", "oclc", "other", "upc", "uri", "urn"
]  # fmt: skip
_ROMOLA: dict[str, Any] = {
    "title": "Romola",
    "authors": ["George Eliot"],
    "contributors": [{"name": "Andrew Sanders", "role": "editor"}],
    "isbn": "978-0-14-043470-5",
    "identifiers": [{"scheme": "oclc", "value": "5564553"}],
    "publisher": "Penguin Classics",
    "published_year": 1863,
    "language": "en",
    "series": [{"title": "Penguin English Library"}],
    "subjects": ["Florence", "Renaissance"],
}


class ContributorRequest(Body):
    """Somebody who made the book besides its authors. Who did two things is listed twice."""

    name: Name
    role: Role


class IdentifierRequest(Body):
    """A number that others gave the book. `source` says whose: the catalogue of a control number, another scheme."""

    scheme: Scheme
    value: Annotated[str, line(200)]
    source: Annotated[str, line(100)] | None = None


class SeriesRequest(Body):
    """A series, and the book's place in it as it is printed."""

    title: Annotated[str, line(500)]
    number: Annotated[str, line(100)] | None = None


class BookPatchRequest(Body):
    """What changes, as a merge patch: null empties a field, a list replaces the whole list."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"edition": "2nd", "subjects": ["Florence"], "description": None}]}
    )

    title: Annotated[str, line(1000)] = Field(default_factory=str)  # never looked at unless it is given
    authors: Annotated[list[Name], Field(max_length=100)] | None = None
    contributors: Annotated[list[ContributorRequest], Field(max_length=100)] | None = None
    isbn: Annotated[str, line(40), read_by(READ_ISBN), Field(description=_ISBN)] | None = None
    identifiers: Annotated[list[IdentifierRequest], Field(max_length=100)] | None = None
    subtitle: Annotated[str, line(1000)] | None = None
    publisher: Name | None = None
    published_year: Annotated[int, Field(ge=-9999, le=9999, description="Negative before our era.")] | None = None
    edition: Name | None = None
    language: (
        Annotated[str, line(20), read_by(READ_LANGUAGE), Field(description="ISO 639, two or three letters.")] | None
    ) = None
    series: Annotated[list[SeriesRequest], Field(max_length=100)] | None = None
    subjects: Annotated[list[Annotated[str, line(200)]], Field(max_length=100)] | None = None
    description: Annotated[str, paragraph(10_000)] | None = Field(None, description="Shown to everybody.")

    def fields(self) -> dict[str, Any]:
        """Return the given fields as the use cases take them."""
        return {name: _plain(getattr(self, name)) for name in self.model_fields_set}


class BookReplaced(BookPatchRequest):
    """All that the catalogue says of a book from now on; what is left out it says no more."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROMOLA]})

    title: Annotated[str, line(1000)]
    authors: Annotated[list[Name], Field(max_length=100)]

    def fields(self) -> dict[str, Any]:
        """Return every field as the use cases take it."""
        return {name: _plain(getattr(self, name)) for name in type(self).model_fields}


class BookRequest(BookReplaced):
    """What the title page says."""

    authors: Annotated[list[Name], Field(min_length=1, max_length=100)]


def _plain(value: Any) -> Any:
    """Return lists as tuples, and things of several parts as tuples of these."""
    if isinstance(value, list):
        return tuple(tuple(part.model_dump().values()) if isinstance(part, Body) else part for part in value)
    return value


class AvailabilityResponse(ResponseModel):
    """Copies on record; those that may be lent at all; those on the shelf, on loan, or waiting for somebody."""

    copies: int
    lendable: int
    available: int
    on_loan: int
    on_hold_shelf: int


class ContributorResponse(ResponseModel):
    """Somebody who made the book besides its authors."""

    name: str
    role: Role


class IdentifierResponse(ResponseModel):
    """A number that others gave the book."""

    scheme: Scheme
    value: str
    source: str | None


class SeriesResponse(ResponseModel):
    """A series, and the book's place in it."""

    title: str
    number: str | None


_AVAILABILITY = {"copies": 2, "lendable": 2, "available": 1, "on_loan": 1, "on_hold_shelf": 0}
_ROMOLA_SHOWN = {
    **dict.fromkeys(("subtitle", "edition", "description")),
    **_ROMOLA,
    "isbn": "9780140434705",
    "isbn_hyphenated": "978-0-14-043470-5",
    "isbn10": "0140434704",
    "identifiers": [{"scheme": "oclc", "value": "5564553", "source": None}],
    "series": [{"title": "Penguin English Library", "number": None}],
    "book_id": "01a20f56-0b5a-72ae-b315-6757a5c0edd1",
    "availability": _AVAILABILITY,
    "added_at": "2026-03-01T09:30:00Z",
}


class BookResponse(ResponseModel):
    """A book, and how many copies of it can be had. An ISBN that begins with 979 has no form of ten digits."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROMOLA_SHOWN]})

    book_id: UUID
    title: str
    authors: list[str]
    contributors: list[ContributorResponse]
    isbn: str | None
    identifiers: list[IdentifierResponse]
    subtitle: str | None
    publisher: str | None
    published_year: int | None
    edition: str | None
    language: str | None
    series: list[SeriesResponse]
    subjects: list[str]
    description: str | None
    availability: AvailabilityResponse
    added_at: Moment

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def isbn_hyphenated(self) -> str | None:
        """The ISBN in its groups, as it is printed."""
        return _other_forms(self.isbn)[0]

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def isbn10(self) -> str | None:
        """The ISBN in its old form of ten digits."""
        return _other_forms(self.isbn)[1]


@lru_cache(maxsize=4096)
def _other_forms(isbn: str | None) -> tuple[str | None, str | None]:
    """Return an ISBN in groups, and as ISBN-10. Finding the groups takes longer than all the rest of a book."""
    if isbn is None:
        return None, None
    return isbns.format(isbn), isbns.to_isbn10(isbn) if isbn.startswith("978") else None


def availability_mark(seen: AvailabilityView) -> str:
    """Return what stands, in the entity tag, for the availability: it changes without a new version of the book."""
    if not seen.copies:
        return ""
    return f"{seen.copies}c{seen.lendable}l{seen.available}a{seen.on_loan}o{seen.on_hold_shelf}h"

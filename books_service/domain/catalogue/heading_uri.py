"""URIs of headings: who a name or what a subject of a book is, as an authority file on the web names it."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from books_service.domain.text import line
from shared.kernel.errors import InvalidValue

LONGEST_URI = 500
LONGEST_HEADING = 300


class InvalidHeadingUri(InvalidValue):
    """That names nothing of the book."""

    code = "invalid-heading-uri"
    detail = (
        "Each URI is an address of the web, such as https://d-nb.info/gnd/118629662, for one of the names or subjects "
        "of the book, written as there."
    )
    field = "heading_uris"


@dataclass(frozen=True, slots=True, order=True)
class HeadingUri:
    """A name or subject as the book has it, and what an authority file on the web (VIAF, GND, LCSH) calls it."""

    heading: str
    uri: str

    @classmethod
    def of(cls, heading: str, uri: str) -> Self:
        """Raises InvalidText or InvalidHeadingUri."""
        clean = line(uri, field="heading_uris", limit=LONGEST_URI)
        try:
            parts = urlsplit(clean)
        except ValueError:
            raise InvalidHeadingUri from None
        if parts.scheme not in {"http", "https"} or not parts.netloc or " " in clean:
            raise InvalidHeadingUri
        return cls(line(heading, field="heading_uris", limit=LONGEST_HEADING), clean)

"""What a record says beside its title page: how the book is classified, and where more of it is on the web."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from books_service.domain.text import InvalidText, line

LONGEST_CLASS = 100
LONGEST_SCHEME = 40
LONGEST_URL = 2000
LONGEST_LABEL = 300


@dataclass(frozen=True, slots=True)
class Classification:
    """A class that the book is filed under, and the scheme that it belongs to: `ddc`, `lcc`, `udc` or another."""

    value: str
    scheme: str | None = None

    @classmethod
    def of(cls, value: str, scheme: str | None = None) -> Self:
        """Raises InvalidText."""
        clean = line(value, field="classification", limit=LONGEST_CLASS)
        return cls(clean, None if scheme is None else line(scheme, field="classification", limit=LONGEST_SCHEME))


@dataclass(frozen=True, slots=True)
class Link:
    """An address on the web, and what is found there."""

    url: str
    label: str | None = None

    @classmethod
    def of(cls, url: str, label: str | None = None) -> Self:
        """Raises InvalidText, also for what is no address of the web."""
        clean = line(url, field="links", limit=LONGEST_URL)
        try:
            parts = urlsplit(clean)
        except ValueError:
            parts = None
        if parts is None or parts.scheme.lower() not in {"http", "https", "ftp"} or not parts.netloc:
            detail = "A link is a whole address of the web, such as https://example.org/book."
            raise InvalidText(detail, field="links")
        return cls(clean, None if label is None else line(label, field="links", limit=LONGEST_LABEL))

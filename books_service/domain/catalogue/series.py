"""The series that a book came out in, and its place there."""

from dataclasses import dataclass
from typing import Self

from books_service.domain.text import line

LONGEST_SERIES_TITLE = 500
LONGEST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class Series:
    """`number` is what the book itself prints: 3, 12a, Bd. IV."""

    title: str
    number: str | None = None

    @classmethod
    def of(cls, title: str, number: str | None = None) -> Self:
        """Raises InvalidText."""
        clean = line(title, field="series", limit=LONGEST_SERIES_TITLE)
        return cls(clean, None if number is None else line(number, field="series", limit=LONGEST_NUMBER))

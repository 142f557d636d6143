"""What was done to a book or a copy, and who fetches that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a field said before and after, as JSON values."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did to a book or a copy; `by` None is the library itself. `place` grows with time."""

    place: int
    at: datetime
    by: str | None
    act: str
    changed: tuple[FieldChange, ...]


class History(Protocol):
    """Fetches what was done, newest first: up to `limit` changes before the place `before`."""

    async def of_book(self, book_id: UUID, *, before: int | None, limit: int) -> list[Change]:
        """Return the changes of a book, even of one that is gone. Raises BookNotFound."""
        ...

    async def of_copy(self, copy_id: UUID, *, before: int | None, limit: int) -> list[Change]:
        """Raises CopyNotFound."""
        ...

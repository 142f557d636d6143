"""What was done to a book or a copy."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a field said before and after, as JSON values."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """What somebody did to a book or a copy; `by` None is the library itself. `place` grows with time."""

    place: int
    at: datetime
    by: str | None
    act: str
    changed: tuple[FieldChange, ...]

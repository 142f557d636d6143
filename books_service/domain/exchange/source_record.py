"""Records as they came, which is more than the catalogue reads of them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record as it came, so that it can go out as rich as it came in: its fields as JSON values."""

    leader: str
    fields: tuple[Any, ...]

"""What is on record of a membership beside what it is today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class HappeningView:
    """One entry of a member's history. `by` is the account or client that did it, None for the library itself."""

    happening_id: UUID
    member_id: UUID
    what: str
    at: datetime
    by: str | None
    reason: str | None
    facts: Mapping[str, str]

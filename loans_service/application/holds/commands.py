"""What somebody asks for who has a hold."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.persistence.unit_of_work import SYSTEM


@dataclass(frozen=True, slots=True)
class OfHold:
    """Which hold: with `only_of`, one of this member alone. `by` says who asks; `version` is the one that was seen."""

    hold_id: UUID
    only_of: UUID | None = None
    by: str = SYSTEM
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Suspend:
    """Let others pass a hold until this moment; None: until it is resumed."""

    hold: OfHold
    until: datetime | None = None

"""The commands that concern an existing hold."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.persistence.unit_of_work import SYSTEM


@dataclass(frozen=True, slots=True)
class OfHold:
    """The hold: with `only_of`, only if it is that member's. `by` is who asks; `version` is the one that was read."""

    hold_id: UUID
    only_of: UUID | None = None
    by: str = SYSTEM
    version: int | None = None


@dataclass(frozen=True, slots=True)
class HoldSuspension:
    """Suspend a hold until this moment, or until it is resumed if that is None."""

    hold: OfHold
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class HoldCancellation:
    """Cancel a hold, on request or by the library itself for a `reason`, which is a code.

    The `explanation` is read by the member, and given by staff only (`by_staff`). `acted_by` is the guardian or proxy
    who asked for it.
    """

    hold: OfHold
    reason: str | None = None
    explanation: str | None = None
    by_staff: bool = False
    acted_by: UUID | None = None

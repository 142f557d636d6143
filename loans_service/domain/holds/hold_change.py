"""What members may change of how they wait."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class HoldChange:
    """How a member waits: where the copy is fetched, from and until which day, and a comment."""

    pickup_branch: str | None
    not_before: date | None
    expires_on: date | None
    comment: str | None

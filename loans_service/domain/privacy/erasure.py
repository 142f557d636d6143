"""How a borrower who leaves is let go: when nothing binds the two any more, lending forgets who it was."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpenObligations:
    """What still binds a borrower to the library. Whatever else may be open one day is counted here, too."""

    open_loans: int = 0
    active_holds: int = 0
    fines_owed: int = 0

    @property
    def nothing_left(self) -> bool:
        """Whether the borrower can be let go."""
        return not (self.open_loans or self.active_holds or self.fines_owed)


@dataclass(frozen=True, slots=True)
class BorrowerCleared:
    """Nothing is open, and lending has forgotten who borrowed what. `leaving_id` is the request that this answers."""

    member_id: UUID
    leaving_id: UUID
    at: datetime

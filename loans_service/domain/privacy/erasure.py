"""Erasing a borrower who leaves: once they have no open obligations, lending forgets who they were."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpenObligations:
    """The open obligations that delay the erasure of a borrower. New kinds of obligations are counted here."""

    open_loans: int = 0
    active_holds: int = 0
    fines_owed: int = 0
    payouts_due: int = 0

    @property
    def nothing_left(self) -> bool:
        """Whether the borrower can be erased."""
        return not (self.open_loans or self.active_holds or self.fines_owed or self.payouts_due)


@dataclass(frozen=True, slots=True)
class BorrowerCleared:
    """Lending has forgotten who borrowed what. `leaving_id` is the request that this answers."""

    member_id: UUID
    leaving_id: UUID
    at: datetime

"""What letting go of people needs from outside."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.domain.holds.joined_queues import QueuedHold
from loans_service.domain.privacy.erasure import BorrowerCleared, OpenObligations


class ErasureRequests(Protocol):
    """The borrowers who leave."""

    async def note(self, member_id: UUID, *, leaving_id: UUID | None, sequence: int) -> None:
        """Remember a request to leave, or None for somebody who stays, unless later news is known already."""
        ...

    async def keep_history(self, member_id: UUID, *, keep: bool, forget: bool | None = None) -> None:
        """Note whether the history of loans is to be kept, or each loan forgotten when it is over.

        Without a word on forgetting that stays as it was, but ends where the history is kept.
        """
        ...

    async def forget_history(self, member_id: UUID, *, now: datetime, loan_id: UUID | None = None) -> int:
        """Make closed loans for which nothing is owed anonymous, or the one named, and drop ended holds.

        Returns how many loans.
        """
        ...

    async def holds_of_both(self, member_id: UUID, other_id: UUID) -> list[QueuedHold]:
        """Return the active holds of two members."""
        ...

    async def lock_both(self, member_id: UUID, other_id: UUID) -> None:
        """Keep desks from serving either of two members."""
        ...

    async def record_that_stays(self, member_id: UUID) -> UUID:
        """Return whom everything of a merged member belongs to now; themselves for somebody who was not merged."""
        ...

    async def hand_over(self, member_id: UUID, *, into: UUID, sequence: int, now: datetime) -> None:
        """Let all loans, holds and debts of a member be another's. Lock both before.

        Afterwards nobody is served as the first one any more, whatever older news says. Was the other one let go
        already, that is to be done once more; was it merged once, it stays after all.
        """
        ...

    async def hold_as(self, category: str, member_id: UUID) -> list[UUID]:
        """Let the active holds of a member be of this category; return the books of those that were of another."""
        ...

    async def waiting(self, *, most: int) -> list[UUID]:
        """Return some of those who leave and are not let go yet: with holds to be cancelled, or with nothing open."""
        ...

    async def active_holds_of(self, member_id: UUID) -> list[UUID]:
        """Return the holds of somebody who waits to be let go; none for others."""
        ...

    async def lock(self, member_id: UUID) -> UUID | None:
        """Return the request of somebody who waits to be let go, keeping desks from serving them; None for others."""
        ...

    async def open_obligations(self, member_id: UUID) -> OpenObligations: ...

    async def anonymise(self, cleared: BorrowerCleared) -> None:
        """Forget who borrowed what, and tell that it is done."""
        ...

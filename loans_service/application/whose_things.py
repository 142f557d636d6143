"""Whose loans, holds and fines members may look at."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.neighbours import Guardians
from loans_service.domain.borrower import MemberNotFound
from loans_service.persistence.merged_records import MergedRecords
from shared.kernel.errors import NeighbourUnavailable, refuses


@refuses(MemberNotFound, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class WhoseThings:
    """Say whose things somebody gets to see: their own, or those of a member whose guardian, allowed to see, they are.

    Members decides, at each request: who is a guardian no more sees nothing from then on. For anybody else's id there
    is the same 404 as for one that nobody has.
    """

    guardians: Guardians
    merged: MergedRecords

    async def __call__(self, *, own_id: UUID, member_id: UUID | None) -> UUID:
        """Return whose. Raises MemberNotFound, or NeighbourUnavailable when members does not answer."""
        if member_id is None or member_id == own_id:
            return own_id
        if not await self.guardians.may_see(own_id, member_id=member_id):
            raise MemberNotFound
        return await self.merged.record_that_stays(member_id)

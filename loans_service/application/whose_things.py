"""Whose loans, holds and fines members may see."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.neighbours import Guardians, MemberDirectory, MemberKey
from loans_service.domain.borrower import GuardianNotFound, MemberNotFound
from loans_service.persistence.merged_records import MergedRecords
from shared.kernel.errors import NeighbourUnavailable, refuse_if_any, refuses


@refuses(MemberNotFound, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class WhoseThings:
    """Decide whose things a member sees: their own, or those of a ward whose guardian they are with permission to see.

    Members decides at each request, so a former guardian sees nothing. Any other id gives the same 404 as an unknown
    one.
    """

    guardians: Guardians
    merged: MergedRecords

    async def __call__(self, *, own_id: UUID, member_id: UUID | None) -> UUID:
        """Return the id of that member. Raises MemberNotFound, or NeighbourUnavailable if members does not answer."""
        if member_id is None or member_id == own_id:
            return own_id
        if not await self.guardians.may_see(own_id, member_id=member_id):
            raise MemberNotFound
        return await self.merged.record_that_stays(member_id)


async def acting_for(guardian: MemberKey, members: MemberDirectory, right: str) -> tuple[UUID, UUID]:
    """Return for whom the guardian acts, and who that is. Raises what members refuses, and MayNotActFor."""
    standing = await members.standing(guardian)
    if standing.acted_by is None:
        raise GuardianNotFound
    refuse_if_any(standing.acted_by.against(right))
    return standing.member_id, standing.acted_by.member_id

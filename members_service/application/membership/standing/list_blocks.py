"""Show what staff have stopped."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.membership.standing.views import BlockView
from members_service.application.membership.views import MemberViews
from members_service.domain.unknown_member import MemberNotFound

REFUSALS = (MemberNotFound,)


@dataclass(frozen=True, slots=True)
class ListBlocks:
    """Blocks that ended by themselves are listed too, until somebody lifts them."""

    members: MemberViews

    async def __call__(self, member_id: UUID, *, limit: int, after: UUID | None) -> list[BlockView]:
        """Return up to `limit` blocks behind that one, oldest first. Raises MemberNotFound."""
        return await self.members.blocks(member_id, limit=limit, after=after)

"""Show what staff have stopped."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.standing.views import BlockView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@refuses(MemberNotFound)
@dataclass(frozen=True, slots=True)
class ListBlocks:
    """Blocks that ended by themselves are listed too, until somebody lifts them. The look is on record (`read`)."""

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    clock: Clock

    async def __call__(
        self, member_id: UUID, *, limit: int, after: UUID | None, by: str | None = None
    ) -> list[BlockView]:
        """Return up to `limit` blocks behind that one, oldest first. Raises MemberNotFound."""
        member_id = await self.members.stands_for(member_id)
        found = await self.members.blocks(member_id, limit=limit, after=after)
        await record_reading(self.unit_of_work, [member_id], by=by, now=self.clock.now())
        return found

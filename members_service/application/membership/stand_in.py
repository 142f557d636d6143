"""Who stands in for whom: asked by those who do, and by services that must know."""

from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.views import GuardianView, MemberFilter, MemberView, MemberViews
from members_service.domain.membership.guardian import GuardianNotFound
from members_service.domain.membership.membership import day_in
from shared.kernel.clock import Clock

REFUSALS = (GuardianNotFound,)


@dataclass(frozen=True, slots=True)
class ShowGuardian:
    """Tell what one member may do for another one: `see`, `collect`, `pay`.

    For the services that keep what a guardian may see. Who may nothing, or stands in for nobody, is a 404.
    """

    members: MemberViews

    async def __call__(self, member_id: UUID, guardian_id: UUID) -> GuardianView:
        """Return what the guardian may. Raises GuardianNotFound."""
        ward, guardian = [await self.members.stands_for(one) for one in (member_id, guardian_id)]
        return await self.members.guardian(ward, guardian)


@dataclass(frozen=True, slots=True)
class ListWards:
    """List those whose guardian the caller is and whom the caller may see, in the order in which they joined.

    Their loans, holds and fines are in the caller's lists of them when asked for with `member_id`.
    """

    members: MemberViews
    clock: Clock
    zone: tzinfo

    async def __call__(self, guardian_id: UUID, *, limit: int, after: UUID | None) -> list[MemberView]:
        """Return up to `limit` of them that joined after that one."""
        today = day_in(self.zone, at=self.clock.now())
        found = await self.members.members(MemberFilter(seen_by=guardian_id), today=today, limit=limit, after=after)
        return [member.told_to_the_member() for member in found]

"""Look members up."""

from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.views import MemberFilter, MemberView, MemberViews
from members_service.domain.membership.card import CardReplaced
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock

REFUSALS = (MemberNotFound,)
LIST_REFUSALS = (CardReplaced,)


@dataclass(frozen=True, slots=True)
class ShowMember:
    """Show one member. Members see themselves; anybody else is as unknown to them as somebody who never joined."""

    members: MemberViews
    clock: Clock
    zone: tzinfo

    async def __call__(self, member_id: UUID, *, only_of: UUID | None) -> MemberView:
        """Return the member; with `only_of`, that one alone. Raises MemberNotFound."""
        if only_of not in (None, member_id):
            raise MemberNotFound
        return await self.members.member(member_id, today=day_in(self.zone, at=self.clock.now()))


@dataclass(frozen=True, slots=True)
class ListMembers:
    """List members in the order in which they joined.

    Everything that is asked for applies together. A replaced card is refused, and says so.
    """

    members: MemberViews
    clock: Clock
    zone: tzinfo

    async def __call__(self, wanted: MemberFilter, *, limit: int, after: UUID | None) -> list[MemberView]:
        """Return up to `limit` members that joined after that one. Raises CardReplaced."""
        return await self.members.members(
            wanted, today=day_in(self.zone, at=self.clock.now()), limit=limit, after=after
        )

"""Look members up."""

from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.views import MemberFilter, MemberView, MemberViews
from members_service.domain.membership.card import CardReplaced
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock

REFUSALS = (MemberNotFound,)
LIST_REFUSALS = (CardReplaced,)


async def show_member(
    member_id: UUID, *, only_of: UUID | None, members: MemberViews, clock: Clock, zone: tzinfo
) -> MemberView:
    """Show one member. With `only_of`, anybody else is as unknown as somebody who never joined."""
    if only_of not in (None, member_id):
        raise MemberNotFound
    return await members.member(member_id, today=day_in(zone, at=clock.now()))


async def list_members(
    wanted: MemberFilter, *, limit: int, after: UUID | None, members: MemberViews, clock: Clock, zone: tzinfo
) -> list[MemberView]:
    """List members in the order in which they joined."""
    return await members.members(wanted, today=day_in(zone, at=clock.now()), limit=limit, after=after)

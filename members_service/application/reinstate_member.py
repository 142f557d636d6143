"""Lift a suspension."""

from datetime import tzinfo
from uuid import UUID

from members_service.application.ports import UnitOfWork
from members_service.application.views import MemberView
from members_service.domain.member import MemberNotFound, MemberNotSuspended
from members_service.domain.membership import day_in
from shared.kernel.clock import Clock

REFUSALS = (MemberNotFound, MemberNotSuspended)


async def reinstate_member(member_id: UUID, *, uow: UnitOfWork, clock: Clock, zone: tzinfo) -> MemberView:
    """Lift the suspension of a member; blocks stay as they are."""
    now = clock.now()
    today = day_in(zone, at=now)
    async with uow:
        member = await uow.members.get(member_id)
        member.reinstate(today=today, now=now)
        answer = MemberView.of(member, today=today)
        await uow.commit(answer=answer)
    return answer

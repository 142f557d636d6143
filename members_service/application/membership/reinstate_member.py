"""Lift a suspension, or let somebody who was leaving stay."""

from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.ports import MembershipWork
from members_service.application.membership.views import MemberView
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.membership.member import MemberNotSuspended
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock

REFUSALS = (MemberNotFound, MemberNotSuspended)


async def reinstate_member(
    member_id: UUID, *, by: str | None = None, uow: MembershipWork, clock: Clock, zone: tzinfo
) -> MemberView:
    """Let a member who is leaving stay, as long as nothing was erased; otherwise lift the suspension.

    - A suspended member who stays is still suspended: reinstate once more.
    - Blocks stay as they are.
    """
    now = clock.now()
    today = day_in(zone, at=now)
    async with uow:
        member = await uow.members.get(member_id)
        if member.is_leaving:
            uow.audit.add(AuditRecord(AuditAction.ERASURE_WITHDRAWN, now, by=by, member_id=member.id))
        member.reinstate(by=by, today=today, now=now)
        answer = MemberView.of(member, today=today)
        await uow.commit(answer=answer)
    return answer

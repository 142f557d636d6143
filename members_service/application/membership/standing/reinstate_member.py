"""Lift a suspension, or let somebody who was leaving stay."""

from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.views import MemberView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes
from members_service.domain.membership.member_refusals import MemberNotSuspended
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Reinstate:
    """Who is reinstated; `by` is who asks, `by_member` the own member id of that person, if any."""

    member_id: UUID
    by: str | None = None
    by_member: UUID | None = None


@refuses(MemberNotFound, FourEyes, MemberNotSuspended)
@dataclass(frozen=True, slots=True)
class ReinstateMember:
    """Let a member who is leaving stay, as long as nothing was erased; otherwise lift the suspension.

    - A suspended member who stays is still suspended: reinstate once more.
    - Blocks stay as they are.
    - Nobody of the staff reinstates themselves.
    """

    unit_of_work: MembershipWorkFactory
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: Reinstate, receipt: Receipt | None = None) -> MemberView:
        """Raise MemberNotFound, FourEyes or MemberNotSuspended."""
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            expect_four_eyes(member.id, by_member=command.by_member)
            if member.is_leaving:
                uow.audit.add(AuditRecord(AuditAction.ERASURE_WITHDRAWN, now, by=command.by, member_id=member.id))
            member.reinstate(by=command.by, today=today, now=now)
            answer = MemberView.of(member, today=today)
            await uow.commit(answer=answer)
        return answer

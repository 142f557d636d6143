"""Stop a whole membership."""

from dataclasses import dataclass
from datetime import date, tzinfo
from uuid import UUID

from members_service.application.membership.views import MemberView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes
from members_service.domain.membership.member_refusals import EndsInThePast
from members_service.domain.membership.membership import day_in
from members_service.domain.membership.standing import Suspension
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class MemberSuspension:
    """Whom to suspend, why, and through which day; None: open-ended.

    `by` is who asks, `by_member` the own member id of that person, if any.
    """

    member_id: UUID
    reason: str
    until: date | None = None
    by: str | None = None
    by_member: UUID | None = None


@refuses(MemberNotFound, FourEyes, EndsInThePast)
@dataclass(frozen=True, slots=True)
class SuspendMember:
    """Stop borrowing, renewing and holds of a member.

    - The suspension holds through the whole of its last day, or until somebody reinstates the member.
    - Suspending a suspended member replaces reason and end.
    - Nobody of the staff suspends themselves: it would replace another end.
    - The reason is for staff and the member; it is in no event, and no check-out tells it.
    """

    unit_of_work: MembershipWorkFactory
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: MemberSuspension, receipt: Receipt | None = None) -> MemberView:
        """Raise MemberNotFound, FourEyes or EndsInThePast."""
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            expect_four_eyes(member.id, by_member=command.by_member)
            member.suspend(Suspension(command.reason, command.until), by=command.by, today=today, now=now)
            answer = MemberView.of(member, today=today)
            await uow.commit(answer=answer)
        return answer

"""Take a block away."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes
from members_service.domain.membership.standing import BlockNotFound
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@refuses(MemberNotFound, FourEyes, BlockNotFound)
@dataclass(frozen=True, slots=True)
class LiftBlock:
    """Lift one block of a member. Nobody of the staff lifts their own."""

    unit_of_work: MembershipWorkFactory
    clock: Clock

    async def __call__(
        self, member_id: UUID, block_id: UUID, *, by: str | None = None, by_member: UUID | None = None
    ) -> None:
        """Raise MemberNotFound, FourEyes or BlockNotFound."""
        async with self.unit_of_work() as uow:
            member = await uow.members.get(member_id)
            expect_four_eyes(member.id, by_member=by_member)
            member.lift_block(block_id, by=by, now=self.clock.now())
            await uow.commit()

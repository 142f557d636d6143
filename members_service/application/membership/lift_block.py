"""Take a block away."""

from uuid import UUID

from members_service.application.membership.ports import MembershipWork
from members_service.domain.membership.block import BlockNotFound
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock

REFUSALS = (MemberNotFound, BlockNotFound)


async def lift_block(
    block_id: UUID, *, member_id: UUID, by: str | None = None, uow: MembershipWork, clock: Clock
) -> None:
    """Lift one block of a member."""
    async with uow:
        member = await uow.members.get(member_id)
        member.lift_block(block_id, by=by, now=clock.now())
        await uow.commit()

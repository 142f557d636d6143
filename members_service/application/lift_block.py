"""Take a block away."""

from uuid import UUID

from members_service.application.ports import UnitOfWork
from members_service.domain.member import BlockNotFound, MemberNotFound

REFUSALS = (MemberNotFound, BlockNotFound)


async def lift_block(block_id: UUID, *, member_id: UUID, uow: UnitOfWork) -> None:
    """Lift one block of a member."""
    async with uow:
        member = await uow.members.get(member_id)
        member.lift_block(block_id)
        await uow.commit()

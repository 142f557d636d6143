"""Stop one action of a member: place a block, lift it, list them."""

from dataclasses import dataclass
from datetime import date, tzinfo
from uuid import UUID

from members_service.application.membership.home_branch import LibraryBranches, checked_branch
from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.standing.views import BlockView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes
from members_service.domain.membership.member_record import UnknownBranch
from members_service.domain.membership.member_refusals import EndsInThePast
from members_service.domain.membership.membership import day_in, end_of_day
from members_service.domain.membership.standing import Action, ActionBlock, Block, BlockNotFound
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.domain.rights import BLOCK_MEMBERS
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class PlaceBlock:
    """Whom to block, from what, why, and through which day; None: open-ended. `by` is who asks.

    It counts in one `branch`, or in all.
    """

    member_id: UUID
    action: Action
    reason: str
    until: date | None = None
    by: str | None = None
    branch: str | None = None


@refuses(MemberNotFound, EndsInThePast, UnknownBranch, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class BlockMember:
    """Stop borrowing, renewing, placing holds or fetching what is ready, and leave the rest of the membership as it is.

    - With `branch` it counts in that branch alone: lending asks where a copy is lent, a loan was made, and a hold is to
      be fetched.
    - A block of one branch is placed by who may block there; one of all, by any desk.
    - The block holds through the whole of its last day, or until somebody lifts it.
    - Several blocks of one action may stand side by side, each with its reason.
    """

    unit_of_work: MembershipWorkFactory
    branches: LibraryBranches
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: PlaceBlock, receipt: Receipt | None = None) -> BlockView:
        """Raise MemberNotFound, EndsInThePast, UnknownBranch, or NeighbourUnavailable."""
        now, branch = self.clock.now(), command.branch
        if branch is not None:
            authorise(BLOCK_MEMBERS, branch)
            branch = await checked_branch(branch, self.branches, field="branch")
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            block = Block(
                id=new_id(),
                effect=ActionBlock(command.action, command.until, branch),
                reason=command.reason,
                placed_at=now,
            )
            member.block(block, by=command.by, today=day_in(self.zone, at=now))
            answer = BlockView.of(block, member_id=member.id)
            facts = {"until": None if command.until is None else command.until.isoformat()}
            uow.notify(
                Occurrence(
                    member.id,
                    NoticeKind.BLOCKED,
                    block.id,
                    now,
                    branch=branch,
                    valid_until=None if command.until is None else end_of_day(command.until, self.zone),
                    facts=facts,
                )
            )
            await uow.commit(answer=answer)
        return answer


@refuses(MemberNotFound, FourEyes, BlockNotFound)
@dataclass(frozen=True, slots=True)
class LiftBlock:
    """Lift one block of a member; a block of one branch needs the right there. Nobody of the staff lifts their own."""

    unit_of_work: MembershipWorkFactory
    clock: Clock

    async def __call__(
        self, member_id: UUID, block_id: UUID, *, by: str | None = None, by_member: UUID | None = None
    ) -> None:
        """Raise MemberNotFound, FourEyes or BlockNotFound."""
        async with self.unit_of_work() as uow:
            member = await uow.members.get(member_id)
            expect_four_eyes(member.id, by_member=by_member)
            lifted = member.lift_block(block_id, by=by, now=self.clock.now())
            authorise(BLOCK_MEMBERS, lifted.effect.branch)
            await uow.notices.withdraw(NoticeKind.BLOCKED, block_id)
            await uow.commit()


@refuses(MemberNotFound)
@dataclass(frozen=True, slots=True)
class ListBlocks:
    """Blocks that ended by themselves are listed too, until somebody lifts them. The look is on record (`read`)."""

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    clock: Clock

    async def __call__(
        self, member_id: UUID, *, limit: int, after: UUID | None, by: str | None = None
    ) -> list[BlockView]:
        """Return up to `limit` blocks behind that one, oldest first. Raises MemberNotFound."""
        member_id = await self.members.stands_for(member_id)
        found = await self.members.blocks(member_id, limit=limit, after=after)
        await record_reading(self.unit_of_work, [member_id], by=by, now=self.clock.now())
        return found

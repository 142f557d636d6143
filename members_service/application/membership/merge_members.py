"""Make one record of two that are of one person."""

from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.views import MemberView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes
from members_service.domain.membership.guardian import OwnGuardian
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.member_refusals import MemberIsLeaving, MergeNeedsAdmin, SameMember
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Merge:
    """Which record goes, and into which; `by` is who asks, `by_admin` whether that is one who may give rights.

    `by_member` is the own member id of that person, if any.
    """

    member_id: UUID
    into: UUID
    by: str | None = None
    by_admin: bool = False
    by_member: UUID | None = None


@refuses(MemberNotFound, FourEyes, MemberIsLeaving, MergeNeedsAdmin, SameMember, OwnGuardian)
@dataclass(frozen=True, slots=True)
class MergeMembers:
    """Make one record of two that are of one person; the one merged is gone, and everything it had is the other's.

    - What is known of the record that stays is kept, what is missing there comes from the other one: contact, notes,
      attributes, PIN, photograph, guardians, the choice about past loans. Blocks and history are of both, the
      membership lasts to the later day, and so does a suspension.
    - Where an account of either may do more than a member's, an admin merges: it then belongs to the other record.
    - Every card of both finds the member. So does the other record's id, whatever is asked or done by it; answers name
      the record that stays. Its accounts sign in anew.
    - Loans, holds and debts follow by the event `members.member.merged`.
    - Nobody of the staff merges a record of their own.
    - It cannot be undone.
    """

    unit_of_work: MembershipWorkFactory
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: Merge, receipt: Receipt | None = None) -> MemberView:
        """Raise MemberNotFound, FourEyes, MemberIsLeaving, SameMember or MergeNeedsAdmin."""
        now = self.clock.now()
        async with self.unit_of_work(receipt) as uow:
            member_id, into = [
                await uow.members.id_of(MemberReference(one)) for one in (command.member_id, command.into)
            ]
            if member_id == into:
                raise SameMember
            expect_four_eyes(member_id, into, by_member=command.by_member)
            first, second = sorted((member_id, into))  # in one order: two mergers never wait in a ring
            locked = {first: await uow.members.get(first), second: await uow.members.get(second)}
            gone, stays = locked[member_id], locked[into]
            if not command.by_admin and await uow.accounts_of_members.some_do_more([first, second]):
                raise MergeNeedsAdmin
            await uow.accounts_of_members.hand_over(gone.id, to=stays.id, by=command.by, now=now)
            await uow.photos.hand_over(gone.id, to=stays.id)
            await uow.members.fold(gone, into=stays, now=now)
            await uow.preferences.hand_over(gone.id, to=stays.id)
            await uow.notices.hand_over(gone.id, to=stays.id)
            await uow.notice_messages.hand_over(gone.id, to=stays.id)
            stays.absorb(gone, by=command.by, now=now)  # now that nobody else has its external id
            answer = MemberView.of(stays, today=day_in(self.zone, at=now))
            await uow.commit(answer=answer)
        return answer

"""Write a message for the desk, list them, say that one was read or is done."""

from dataclasses import dataclass
from datetime import date, tzinfo
from uuid import UUID

from members_service.application.membership.desk_messages.queries import DeskMessageQueries
from members_service.application.membership.desk_messages.views import DeskMessageView
from members_service.application.membership.home_branch import LibraryBranches, checked_branch
from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.desk_message import DeskMessage, DeskMessageDone, DeskMessageNotFound, DeskNote
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes
from members_service.domain.membership.member_record import UnknownBranch
from members_service.domain.membership.member_refusals import EndsInThePast
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class WriteMessage:
    """About whom, what it says, at which branch (None: at all) and through which day (None: until it is done)."""

    member_id: UUID
    text: str
    branch: str | None = None
    until: date | None = None
    by: str | None = None


@refuses(MemberNotFound, EndsInThePast, UnknownBranch, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class WriteDeskMessage:
    """Leave a message for the desk, which is shown whenever the member's card is scanned.

    - It is shown through its last day, at its branch or at all of them, until somebody says that it is done.
    - It is read by staff only. Lending shows it with check-outs, through the member's standing.
    """

    unit_of_work: MembershipWorkFactory
    branches: LibraryBranches
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: WriteMessage, receipt: Receipt | None = None) -> DeskMessageView:
        """Raise MemberNotFound, EndsInThePast, UnknownBranch or NeighbourUnavailable."""
        now = self.clock.now()
        if not DeskNote(command.text, until=command.until).is_shown_on(day_in(self.zone, at=now)):
            raise EndsInThePast
        branch = None if command.branch is None else await checked_branch(command.branch, self.branches, field="branch")
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            message = DeskMessage(
                id=new_id(),
                member_id=member.id,
                text=command.text,
                branch=branch,
                until=command.until,
                by=command.by,
                now=now,
            )
            uow.desk_messages.add(message)
            answer = DeskMessageView.of(message)
            await uow.commit(answer=answer)
        return answer


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """Which message was read, or is done; `by` is who says so, `by_member` the own member id of that person, if any."""

    member_id: UUID
    message_id: UUID
    by: str | None = None
    by_member: UUID | None = None


@refuses(MemberNotFound, DeskMessageNotFound, DeskMessageDone)
@dataclass(frozen=True, slots=True)
class ReadDeskMessage:
    """Note that a message was read. The first who read it stays on record; it goes on being shown until it is done."""

    unit_of_work: MembershipWorkFactory
    clock: Clock

    async def __call__(self, command: MessageSeen, receipt: Receipt | None = None) -> DeskMessageView:
        """Raise MemberNotFound, DeskMessageNotFound or DeskMessageDone."""
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            message = await uow.desk_messages.get(command.message_id, of=member.id)
            message.read(by=command.by, now=self.clock.now())
            answer = DeskMessageView.of(message)
            await uow.commit(answer=answer)
        return answer


@refuses(MemberNotFound, FourEyes, DeskMessageNotFound, DeskMessageDone)
@dataclass(frozen=True, slots=True)
class FinishDeskMessage:
    """Note that what a message asks for is done. No desk shows it any more; the list keeps it, and who did it.

    Nobody of the staff does away with one about themselves.
    """

    unit_of_work: MembershipWorkFactory
    clock: Clock

    async def __call__(self, command: MessageSeen, receipt: Receipt | None = None) -> DeskMessageView:
        """Raise MemberNotFound, FourEyes, DeskMessageNotFound or DeskMessageDone."""
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            expect_four_eyes(member.id, by_member=command.by_member)
            message = await uow.desk_messages.get(command.message_id, of=member.id)
            message.finish(by=command.by, now=self.clock.now())
            answer = DeskMessageView.of(message)
            await uow.commit(answer=answer)
        return answer


@refuses(MemberNotFound)
@dataclass(frozen=True, slots=True)
class ListDeskMessages:
    """List the messages about a member, those that are done as well unless `done` is false. The look is on record.

    A message whose last day has passed is listed, too, until somebody says that it is done.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    messages: DeskMessageQueries
    clock: Clock
    zone: tzinfo

    async def __call__(
        self, member_id: UUID, *, done: bool | None, limit: int, after: UUID | None, by: str | None = None
    ) -> list[DeskMessageView]:
        """Return up to `limit` messages behind that one, oldest first. Raises MemberNotFound."""
        now = self.clock.now()
        member = await self.members.member(member_id, today=day_in(self.zone, at=now))
        found = await self.messages.messages(member.member_id, done=done, limit=limit, after=after)
        await record_reading(self.unit_of_work, [member.member_id], by=by, now=now)
        return found

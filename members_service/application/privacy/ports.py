"""What privacy needs from outside: all that membership and identity read and write, for it erases both."""

from typing import Protocol

from members_service.application.identity.work import IdentityWork
from members_service.application.membership.ports import Members, MembershipWork
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberEvent
from shared.kernel.receipts import Opens


class ErasableMembers(Members, Protocol):
    """The members on record, who can be taken from it."""

    async def remove(self, member: Member) -> None:
        """Remove the member and everything that hangs on it: cards, blocks, history, accounts and their sessions."""
        ...


class PrivacyWork(MembershipWork, IdentityWork, Protocol):
    """One transaction of privacy."""

    @property
    def members(self) -> ErasableMembers: ...

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        """Note an incoming message in this transaction; False when this listener has done its work before."""
        ...

    def tell(self, event: MemberEvent) -> None:
        """Tell the world of somebody who need not be on record, together with the changes of this transaction."""
        ...


OpensPrivacy = Opens[PrivacyWork]

"""One transaction of privacy: all that membership and identity read and write, for it erases both."""

from typing import Protocol

from members_service.application.identity.work import IdentityWork
from members_service.application.membership.work import MembershipWork
from members_service.application.notices.work import NoticeWork
from members_service.domain.membership.member_events import MemberEvent
from members_service.persistence.imported_members import ImportedMembers
from members_service.persistence.membership.members import Members
from shared.kernel.receipts import UnitOfWorkFactory


class PrivacyWork(MembershipWork, IdentityWork, NoticeWork, Protocol):
    """One transaction of privacy."""

    @property
    def members(self) -> Members: ...

    @property
    def imported_members(self) -> ImportedMembers: ...

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        """Note an incoming message in this transaction; False when this listener has done its work before."""
        ...

    def publish(self, event: MemberEvent) -> None:
        """Publish an event with this transaction; its member need not be on record."""
        ...


PrivacyWorkFactory = UnitOfWorkFactory[PrivacyWork]

"""Erase somebody again whom a restored backup has brought back."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.identity.accounts.change_account import others_administer
from members_service.application.privacy.audit_views import AuditFilter
from members_service.application.privacy.erase_member import erase_everything
from members_service.application.privacy.queries import AuditQueries
from members_service.application.privacy.work import PrivacyWork, PrivacyWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import LastAdmin
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberLeaving
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class EraseAgain:
    """Erase everything about a member who was erased before.

    - Lending is not asked first: it had let go before the first erasure. The event is published again, for a backup
      of lending may have brought the loans back; it forgets them as soon as none of them is open.
    - An erasure that the restored audit trail does not know of is added to it, so that the next list has it again.
    - The last account that administers the library is not erased. Doing it twice does no harm.
    """

    unit_of_work: PrivacyWorkFactory
    audit: AuditQueries
    clock: Clock

    async def __call__(self, member_id: UUID) -> bool:
        """Return whether the member was back; False when nothing was here. Raises LastAdmin."""
        now = self.clock.now()
        erased = AuditFilter(action=AuditAction.ERASED, member_id=member_id)
        recorded = await self.audit.records(erased, limit=1, before=None)
        async with self.unit_of_work() as uow:
            uow.publish(MemberLeaving(member_id, new_id(), now))
            member = await _found(member_id, uow)
            if member is not None:
                await _expect_another_admin(member, uow)
                await erase_everything(member, uow=uow, now=now)
            elif not recorded:
                uow.audit.add(AuditRecord(AuditAction.ERASED, now, member_id=member_id))
            await uow.commit()
        return member is not None


async def _expect_another_admin(member: Member, uow: PrivacyWork) -> None:
    accounts = await uow.accounts.of_member(member.id)
    ids = [account.id for account in accounts]
    if any(account.administers for account in accounts) and not await others_administer(*ids, uow=uow):
        raise LastAdmin


async def _found(member_id: UUID, uow: PrivacyWork) -> Member | None:
    try:
        return await uow.members.get(member_id)
    except MemberNotFound:
        return None

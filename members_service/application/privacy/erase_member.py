"""Erase everything about a person, once lending has let go."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.privacy.work import PrivacyWork, PrivacyWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.user_name import user_name_key
from members_service.domain.membership.member import Member
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class BorrowerCleared:
    """Lending's word that nothing is open, for one request to leave; `message_id` names the message that said so."""

    message_id: str
    member_id: UUID
    leaving_id: UUID


@dataclass(frozen=True, slots=True)
class EraseMember:
    """Erase name, addresses, cards, history, accounts, sessions and traces of sign-ins, and publish that it is done.

    A message that came before, belongs to a withdrawn request, or is about somebody erased already changes nothing.
    """

    unit_of_work: PrivacyWorkFactory
    clock: Clock

    async def __call__(self, cleared: BorrowerCleared, *, listener: str) -> None:
        """Do it in the transaction that notes the message for `listener`."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=cleared.message_id):
                return
            member = await _leaving(cleared, uow)
            if member is not None:
                await erase_everything(member, uow=uow, now=now)
            await uow.commit()


async def erase_everything(member: Member, *, uow: PrivacyWork, now: datetime) -> None:
    """Erase a member in this transaction."""
    accounts = await uow.accounts.of_member(member.id)
    for account in accounts:
        await uow.sessions.end_all(account.id, now=now)
    emails = {one.key for one in (member.email, *(account.email for account in accounts)) if one}
    for name in sorted(emails | {user_name_key(card.number.number) for card in member.cards}):
        await uow.attempts.forget(name)
    await uow.attempts.forget_pins(member.id)
    for member_id in (member.id, *await uow.members.merged_into(member)):  # a backup may know the merged ones, too
        uow.audit.add(AuditRecord(AuditAction.ERASED, now, member_id=member_id))
    member.erase(now=now)
    await uow.members.remove(member)


async def _leaving(cleared: BorrowerCleared, uow: PrivacyWork) -> Member | None:
    try:
        member = await uow.members.get(cleared.member_id)
    except MemberNotFound:
        return None
    return member if member.may_be_erased(cleared.leaving_id) else None

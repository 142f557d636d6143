"""Erase everything about a person: once lending has let go, and again after a backup has brought it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.accounts.change_account import others_administer
from members_service.application.privacy.audit_views import AuditFilter
from members_service.application.privacy.queries import AuditQueries
from members_service.application.privacy.work import PrivacyWork, PrivacyWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import Email
from members_service.domain.identity.account import LastAdmin
from members_service.domain.identity.user_name import user_name_key
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberLeaving
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id

_NOTHING_MORE: Mapping[str, str] = {}


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


async def erase_everything(
    member: Member,
    *,
    uow: PrivacyWork,
    now: datetime,
    by: str | None = None,
    facts: Mapping[str, str] = _NOTHING_MORE,
) -> None:
    """Erase a member in this transaction; the audit trail tells `by` whom, and these facts.

    What is known of an address stays where somebody else has it, too: a family may share one.
    """
    accounts = await uow.accounts.of_member(member.id)
    for account in accounts:
        await uow.sessions.end_all(account.id, now=now)
    emails = {one.key: one for one in (member.email, *(account.email for account in accounts)) if one}
    own = [key for key, email in emails.items() if not await _is_of_others(email, member, uow)]
    for name in sorted({*own, *(user_name_key(card.number.number) for card in member.cards)}):
        await uow.attempts.forget(name)
    await uow.attempts.forget_pins(member.id)
    addresses = [emails[key].address for key in own] + [one for one in [member.record.details.mobile] if one]
    for address in addresses:
        await uow.suppressions.lift(address)
    await uow.preferences.forget(member.id)
    for member_id in (member.id, *await uow.members.merged_into(member)):  # a backup may know the merged ones, too
        await uow.notice_messages.forget_texts_about(member_id)
        await uow.notices.take_out_of(member_id)
        await uow.notice_messages.remove_of(member_id)
        await uow.notices.remove_of(member_id)
        uow.audit.add(AuditRecord(AuditAction.ERASED, now, by=by, member_id=member_id, facts=facts))
        await uow.imports.drop_naming(member_id)
    member.erase(now=now)
    await uow.members.remove(member)


async def _is_of_others(email: Email, member: Member, uow: PrivacyWork) -> bool:
    account = await uow.accounts.with_email(email)
    has_account = account is not None and account.member_id != member.id
    return has_account or await uow.members.others_have_email(email, than=member.id)


async def _leaving(cleared: BorrowerCleared, uow: PrivacyWork) -> Member | None:
    try:
        member = await uow.members.get(cleared.member_id)
    except MemberNotFound:
        return None
    return member if member.may_be_erased(cleared.leaving_id) else None


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

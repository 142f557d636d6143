"""Let somebody choose a new password who has lost the old one, or the token for the first one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.accounts.account_views import ResetOffered
from members_service.application.identity.accounts.ports import Owner
from members_service.application.identity.grants.authority import may_act_on
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account, AccountNotFound, ResetNeedsAdmin
from members_service.domain.identity.identity_provider import SignsInByProvider
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.warnings import code_made
from members_service.domain.one_time_token import digest
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import RightMissing


@dataclass(frozen=True, slots=True)
class LostPassword:
    """A lost password, of the account or the member with this id; `by` asks."""

    of: UUID
    by: str
    by_admin: bool = False


@refuses(MemberNotFound, AccountNotFound, ResetNeedsAdmin, SignsInByProvider)
@dataclass(frozen=True, slots=True)
class OfferResetToMember:
    """Make a one-time token with which a member chooses a new password.

    - The desk hands it to the member in person; it works once, for a day, and ends every session when it is used.
    - Until then the present password goes on working; that of a disabled account is void at once.
    - A member who has none gets an account, if there is an address on record which nobody signs in with: that of a
      family, for instance, whose account was erased.
    - An account that may do more than a member's is for an admin to reset. When this one comes to do more, the token is
      void, and so is a password that was chosen with one from the desk.
    """

    unit_of_work: IdentityWorkFactory
    secret_generator: SecretGenerator
    clock: Clock

    async def __call__(self, command: LostPassword, receipt: Receipt | None = None) -> ResetOffered:
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.of)
            theirs = await uow.accounts.of_member(member.id)
            account = next((one for one in theirs if member.email and one.email.key == member.email.key), None)
            if account is None:
                account = await _opened_for(member, command, uow=uow, now=self.clock.now())
            if account.does_more:
                raise ResetNeedsAdmin
            answer = await _offered(
                account,
                command,
                from_desk=not command.by_admin,
                uow=uow,
                token=self.secret_generator.secret(),
                now=self.clock.now(),
            )
            await uow.commit(answer=answer)
        return answer


@refuses(AccountNotFound, RightMissing, SignsInByProvider)
@dataclass(frozen=True, slots=True)
class OfferReset:
    """Make a one-time token with which the owner of an account chooses a new password.

    It works once, for a day, and ends every session when it is used. Until then the present password goes on working;
    that of a disabled account is void at once (`activated` is false then), so that enabling it again does not bring
    back a password that others know. Whoever makes it could sign in with it, and so holds all that the account may do.
    """

    unit_of_work: IdentityWorkFactory
    secret_generator: SecretGenerator
    clock: Clock

    async def __call__(self, command: LostPassword, receipt: Receipt | None = None) -> ResetOffered:
        async with self.unit_of_work(receipt) as uow:
            account = await uow.accounts.get(command.of)
            token, now = self.secret_generator.secret(), self.clock.now()
            may_act_on(account, now)
            answer = await _offered(account, command, from_desk=False, uow=uow, token=token, now=now)
            await uow.commit(answer=answer)
        return answer


async def _opened_for(member: Owner, command: LostPassword, *, uow: IdentityWork, now: datetime) -> Account:
    """Open an account for a member without one. Raises AccountNotFound if there is no address for it."""
    if member.email is None or await uow.accounts.has_email(member.email):
        raise AccountNotFound(
            "This member has no account: there is no e-mail address on record, or another account signs in with it. "
            "Put an address of the member's own on record first."
        )
    account = Account.for_member(id=new_id(), email=member.email, member_id=member.id, activation=None, now=now)
    uow.accounts.add(account)
    opened = AuditAction.ACCOUNT_OPENED
    uow.audit.add(AuditRecord(opened, now, by=command.by, account_id=account.id, member_id=member.id))
    return account


async def _offered(
    account: Account, command: LostPassword, *, from_desk: bool, uow: IdentityWork, token: str, now: datetime
) -> ResetOffered:
    activation = account.offer_reset(digest(token), from_desk=from_desk, now=now)
    action, member_id = AuditAction.PASSWORD_RESET_OFFERED, account.member_id
    uow.audit.add(AuditRecord(action, now, by=command.by, account_id=account.id, member_id=member_id))
    if not await uow.mails(NoticeKind.RECOVERY):
        return ResetOffered(token, activation.expires_at)
    owner, until = account.member_id or account.id, activation.expires_at
    uow.notify(code_made(owner, NoticeKind.RECOVERY, token, to=account.email.address, at=now, until=until))
    return ResetOffered(None, until)

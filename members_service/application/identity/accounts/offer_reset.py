"""Let somebody choose a new password who has lost the old one, or the token for the first one."""

from datetime import datetime
from uuid import UUID

from members_service.application.identity.accounts.account_views import ResetOffered
from members_service.application.identity.work import IdentityWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account, AccountNotFound, ResetNeedsAdmin
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.roles import Role
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock

MEMBER_REFUSALS = (MemberNotFound, AccountNotFound, ResetNeedsAdmin)
ACCOUNT_REFUSALS = (AccountNotFound,)


async def offer_reset_to_member(
    member_id: UUID, *, by: str, by_admin: bool, uow: IdentityWork, secret_generator: SecretGenerator, clock: Clock
) -> ResetOffered:
    """Make a one-time token with which a member chooses a new password.

    - The desk hands it to the member in person; it works once, for a day, and ends every session when it is used.
    - Until then the present password goes on working; that of a disabled account is void at once.
    - An account that may do more than a member's is for an admin to reset. When this one comes to do more, the token is
      void, and so is a password that was chosen with one from the desk.
    """
    async with uow:
        member = await uow.members.get(member_id)
        theirs = await uow.accounts.of_member(member.id)
        account = next((one for one in theirs if member.email and one.email.key == member.email.key), None)
        if account is None:
            raise AccountNotFound
        if account.roles != {Role.MEMBER}:
            raise ResetNeedsAdmin
        return await _offer(
            account, by=by, from_desk=not by_admin, uow=uow, secret_generator=secret_generator, now=clock.now()
        )


async def offer_reset(
    account_id: UUID, *, by: str, uow: IdentityWork, secret_generator: SecretGenerator, clock: Clock
) -> ResetOffered:
    """Make a one-time token with which the owner of an account chooses a new password.

    It works once, for a day, and ends every session when it is used. Until then the present password goes on working;
    that of a disabled account is void at once (`activated` is false then), so that enabling it again does not bring
    back a password that others know.
    """
    async with uow:
        account = await uow.accounts.get(account_id)
        return await _offer(
            account, by=by, from_desk=False, uow=uow, secret_generator=secret_generator, now=clock.now()
        )


async def _offer(
    account: Account, *, by: str, from_desk: bool, uow: IdentityWork, secret_generator: SecretGenerator, now: datetime
) -> ResetOffered:
    token = secret_generator.secret()
    activation = account.offer_reset(digest(token), from_desk=from_desk, now=now)
    uow.audit.add(
        AuditRecord(AuditAction.PASSWORD_RESET_OFFERED, now, by=by, account_id=account.id, member_id=account.member_id)
    )
    answer = ResetOffered(token, activation.expires_at)
    await uow.commit(answer=answer)
    return answer

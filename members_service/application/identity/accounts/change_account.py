"""Change how an account signs in and what it may do."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.accounts.account_views import AccountView
from members_service.application.identity.grants.authority import may_act_on, may_give, may_take
from members_service.application.identity.grants.follow_up import GrantsBefore
from members_service.application.identity.providers.break_glass import keep_break_glass
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import Email, EmailTaken, InvalidEmail
from members_service.domain.identity.account import Account, AccountNotFound, EmailOfMember, LastAdmin
from members_service.domain.identity.grants import UNBOUNDED, GrantsTooLong
from members_service.domain.identity.identity_provider import BreakGlass
from members_service.domain.identity.roles import NoRole, Role, TooManyRoles, UnknownRole, some_roles
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses
from shared.kernel.rights import RightMissing


@dataclass(frozen=True, slots=True)
class AccountChange:
    """The new values; None leaves one as it is. `version` is the one that the caller has seen; None: any.

    `by` is the account that asks for it.
    """

    account_id: UUID
    version: int | None
    email: str | None = None
    roles: Sequence[str] | None = None
    disabled: bool | None = None
    by: str | None = None


@refuses(
    *(AccountNotFound, EmailOfMember, EmailTaken, GrantsTooLong, InvalidEmail, LastAdmin, NoRole, OutOfDate),
    *(BreakGlass, RightMissing, TooManyRoles, UnknownRole),
)
@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """Give an account another e-mail address or other roles, disable it or enable it again.

    - Roles that are new to it count in all branches and for good; `PUT /v1/accounts/{account_id}/grants/{role}` grants
      less. Whoever gives a role has its rights in all branches and for good.
    - Whoever takes a role away could give it; for the address, and to disable or enable, one holds all that the account
      may do, as far and for as long as it may.
    - It signs in with the new address from then on; that of a member's account is changed with the member's.
    - A disabled account cannot sign in, and its sessions end. They end, too, when it may do more than before: more
      rights are for whoever signs in again. With fewer, its sessions go on, by refreshing.
    - Either way, access tokens issued before are void: here at once, elsewhere within a minute.
    - When it may do more, a one-time token made before is void, and so is a password of a member that was chosen with a
      token from the desk (`activated` is false then): who made the token might have kept it. Hand over a new one, made
      by `reset_account_password`.
    - An account that is enabled again has the password that it had, unless it was reset meanwhile.
    - Somebody who can administer the library is always left: enabled, with a password that its owner has chosen, and no
      member who is leaving.
    """

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, command: AccountChange) -> AccountView:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            others = await others_administer(command.account_id, uow=uow)
            account = await uow.accounts.get(command.account_id)
            refuse_if_stale(command.version, account.version, thing="account")
            roles = None if command.roles is None else await granted_roles(command.roles, account.roles, uow=uow)
            if command.email is not None or command.disabled is not None:
                may_act_on(account, now)
            if roles is not None:
                may_take(account, account.roles - roles)
                account.definitions = await uow.roles.all()
            before, grants = (account.roles, account.disabled), GrantsBefore.of(account)
            was_break_glass = account.is_break_glass
            if command.email is not None:
                await _move(account, Email.parse(command.email), command, uow=uow, now=now)
            gained = account.change(roles=roles, disabled=command.disabled, others_administer=others)
            account.expect_to_fit_in_token(now)
            await keep_break_glass(account, was=was_break_glass, uow=uow)
            if account.disabled or gained:
                await uow.sessions.end_all(account.id, now=now)
            elif account.roles != before[0]:
                await uow.sessions.rename_all(account.id, now=now)
            grants.announce(account, uow=uow, now=now, on_record=False)
            for record in _records(account, before, by=command.by, now=now):
                uow.audit.add(record)
            answer = AccountView.of(account)
            await uow.commit()
        return answer


async def granted_roles(names: Collection[str], present: Collection[str], *, uow: IdentityWork) -> frozenset[str]:
    """Return these roles; those that are new count everywhere. Raises UnknownRole, and RightMissing.

    Nobody gives what they do not have in all branches and for good.
    """
    roles, definitions = some_roles(names), await uow.roles.all()
    for name in sorted(roles.difference(present) - {Role.MEMBER}):
        if name not in definitions:
            raise UnknownRole
        may_give(definitions[name], UNBOUNDED)
    return roles


async def others_administer(*account_ids: UUID, uow: IdentityWork) -> bool:
    """Return whether another account administers the library; that stays so until the end of the transaction.

    Accounts of leaving members do not count: they are about to be erased. Call it with the accounts locked, or two
    admins who leave at once would each find the other one.
    """
    others = await uow.accounts.administering(besides=account_ids)
    leaving = await uow.members.leaving({owner for owner in others.values() if owner is not None})
    return not leaving.issuperset(others.values())


async def _move(account: Account, email: Email, command: AccountChange, *, uow: IdentityWork, now: datetime) -> None:
    if email == account.email:
        return
    if account.member_id is not None and await uow.members.has_email(account.email, of=account.member_id):
        raise EmailOfMember
    if email.key != account.email.key and await uow.accounts.has_email(email):
        raise EmailTaken
    await uow.attempts.forget(account.email.key)
    account.move(email)
    uow.audit.add(account.record(AuditAction.EMAIL_CHANGED, now, by=command.by))


def _records(
    account: Account, before: tuple[frozenset[str], bool], *, by: str | None, now: datetime
) -> Iterator[AuditRecord]:
    """Yield a record for each difference from the roles and the disabled flag of before."""
    roles, disabled = before
    if account.roles != roles:
        facts = {"before": " ".join(sorted(roles)), "after": " ".join(sorted(account.roles))}
        yield account.record(AuditAction.ROLES_CHANGED, now, by=by, facts=facts)
    if account.disabled != disabled:
        action = AuditAction.ACCOUNT_DISABLED if account.disabled else AuditAction.ACCOUNT_ENABLED
        yield account.record(action, now, by=by)

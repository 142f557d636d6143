"""Change what an account may do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.account_views import AccountView
from members_service.application.ports import UnitOfWork
from members_service.domain.account import Account, AccountNotFound, LastAdmin
from members_service.domain.audit import AuditRecord, Deed
from members_service.domain.roles import NoRole, Role
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale

LOOKUP_REFUSALS = (AccountNotFound,)
REFUSALS = (AccountNotFound, LastAdmin, NoRole, OutOfDate)


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """None leaves a thing as it is. `version` is the one that the caller has seen; None changes whichever is there.

    `by` is the account that asks for it.
    """

    account_id: UUID
    version: int | None
    roles: Sequence[str] | None = None
    disabled: bool | None = None
    by: str | None = None


async def change_account(wish: ChangeAccount, *, uow: UnitOfWork, clock: Clock) -> AccountView:
    """Give an account other roles, disable it or enable it again.

    - A disabled account cannot sign in, and its sessions end. With other roles its sessions go on, by refreshing.
    - Either way, access tokens issued before are void: here at once, elsewhere within a minute.
    - Somebody who can administer the library is always left.
    """
    now = clock.now()
    async with uow:
        others_administer = await uow.accounts.another_administers(wish.account_id)
        account = await uow.accounts.get(wish.account_id)
        refuse_if_stale(wish.version, account.version, thing="account")
        roles = None if wish.roles is None else frozenset(Role(role) for role in wish.roles)
        before = (account.roles, account.disabled)
        account.change(roles=roles, disabled=wish.disabled, others_administer=others_administer)
        if account.disabled:
            await uow.sessions.end_all(account.id, now=now)
        elif account.roles != before[0]:
            await uow.sessions.rename_all(account.id, now=now)
        for record in _records(account, before, by=wish.by, now=now):
            uow.audit.add(record)
        answer = AccountView.of(account)
        await uow.commit()
    return answer


def _records(
    account: Account, before: tuple[frozenset[Role], bool], *, by: str | None, now: datetime
) -> Iterator[AuditRecord]:
    """Tell what is different now from the roles, and whether it was disabled, of before."""
    roles, disabled = before
    if account.roles != roles:
        facts = {"before": " ".join(sorted(roles)), "after": " ".join(sorted(account.roles))}
        yield AuditRecord(
            Deed.ROLES_CHANGED, now, by=by, account_id=account.id, member_id=account.member_id, facts=facts
        )
    if account.disabled != disabled:
        deed = Deed.ACCOUNT_DISABLED if account.disabled else Deed.ACCOUNT_ENABLED
        yield AuditRecord(deed, now, by=by, account_id=account.id, member_id=account.member_id)

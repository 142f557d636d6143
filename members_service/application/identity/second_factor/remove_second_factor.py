"""Turn a second factor off: one's own with a code, that of a colleague who is locked out as an admin."""

from uuid import UUID

from members_service.application.identity.accounts.account_views import AccountView, AccountViews
from members_service.application.identity.second_factor.ports import Authenticator
from members_service.application.identity.second_factor.use_own_code import REFUSALS as CODE_REFUSALS
from members_service.application.identity.second_factor.use_own_code import (
    OwnCode,
    admit,
    expect_own_code,
    expect_own_factor,
)
from members_service.application.identity.sign_in.ports import SignInThrottle
from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.second_factor import OwnSecondFactor, SecondFactorNotFound
from shared.kernel.clock import Clock

OWN_REFUSALS = CODE_REFUSALS
REFUSALS = (AccountNotFound, OwnSecondFactor, SecondFactorNotFound)


async def turn_second_factor_off(
    command: OwnCode,
    *,
    uow: IdentityWork,
    accounts: AccountViews,
    throttle: SignInThrottle,
    authenticator: Authenticator,
    clock: Clock,
) -> AccountView:
    """Turn one's own second factor off, for instance before another device takes its place.

    - It needs a sign-in of the last five minutes and a code, of the app or a recovery code.
    - Where this library asks such accounts for a second factor, their sessions end with the next refresh, and the next
      sign-in on the library's page sets up another.
    """
    now = clock.now()
    async with uow:
        await expect_own_factor(command, uow=uow, now=now)
    source = await admit(command, accounts=accounts, throttle=throttle, now=now)
    async with uow:
        account = await expect_own_code(command, source, uow=uow, authenticator=authenticator, now=now)
        await _remove(account, uow=uow)
        uow.audit.add(command.record(AuditAction.SECOND_FACTOR_REMOVED, now=now))
        answer = AccountView.of(account)
        await uow.commit(answer=answer)
    return answer


async def remove_second_factor(
    account_id: UUID, *, by: str, address: str | None, uow: IdentityWork, clock: Clock
) -> None:
    """Remove the second factor of somebody who is locked out: no device, and no recovery code.

    - Make sure that it is the colleague who asks. The audit trail keeps who removed it.
    - Every session of the account ends. The next sign-in asks for the password only, or sets up another second factor
      where this library asks for one.
    - One's own is turned off with a code.
    """
    now = clock.now()
    async with uow:
        account = await uow.accounts.get(account_id)
        if str(account.id) == by:
            raise OwnSecondFactor
        if not account.second_factor:
            raise SecondFactorNotFound
        await _remove(account, uow=uow)
        await uow.sessions.end_all(account.id, now=now)
        uow.audit.add(
            AuditRecord(
                AuditAction.SECOND_FACTOR_REMOVED,
                now,
                by=by,
                account_id=account.id,
                member_id=account.member_id,
                address=address,
            )
        )
        await uow.commit()


async def _remove(account: Account, *, uow: IdentityWork) -> None:
    factor = await uow.second_factors.of(account.id)
    if factor is not None:
        await uow.second_factors.remove(factor)
    account.turn_second_factor(on=False)

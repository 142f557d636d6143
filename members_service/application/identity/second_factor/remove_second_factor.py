"""Turn a second factor off: one's own with a code, that of a colleague who is locked out as an admin."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.identity.accounts.account_views import AccountView
from members_service.application.identity.grants.authority import may_act_on
from members_service.application.identity.passkeys.change_passkeys import remove_all
from members_service.application.identity.providers.break_glass import keep_break_glass
from members_service.application.identity.second_factor.use_own_code import OwnCode, UseOwnCode
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.identity_provider import BreakGlass
from members_service.domain.identity.second_factor import OwnSecondFactor, SecondFactorNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refusals_of, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import RightMissing


@refuses(*refusals_of(UseOwnCode), BreakGlass)
@dataclass(frozen=True, slots=True)
class TurnSecondFactorOff:
    """Turn one's own second factor off, for instance before another device takes its place.

    - It needs a sign-in of the last five minutes and a code, of the app or a recovery code.
    - Where this library asks such accounts for a second factor, their sessions end with the next refresh, and the next
      sign-in on the library's page sets up another.
    """

    unit_of_work: IdentityWorkFactory
    own_code: UseOwnCode
    clock: Clock

    async def __call__(self, command: OwnCode, receipt: Receipt | None = None) -> AccountView:
        now = self.clock.now()
        source = await self.own_code.admit_owner(command, now=now)
        async with self.unit_of_work(receipt) as uow:
            account = await self.own_code.expect(command, source, uow=uow, now=now)
            was = account.is_break_glass
            await _remove(account, uow=uow)
            await keep_break_glass(account, was=was, uow=uow)
            uow.audit.add(command.record(AuditAction.SECOND_FACTOR_REMOVED, now=now))
            answer = AccountView.of(account)
            await uow.commit(answer=answer)
        return answer


@dataclass(frozen=True, slots=True)
class LockedOut:
    """The account of a colleague who is locked out; `by` asks, from `address`."""

    account_id: UUID
    by: str
    address: str | None = None


@refuses(AccountNotFound, BreakGlass, OwnSecondFactor, RightMissing, SecondFactorNotFound)
@dataclass(frozen=True, slots=True)
class RemoveSecondFactor:
    """Remove the second factor of somebody who is locked out, and every passkey: no device, and no recovery code.

    - Make sure that it is the colleague who asks, and hold all that the account may do. The audit trail keeps
      who removed it.
    - Every session of the account ends. The next sign-in asks for the password only, or sets up another second factor
      where this library asks for one.
    - One's own is turned off with a code.
    """

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, command: LockedOut) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            account = await uow.accounts.get(command.account_id)
            if str(account.id) == command.by:
                raise OwnSecondFactor
            may_act_on(account, now)
            if not account.second_factor and not await uow.passkeys.of(account.id):
                raise SecondFactorNotFound
            was = account.is_break_glass
            await _remove(account, uow=uow)
            await remove_all(account, uow=uow)
            await keep_break_glass(account, was=was, uow=uow)
            await uow.sessions.end_all(account.id, now=now)
            uow.audit.add(
                account.record(AuditAction.SECOND_FACTOR_REMOVED, now, by=command.by, address=command.address)
            )
            await uow.commit()


async def _remove(account: Account, *, uow: IdentityWork) -> None:
    factor = await uow.second_factors.of(account.id)
    if factor is not None:
        await uow.second_factors.remove(factor)
    account.turn_second_factor(on=False)

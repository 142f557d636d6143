"""Show, name and remove one's own passkeys."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.identity.passkeys.views import PasskeyView
from members_service.application.identity.providers.break_glass import keep_break_glass
from members_service.application.identity.second_factor.offer_second_factor import OwnAccount
from members_service.application.identity.sessions.fresh_sign_in import expect_fresh_sign_in
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.identity_provider import BreakGlass
from members_service.domain.identity.passkey import Passkey, PasskeyNotFound
from members_service.domain.owner_check import SignInTooOld
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """One of somebody's own passkeys; `version` is the one that the caller has seen, None: any version."""

    owner: OwnAccount
    passkey_id: UUID
    version: int | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ShowPasskeys:
    """Show one's own passkeys, the oldest first; there are few."""

    unit_of_work: IdentityWorkFactory

    async def __call__(self, account_id: UUID) -> list[PasskeyView]:
        async with self.unit_of_work() as uow:
            return [PasskeyView.of(one) for one in await uow.passkeys.of(account_id)]


@refuses(AccountNotFound, OutOfDate, PasskeyNotFound, SignInTooOld)
@dataclass(frozen=True, slots=True)
class RenamePasskey:
    """Call a passkey by another name. It needs a sign-in of the last five minutes."""

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, command: OwnPasskey, name: str) -> PasskeyView:
        async with self.unit_of_work() as uow:
            _, passkey = await _own(command, uow=uow, clock=self.clock)
            renamed = passkey.renamed(name)
            await uow.passkeys.replace(renamed)
            await uow.commit()
        return PasskeyView.of(renamed)


@refuses(AccountNotFound, BreakGlass, OutOfDate, PasskeyNotFound, SignInTooOld)
@dataclass(frozen=True, slots=True)
class RemovePasskey:
    """Remove a passkey: nobody signs in with it any more. It needs a sign-in of the last five minutes.

    - Sessions go on. If the device is lost, end them, too: `DELETE /v1/auth/sessions/{session_id}`.
    - Where this library asks the account for a second factor, and this was the last one, its sessions end at the next
      refresh, and the next sign-in sets up another.
    """

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, command: OwnPasskey) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            account, passkey = await _own(command, uow=uow, clock=self.clock)
            await uow.passkeys.remove(passkey)
            was = account.is_break_glass
            others = [one for one in await uow.passkeys.of(account.id) if one.id != passkey.id]
            account.keep_passkeys(verified=any(one.verified for one in others))
            await keep_break_glass(account, was=was, uow=uow)
            uow.audit.add(account.record(AuditAction.PASSKEY_REMOVED, now, by=str(account.id), address=command.address))
            await uow.commit()


async def remove_all(account: Account, *, uow: IdentityWork) -> None:
    """Remove every passkey of an account, which is locked."""
    for passkey in await uow.passkeys.of(account.id):
        await uow.passkeys.remove(passkey)
    account.keep_passkeys(verified=False)


async def _own(command: OwnPasskey, *, uow: IdentityWork, clock: Clock) -> tuple[Account, Passkey]:
    account = await uow.accounts.get(command.owner.account_id)
    await expect_fresh_sign_in(command.owner.own_session, uow=uow, now=clock.now())
    for passkey in await uow.passkeys.of(account.id):
        if passkey.id == command.passkey_id:
            refuse_if_stale(command.version, passkey.version, thing="passkey")
            return account, passkey
    raise PasskeyNotFound

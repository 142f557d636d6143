"""Sign somebody out here who has signed out at the provider, and the other way round."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.identity.providers.change_providers import provider_of
from members_service.application.identity.providers.ports import Providers
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.identity_provider import IdentityProvider
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class LogOut:
    """End every session of somebody who has signed out at the provider (OpenID Connect Back-Channel Logout 1.0).

    - The token names the subject (`sub`); one with a `sid` alone is refused. Taken twice, it changes nothing more.
    - Access tokens are void here at once, elsewhere within a minute.
    - Raises ProviderNotFound, ClaimsRejected, InvalidIssuer, ProviderFailed and ProviderSlow.
    """

    unit_of_work: IdentityWorkFactory
    providers: Providers
    clock: Clock

    async def __call__(self, code: str, logout_token: str) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            provider = await provider_of(uow, code)
        out = await self.providers.logged_out(provider, logout_token, now=now)
        async with self.unit_of_work() as uow:
            known = await uow.foreign_identities.find(provider.issuer, out.subject)
            if known is None:
                return
            account = await uow.accounts.get(known.account_id)
            await uow.sessions.end_all(account.id, now=now)
            uow.audit.add(account.record(AuditAction.SIGNED_OUT, now, facts={"provider": provider.code}))
            await uow.commit()


@dataclass(frozen=True, slots=True)
class WhereToSignOut:
    """Return the provider by which the account signs in and where its session ends there; None: nowhere."""

    unit_of_work: IdentityWorkFactory
    providers: Providers

    async def __call__(self, account_id: UUID | None) -> tuple[IdentityProvider, str] | None:
        if account_id is None:
            return None
        async with self.unit_of_work() as uow:
            provider = await uow.providers.of_account(account_id)
        if provider is None or not provider.enabled:
            return None
        address = await self.providers.end_of_session(provider)
        return None if address is None else (provider, address)

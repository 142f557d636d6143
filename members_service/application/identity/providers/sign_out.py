"""Sign somebody out here who has signed out at the provider, and the other way round."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.identity.providers.change_providers import provider_of
from members_service.application.identity.providers.ports import LoggedOut, Providers
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.identity_provider import ClaimsRejected, IdentityProvider
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class LogOut:
    """End the sessions of somebody who has signed out at the provider (OpenID Connect Back-Channel Logout 1.0).

    - The token names the subject (`sub`), the session there (`sid`), or both. With a session, those end that began by
      it, and those of the same person for which the provider named none.
    - A token is taken once (its `jti`). One that names nobody who signed in here is refused, too.
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
            account_id = await self._of(provider, out, uow)
            if account_id is None:
                raise ClaimsRejected("nobody has signed in here as this subject, or by this session")
            account = await uow.accounts.get(account_id)
            if not await uow.attempts.take_once(out.token, until=out.until):
                raise ClaimsRejected("the logout token was taken before")
            await uow.sessions.end_all(account.id, session_there=out.session_there, now=now)
            uow.audit.add(account.record(AuditAction.SIGNED_OUT, now, facts={"provider": provider.code}))
            await uow.commit()

    async def _of(self, provider: IdentityProvider, out: LoggedOut, uow: IdentityWork) -> UUID | None:
        """Return the account of who signed out; None where nobody here is meant."""
        if out.subject is None:
            return None if out.session_there is None else await uow.sessions.owner_there(out.session_there)
        known = await uow.foreign_identities.find(provider.issuer, out.subject)
        if known is None:
            return None
        is_theirs = out.session_there is None or await uow.sessions.may_be_of(known.account_id, out.session_there)
        return known.account_id if is_theirs else None


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

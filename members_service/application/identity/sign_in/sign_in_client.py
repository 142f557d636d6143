"""Sign a service or a kiosk in with its own credentials."""

from dataclasses import dataclass

from members_service.application.identity.sessions.ports import AccessTokens, Bearer
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.client import ServiceClient
from members_service.domain.identity.grants import rights_of_machine
from members_service.domain.identity.session import granted
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class SignInClient:
    """Issue a token with the scopes that the client was registered with, or with those of them that it asks for.

    There is no refresh token: a client that has credentials can come back with them.
    """

    unit_of_work: IdentityWorkFactory
    tokens: AccessTokens
    clock: Clock

    async def __call__(
        self, client: ServiceClient, *, scopes: frozenset[str] | None = None, address: str | None = None
    ) -> IssuedTokens:
        given = granted(client.scopes, scopes)
        rights = None if client.branches is None else rights_of_machine(given, client.branches)
        bearer = Bearer(client.client_id, client.client_id, given, rights=rights)
        now, name = self.clock.now(), client.client_id
        async with self.unit_of_work() as uow:
            uow.audit.add(AuditRecord(AuditAction.SIGNED_IN, now, by=name, client_id=name, address=address))
            await uow.commit()
        return IssuedTokens.of(bearer, self.tokens.issue(bearer, now=now))

"""Sign a service or a kiosk in with its own credentials."""

from members_service.application.identity.sessions.ports import AccessTokens, Bearer
from members_service.application.identity.sessions.session_views import TokenView
from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.client import ServiceClient
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS, granted
from shared.kernel.clock import Clock


async def sign_in_client(
    client: ServiceClient,
    *,
    scopes: frozenset[str] | None,
    uow: IdentityWork,
    tokens: AccessTokens,
    clock: Clock,
    address: str | None = None,
) -> TokenView:
    """Issue a token with the scopes that the client was registered with, or with those of them that it asks for.

    There is no refresh token: a client that has credentials can come back with them.
    """
    allowed = granted(client.scopes, scopes)
    now = clock.now()
    async with uow:
        name = client.client_id
        uow.audit.add(AuditRecord(AuditAction.SIGNED_IN, now, by=name, client_id=name, address=address))
        await uow.commit()
    bearer = Bearer(client.client_id, client.client_id, allowed)
    access_token = tokens.issue(bearer, now=now)
    return TokenView(access_token, int(ACCESS_TOKEN_LASTS.total_seconds()), tuple(sorted(allowed)))

"""End a session because a client gives one of its tokens back."""

from members_service.application.identity.sessions.ports import AccessTokens, RefreshTokens
from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.client import FIRST_PARTY
from members_service.domain.identity.session import Session
from shared.kernel.clock import Clock


async def revoke_token(
    token: str,
    *,
    client_id: str,
    uow: IdentityWork,
    tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    clock: Clock,
    address: str | None = None,
) -> None:
    """Give a refresh token or an access token back; its session ends, and all its tokens are void.

    - A token that is unknown, another client's or no token at all changes nothing and is not told apart. So does one
      that names a session and was never made by us; one of the session's own that was used before ends it all the same.
    - Whoever names no client may give any token back: software for people has nothing but the token to prove itself.
    - Access tokens of the session are refused here at once, by the other services within a minute.
    """
    given = refresh_tokens.read(token)
    sid = None if given else await tokens.sid_of(token)
    if given is None and sid is None:
        return
    async with uow:
        session: Session | None = None
        if given is not None:
            session = await uow.sessions.find(given.session_id)
        elif sid is not None:
            session = await uow.sessions.named(sid)
        if session is not None and client_id in (session.client_id, FIRST_PARTY):
            now = clock.now()
            session.end(now)
            name = session.account_id
            uow.audit.add(
                AuditRecord(
                    AuditAction.SIGNED_OUT,
                    now,
                    by=str(name),
                    account_id=name,
                    client_id=session.client_id,
                    address=address,
                )
            )
            await uow.commit()

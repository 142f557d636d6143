"""End a session because a client gives its refresh token back."""

from members_service.application.ports import UnitOfWork
from members_service.domain.audit import AuditRecord, Deed
from members_service.domain.refresh_token import RefreshToken
from shared.kernel.clock import Clock


async def revoke_token(
    token: str, *, client_id: str, uow: UnitOfWork, clock: Clock, address: str | None = None
) -> None:
    """Give a refresh token back; its session ends, and every refresh token of it with it.

    - A token that is unknown, another client's or no refresh token at all changes nothing and is not told apart.
    - An access token cannot be called back; it ends by itself within 15 minutes.
    """
    given = RefreshToken.parse(token)
    if given is None:
        return
    async with uow:
        session = await uow.sessions.find(given.session_id)
        if session is not None and session.client_id == client_id:
            now = clock.now()
            session.end(now)
            name = session.account_id
            uow.audit.add(
                AuditRecord(Deed.SIGNED_OUT, now, by=str(name), account_id=name, client_id=client_id, address=address)
            )
            await uow.commit()

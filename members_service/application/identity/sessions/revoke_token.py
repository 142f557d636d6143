"""End a session because a client gives one of its tokens back."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.identity.sessions.ports import AccessTokens, RefreshTokens
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.client import FIRST_PARTY
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ReturnedToken:
    """A refresh token or an access token that a client gives back, or the cookie of a browser, from an `address`."""

    token: str
    client_id: str = FIRST_PARTY
    address: str | None = None


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Give a refresh token or an access token back; its session ends, and all its tokens are void.

    - Where the browser keeps the sign-in, signing out ends that, too, and every session that began from it: whoever
      signs out on one page is signed out on all.
    - A token that is unknown, another client's or no token at all changes nothing and is not told apart. So does one
      that names a session and was never made by us; one of the session's own that was used before ends it all the same.
    - Whoever names no client may give any token back: software for people has nothing but the token to prove itself.
    - Access tokens of the session are refused here at once, by the other services within a minute.
    """

    unit_of_work: IdentityWorkFactory
    tokens: AccessTokens
    refresh_tokens: RefreshTokens
    clock: Clock

    async def __call__(self, command: ReturnedToken) -> UUID | None:
        """Return the account that is signed out; None where nothing has changed."""
        refresh_token = self.refresh_tokens.read(command.token)
        sid = None if refresh_token else await self.tokens.sid_of(command.token)
        if refresh_token is None and sid is None:
            return None
        async with self.unit_of_work() as uow:
            session = await (
                uow.sessions.look_at(refresh_token.session_id) if refresh_token else uow.sessions.look_for(sid or "")
            )
            if session is None or command.client_id not in (session.client_id, FIRST_PARTY):
                return None
            now, account_id = self.clock.now(), session.account_id
            for one in await uow.sessions.family(session):
                one.end(now)
            uow.audit.add(
                AuditRecord(
                    AuditAction.SIGNED_OUT,
                    now,
                    by=str(account_id),
                    account_id=account_id,
                    client_id=session.client_id,
                    address=command.address,
                )
            )
            await uow.commit()
        return account_id

"""Sessions of browsers, from which every page of the library signs somebody in without a password."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.sessions.issue_tokens import begin_session
from members_service.application.identity.sessions.ports import RefreshTokens
from members_service.application.identity.sessions.queries import SessionQueries
from members_service.application.identity.sessions.session_views import SignedInHere
from members_service.application.identity.work import IdentityWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.account import Account
from members_service.domain.identity.authentication import Authentication
from members_service.domain.identity.client import BROWSER
from members_service.domain.identity.session import Session
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class BrowserSessions:
    """Begins them and finds them again, inside of a transaction, by the text in the browser's cookie."""

    refresh_tokens: RefreshTokens
    secret_generator: SecretGenerator

    async def account_of(self, cookie: str, *, uow: IdentityWork) -> UUID | None:
        """Return the account that the cookie claims; nothing is locked, and nothing proved yet."""
        presented = self.refresh_tokens.read(cookie)
        session = None if presented is None else await uow.sessions.look_at(presented.session_id)
        return None if session is None else session.account_id

    async def find(self, cookie: str, *, uow: IdentityWork, now: datetime) -> Session | None:
        """Return the session of the cookie if it is still on, locked until the transaction ends."""
        presented = self.refresh_tokens.read(cookie)
        session = None if presented is None else await uow.sessions.find(presented.session_id)
        if presented is None or session is None or not session.is_of_browser(presented, now):
            return None
        return session

    async def begin(
        self, account: Account, cookie: str, *, uow: IdentityWork, authentication: Authentication, now: datetime
    ) -> tuple[Session, str]:
        """Return the browser's session with this account, and the text for its cookie.

        A session that the browser has already goes on if it is of the same account; another account's ends.
        """
        session = await self.find(cookie, uow=uow, now=now)
        if session is not None and session.account_id == account.id:
            session.prove_again(now, authentication)
            return session, cookie
        if session is not None:
            session.end(now)
        session, token = await begin_session(
            uow,
            account,
            secret_generator=self.secret_generator,
            client_id=BROWSER,
            requested=None,
            authentication=authentication,
            now=now,
        )
        return session, self.refresh_tokens.text_of(token)


@dataclass(frozen=True, slots=True)
class WhoIsSignedIn:
    """Return who is signed in in the browser with this cookie, or None."""

    refresh_tokens: RefreshTokens
    sessions: SessionQueries
    clock: Clock

    async def __call__(self, cookie: str) -> SignedInHere | None:
        presented = self.refresh_tokens.read(cookie)
        return None if presented is None else await self.sessions.signed_in(presented, now=self.clock.now())

"""The sign-ins that browsers keep, so that nobody types a password for each page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.sessions.ports import RefreshTokens
from members_service.application.identity.sessions.queries import SessionQueries
from members_service.application.identity.work import IdentityWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.account import Account
from members_service.domain.identity.client import BROWSER
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.session import MOST_SESSIONS, Session
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id

_SID = 22  # random characters: too many to meet twice


@dataclass(frozen=True, slots=True)
class KeptSignIns:
    """Begins them and finds them again inside of a transaction; what a browser keeps of one is a text."""

    refresh_tokens: RefreshTokens
    secret_generator: SecretGenerator

    async def owner(self, kept: str, *, uow: IdentityWork) -> UUID | None:
        """Return whose account a browser says to be signed in with; nothing is locked, and nothing proved yet."""
        presented = self.refresh_tokens.read(kept)
        session = None if presented is None else await uow.sessions.look_at(presented.session_id)
        return None if session is None else session.account_id

    async def find(self, kept: str, *, uow: IdentityWork, now: datetime) -> Session | None:
        """Return the sign-in that a browser keeps, locked until the transaction ends."""
        presented = self.refresh_tokens.read(kept)
        session = None if presented is None else await uow.sessions.find(presented.session_id)
        if presented is None or session is None or not session.is_kept_by(presented, now):
            return None
        return session

    async def keep(
        self, account: Account, kept: str, *, uow: IdentityWork, second_factor: bool, now: datetime
    ) -> tuple[Session, str]:
        """Return the sign-in for the browser to keep from now on, and the text of it.

        It is the one that the browser keeps already, if that is of the same account; somebody else's ends.
        """
        session = await self.find(kept, uow=uow, now=now)
        if session is not None and session.account_id == account.id:
            if second_factor and not session.second_factor:
                session.prove_second_factor()
            return session, kept
        if session is not None:
            session.end(now)
        secret = RefreshToken(new_id(), self.secret_generator.secret())
        session = Session(
            id=secret.session_id,
            sid=self.secret_generator.secret()[:_SID],
            account_id=account.id,
            client_id=BROWSER,
            requested=None,
            digest=secret.digest,
            now=now,
            second_factor=second_factor,
        )
        await uow.sessions.end_least_used(account.id, keep=MOST_SESSIONS - 1, now=now)
        uow.sessions.add(session)
        return session, self.refresh_tokens.text_of(secret)


@dataclass(frozen=True, slots=True)
class WhoIsSignedIn:
    """Return the e-mail address of whoever is signed in in the browser that keeps this; None for nobody."""

    refresh_tokens: RefreshTokens
    sessions: SessionQueries
    clock: Clock

    async def __call__(self, kept: str) -> str | None:
        presented = self.refresh_tokens.read(kept)
        return None if presented is None else await self.sessions.signed_in(presented, now=self.clock.now())

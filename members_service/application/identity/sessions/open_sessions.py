"""Show somebody where an account is signed in, and end a session in the list: one's own, or as an admin anybody's."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.sessions.queries import SessionQueries
from members_service.application.identity.sessions.session_views import OpenSession
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.client import BROWSER
from members_service.domain.identity.session import OthersSessions, SessionNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class SessionsOf:
    """Whose sessions to list: those of `own` without an `account_id`; with `only_of`, of that account alone."""

    account_id: UUID | None
    own: UUID
    only_of: UUID | None
    limit: int
    before: tuple[datetime, str] | None = None


@refuses(OthersSessions)
@dataclass(frozen=True, slots=True)
class ListSessions:
    """List where one is signed in, newest first: with which software, since when, and when it was used last.

    - A browser that keeps the sign-in is among them, as the client `browser`.
    - Sessions that ended, or were not used for 14 days, are not listed.
    - Admins see those of any account; everybody else the own ones.
    """

    sessions: SessionQueries
    clock: Clock

    async def __call__(self, command: SessionsOf) -> list[OpenSession]:
        account_id = command.account_id or command.own
        if command.only_of not in (None, account_id):
            raise OthersSessions
        return await self.sessions.open_of(account_id, now=self.clock.now(), limit=command.limit, before=command.before)


@dataclass(frozen=True, slots=True)
class ListedSession:
    """The session to end. With `only_of`, sessions of other accounts are unknown; `by` asks, from `address`."""

    session_id: str
    only_of: UUID | None
    by: str
    address: str | None = None


@refuses(SessionNotFound)
@dataclass(frozen=True, slots=True)
class EndSession:
    """End a session: that of a device that was lost, or that somebody does not know.

    - Its refresh token is void, and so are its access tokens: here at once, at the other services within a minute.
    - That of a browser is the sign-in which it keeps: with it end all that began from it.
    - Everybody ends the own ones, an admin anybody's; somebody else's is not told apart from one that is not there.
    """

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, command: ListedSession) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            session = await uow.sessions.named(command.session_id)
            if session is None or not session.is_on(now) or command.only_of not in (None, session.account_id):
                raise SessionNotFound
            for one in await uow.sessions.family(session) if session.client_id == BROWSER else [session]:
                one.end(now)
            uow.audit.add(
                AuditRecord(
                    AuditAction.SESSION_ENDED,
                    now,
                    by=command.by,
                    account_id=session.account_id,
                    client_id=session.client_id,
                    address=command.address,
                    facts={"session_id": session.sid},
                )
            )
            await uow.commit()

"""Show somebody where an account is signed in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.sessions.queries import SessionQueries
from members_service.application.identity.sessions.session_views import OpenSession
from members_service.domain.identity.session import OthersSessions
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

"""Whose access tokens are void: told to the other services, and looked up here for each request."""

from datetime import datetime

from sqlalchemy import bindparam, select, tuple_

from members_service.application.identity.sessions.session_views import RevocationView
from members_service.persistence.identity.tables import revoked_sids, sessions
from shared.persistence.database import Database
from shared.tokens import Principal, TokenRejected, Verifier

_GOES_ON = select(sessions.c.session_id).where(sessions.c.sid == bindparam("sid"), sessions.c.ended_at.is_(None))


class RevocationQueries:
    """Implements `session_views.RevocationViews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(
        self, moment: datetime | None, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[RevocationView]:
        place = (revoked_sids.c.revoked_at, revoked_sids.c.sid)
        query = select(*place).order_by(*place).limit(limit)
        if moment is not None:
            query = query.where(revoked_sids.c.revoked_at >= moment)
        if after is not None:
            query = query.where(tuple_(*place) > tuple_(*after))
        return [RevocationView(row.sid, row.revoked_at) for row in await self._database.rows(query)]


class LiveSessions:
    """A verifier that also looks whether the session of a token still goes on: here, what is revoked is void at once.

    One statement by a unique index. The tokens of services have no session and cost none.
    """

    def __init__(self, verifier: Verifier, database: Database) -> None:
        self._verifier = verifier
        self._database = database

    async def verify(self, token: str) -> Principal:
        """Return who the token speaks for by itself. Raises TokenRejected."""
        return await self._verifier.verify(token)

    async def confirm(self, principal: Principal) -> None:
        """Raise TokenRejected when the session of the token has ended."""
        if principal.session is None:
            return
        found = await self._database.first(_GOES_ON, sid=principal.session)
        if found is None:
            raise TokenRejected("revoked")

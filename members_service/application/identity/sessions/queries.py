"""Queries of sessions and revocations: one select each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, tuple_

from members_service.application.identity.sessions.session_views import (
    OpenSession,
    RevocationView,
    SignedInHere,
)
from members_service.domain.identity.client import BROWSER
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import accounts, revoked_sids, session_goes_on, sessions
from members_service.persistence.sealed_email import open_email
from shared.persistence.database import Database

_GOES_ON = select(sessions.c.session_id).where(sessions.c.sid == bindparam("sid"), sessions.c.ended_at.is_(None))


class RevocationQueries:
    """Fetches what was revoked lately, and whether a session goes on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(
        self, moment: datetime | None, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[RevocationView]:
        """Return up to `limit` revocations at or after the moment and behind `after`, oldest first."""
        place = (revoked_sids.c.revoked_at, revoked_sids.c.sid)
        query = select(*place).order_by(*place).limit(limit)
        if moment is not None:
            query = query.where(revoked_sids.c.revoked_at >= moment)
        if after is not None:
            query = query.where(tuple_(*place) > tuple_(*after))
        return [RevocationView(row.sid, row.revoked_at) for row in await self._database.rows(query)]

    async def goes_on(self, sid: str) -> bool:
        """Return whether the session with this `sid` goes on: one statement by a unique index."""
        return await self._database.first(_GOES_ON, sid=sid) is not None


class SessionQueries:
    """Fetches the sessions of an account that go on."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def signed_in(self, presented: RefreshToken, *, now: datetime) -> SignedInHere | None:
        """Return who is signed in in the browser that presents this token, or None."""
        presented_session = (sessions.c.session_id == presented.session_id, sessions.c.digest == presented.digest)
        goes_on = (sessions.c.client_id == BROWSER, session_goes_on, sessions.c.ends_at > now)
        theirs = select(accounts.c.account_id, accounts.c.email, sessions.c.sid).join(
            sessions, sessions.c.account_id == accounts.c.account_id
        )
        row = await self._database.first(theirs.where(*presented_session, *goes_on, accounts.c.disabled.is_(False)))
        if row is None:
            return None
        return SignedInHere(row.account_id, row.sid, open_email(self._keys, row.email, owner=row.account_id).address)

    async def open_of(
        self, account_id: UUID, *, now: datetime, limit: int, before: tuple[datetime, str] | None
    ) -> list[OpenSession]:
        """Return up to `limit` sessions that are older than the one with that moment and id, newest first."""
        place = (sessions.c.started_at, sessions.c.sid)
        still_on = (session_goes_on, sessions.c.idle_until > now, sessions.c.ends_at > now)
        query = (
            select(sessions.c.sid, sessions.c.client_id, sessions.c.started_at, sessions.c.refreshed_at)
            .where(sessions.c.account_id == account_id, *still_on)
            .order_by(*(column.desc() for column in place))
            .limit(limit)
        )
        if before is not None:
            query = query.where(tuple_(*place) < tuple_(*before))
        return [
            OpenSession(row.sid, row.client_id, row.started_at, row.refreshed_at)
            for row in await self._database.rows(query)
        ]

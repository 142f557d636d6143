"""Sessions in the database, and the codes by which they begin."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.identity.authorization_code import AuthorizationCode
from members_service.domain.identity.session import Session
from members_service.persistence.identity.tables import authorization_codes, revoked_sids, sessions

_AS_IT_IS = {"populate_existing": True}


class Sessions:
    """The sessions on record. What ends or gets another `sid` is noted for the other services to see."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._seen: dict[UUID, Session] = {}

    def add(self, session: Session) -> None:
        self._session.add(session)

    async def find(self, session_id: UUID) -> Session | None:
        """Return the session, locked until the transaction ends."""
        return await self._one(sessions.c.session_id == session_id)

    async def named(self, sid: str) -> Session | None:
        """Return the session whose access tokens carry `sid`, locked until the transaction ends."""
        return await self._one(sessions.c.sid == sid)

    async def look_at(self, session_id: UUID) -> Session | None:
        """Return the session as it is now, without keeping anybody from changing it."""
        return await self._look(sessions.c.session_id == session_id)

    async def look_for(self, sid: str) -> Session | None:
        """Return the session with this `sid` as it is now, without keeping anybody from changing it."""
        return await self._look(sessions.c.sid == sid)

    async def _look(self, condition: ColumnElement[bool]) -> Session | None:
        return (await self._session.scalars(select(Session).where(condition), execution_options=_AS_IT_IS)).first()

    async def family(self, session: Session) -> list[Session]:
        """Return the session of the browser from which this one began, and all that began from it and go on.

        They are locked until the transaction ends; that of the browser comes first. A session without one is alone.
        """
        root = session.parent_id or session.id
        theirs = (or_(sessions.c.session_id == root, sessions.c.parent_id == root), sessions.c.ended_at.is_(None))
        # In one order: the ids grow with time, so that the session of the browser comes before what began from it.
        query = select(Session).where(*theirs).order_by(sessions.c.session_id).with_for_update()
        found = list(await self._session.scalars(query, execution_options=_AS_IT_IS))
        self._seen |= {one.id: one for one in found}
        return found

    async def _one(self, condition: ColumnElement[bool]) -> Session | None:
        query = select(Session).where(condition).with_for_update()
        session = (await self._session.scalars(query, execution_options=_AS_IT_IS)).first()
        if session is not None and session.ended_at is None:
            self._seen[session.id] = session
        return session

    async def owner_there(self, session_there: bytes) -> UUID | None:
        """Return the account that signed in by this session at a provider."""
        return (await self._session.scalars(select(sessions.c.account_id).where(_is(sessions, session_there)))).first()

    async def may_be_of(self, account_id: UUID, session_there: bytes) -> bool:
        """Whether a session of this account, over or not, began by this one at a provider, or may have."""
        theirs = select(sessions.c.sid).where(sessions.c.account_id == account_id, _may_be(sessions, session_there))
        return (await self._session.scalars(theirs)).first() is not None

    async def end_all(
        self, account_id: UUID, *, besides: str = "", session_there: bytes | None = None, now: datetime
    ) -> None:
        """End every session of this account, and void its codes; the `sid` in `besides` stays.

        With `session_there` only those that began by this session at a provider, and those that may have.
        """
        ends: list[ColumnElement[bool]] = [sessions.c.sid != besides]
        voids: list[ColumnElement[bool]] = [authorization_codes.c.session_id.is_(None)]
        if session_there is not None:
            ends.append(_may_be(sessions, session_there))
            voids.append(_may_be(authorization_codes, session_there))
        await self._end(sessions.c.account_id == account_id, *ends, now=now)
        await self._session.execute(
            delete(authorization_codes).where(authorization_codes.c.account_id == account_id, *voids)
        )

    async def end_least_used(self, account_id: UUID, *, keep: int, now: datetime) -> None:
        """End those of this account that were used least lately, so that no more than `keep` go on."""
        theirs = (sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
        by_use = (sessions.c.refreshed_at.desc(), sessions.c.session_id.desc())
        goes_on = (sessions.c.idle_until > now, sessions.c.ends_at > now)
        query = select(sessions.c.session_id).where(*theirs, *goes_on).order_by(*by_use).offset(keep)
        found = (await self._session.scalars(query)).all()
        if found:
            await self._end(sessions.c.session_id.in_(found), now=now)

    async def _end(self, *conditions: ColumnElement[bool], now: datetime) -> None:
        still_on = (*conditions, sessions.c.ended_at.is_(None))
        ended = update(sessions).where(*still_on).values(ended_at=now, version=sessions.c.version + 1)
        await self._revoke(await self._session.scalars(ended.returning(sessions.c.sid)), now)

    async def rename_all(self, account_id: UUID, *, now: datetime) -> None:
        """Void the access tokens of every session of this account; the sessions go on."""
        still_on = (sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
        query = select(Session).where(*still_on).order_by(sessions.c.session_id).with_for_update()
        found = (await self._session.scalars(query, execution_options=_AS_IT_IS)).all()
        await self._revoke([session.sid for session in found], now)
        for session in found:
            session.rename(secrets.token_urlsafe(16))

    async def note_ended(self) -> None:
        """Record the sessions that ended one by one in this transaction."""
        for session in self._seen.values():
            if session.ended_at is not None:
                await self._revoke([session.sid], session.ended_at)

    async def _revoke(self, sids: Iterable[str], now: datetime) -> None:
        rows = [{"sid": sid, "revoked_at": now} for sid in sids]
        if rows:
            await self._session.execute(insert(revoked_sids), rows)


def _is(table: Table, session_there: bytes) -> ColumnElement[bool]:
    return table.c.session_there == session_there


def _may_be(table: Table, session_there: bytes) -> ColumnElement[bool]:
    """Whether it began by this session there; what its provider named none for may have."""
    return or_(_is(table, session_there), table.c.session_there.is_(None))


class Codes:
    """The authorization codes that were given."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, code: AuthorizationCode) -> None:
        self._session.add(code)

    async def owner(self, code: bytes) -> UUID | None:
        """Return the account that signed in for the code with this digest."""
        query = select(authorization_codes.c.account_id).where(authorization_codes.c.digest == code)
        return (await self._session.scalars(query)).first()

    async def find(self, code: bytes) -> AuthorizationCode | None:
        """Return the code with this digest, as it is now."""
        query = select(AuthorizationCode).where(authorization_codes.c.digest == code)
        return (await self._session.scalars(query, execution_options=_AS_IT_IS)).first()

"""Accounts and sessions in the database, as the rules need them."""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.email import Email
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.authorization_code import AuthorizationCode
from members_service.domain.identity.roles import Role, sets_with
from members_service.domain.identity.session import Session
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import accounts, authorization_codes, revoked_sids, sessions
from members_service.persistence.sealed_email import email_digest, keep_email, open_email

_ADMINISTERING = sets_with(Role.ADMIN)
"""Few enough to be looked up in the index."""

_AS_IT_IS = {"populate_existing": True}


class Accounts:
    """Implements `ports.Accounts`. New accounts wait in `added` until the members whom they point to are written."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._seen: list[Account] = []
        self.added: list[Account] = []

    def add(self, account: Account) -> None:
        self.added.append(account)

    async def get(self, account_id: UUID) -> Account:
        return await self._one(select(Account).where(accounts.c.account_id == account_id).with_for_update())

    async def look_at(self, account_id: UUID) -> Account:
        return await self._one(select(Account).where(accounts.c.account_id == account_id))

    async def _one(self, query: Select[Account]) -> Account:
        for account in await self._all(query):
            return account
        raise AccountNotFound

    async def _all(self, query: Select[Account]) -> list[Account]:
        found = list(await self._session.scalars(query, execution_options=_AS_IT_IS))
        for account in found:
            row: Any = account
            account.email = open_email(self._keys, row._email, owner=account.id)  # noqa: SLF001 - mapped for this file
        self._seen += found
        return found

    async def awaiting(self, token: bytes) -> Account | None:
        query = select(Account).where(accounts.c.activation_digest == token).with_for_update()
        return next(iter(await self._all(query)), None)

    async def of_member(self, member_id: UUID) -> list[Account]:
        query = select(Account).where(accounts.c.member_id == member_id).order_by(accounts.c.account_id)
        return await self._all(query.with_for_update())

    async def has_email(self, email: Email) -> bool:
        return bool(await self.emails_taken([email]))

    async def emails_taken(self, emails: Collection[Email]) -> set[str]:
        keys = {email_digest(self._keys, email.key): email.key for email in emails}
        query = select(accounts.c.email_key).where(accounts.c.email_key.in_(keys))
        return {keys[found] for found in await self._session.scalars(query)} if keys else set()

    def seal(self) -> None:
        """Put what must be sealed into the rows that are about to be written."""
        for account in (*self._seen, *self.added):
            keep_email(self._keys, account)

    async def administering(self, *, besides: Collection[UUID]) -> dict[UUID, UUID | None]:
        # All of them are locked, in one order: two admins who disable each other must not both find the other one left.
        query = (
            select(accounts.c.account_id, accounts.c.member_id)
            .where(accounts.c.roles.in_(_ADMINISTERING), accounts.c.disabled.is_(False))
            .where(accounts.c.password_hash.is_not(None))
            .order_by(accounts.c.account_id)
            .with_for_update()
        )
        found = await self._session.execute(query)
        return {row.account_id: row.member_id for row in found if row.account_id not in besides}


class Sessions:
    """Implements `ports.Sessions`. What ends or gets another `sid` is noted for the other services to see."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._seen: dict[UUID, Session] = {}

    def add(self, session: Session) -> None:
        self._session.add(session)

    async def find(self, session_id: UUID) -> Session | None:
        return await self._one(sessions.c.session_id == session_id)

    async def named(self, sid: str) -> Session | None:
        return await self._one(sessions.c.sid == sid)

    async def look_at(self, session_id: UUID) -> Session | None:
        return await self._look(sessions.c.session_id == session_id)

    async def look_for(self, sid: str) -> Session | None:
        return await self._look(sessions.c.sid == sid)

    async def _look(self, wanted: ColumnElement[bool]) -> Session | None:
        return (await self._session.scalars(select(Session).where(wanted), execution_options=_AS_IT_IS)).first()

    async def family(self, session: Session) -> list[Session]:
        root = session.parent_id or session.id
        theirs = (or_(sessions.c.session_id == root, sessions.c.parent_id == root), sessions.c.ended_at.is_(None))
        # In one order: the ids grow with time, so that the session of the browser comes before what began from it.
        query = select(Session).where(*theirs).order_by(sessions.c.session_id).with_for_update()
        found = list(await self._session.scalars(query, execution_options=_AS_IT_IS))
        self._seen |= {one.id: one for one in found}
        return found

    async def _one(self, wanted: ColumnElement[bool]) -> Session | None:
        query = select(Session).where(wanted).with_for_update()
        session = (await self._session.scalars(query, execution_options=_AS_IT_IS)).first()
        if session is not None and session.ended_at is None:
            self._seen[session.id] = session
        return session

    async def end_all(self, account_id: UUID, *, besides: str = "", now: datetime) -> None:
        await self._end(sessions.c.account_id == account_id, sessions.c.sid != besides, now=now)
        unused = (authorization_codes.c.account_id == account_id, authorization_codes.c.session_id.is_(None))
        await self._session.execute(delete(authorization_codes).where(*unused))

    async def end_least_used(self, account_id: UUID, *, keep: int, now: datetime) -> None:
        theirs = (sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
        by_use = (sessions.c.refreshed_at.desc(), sessions.c.session_id.desc())
        goes_on = (sessions.c.idle_until > now, sessions.c.ends_at > now)
        query = select(sessions.c.session_id).where(*theirs, *goes_on).order_by(*by_use).offset(keep)
        found = (await self._session.scalars(query)).all()
        if found:
            await self._end(sessions.c.session_id.in_(found), now=now)

    async def _end(self, *wanted: ColumnElement[bool], now: datetime) -> None:
        still_on = (*wanted, sessions.c.ended_at.is_(None))
        ended = update(sessions).where(*still_on).values(ended_at=now, version=sessions.c.version + 1)
        await self._revoke(await self._session.scalars(ended.returning(sessions.c.sid)), now)

    async def rename_all(self, account_id: UUID, *, now: datetime) -> None:
        still_on = (sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
        query = select(Session).where(*still_on).order_by(sessions.c.session_id).with_for_update()
        found = (await self._session.scalars(query, execution_options=_AS_IT_IS)).all()
        await self._revoke([session.sid for session in found], now)
        for session in found:
            session.rename(secrets.token_urlsafe(16))

    async def note_ended(self) -> None:
        """Note those that ended one by one in this transaction."""
        for session in self._seen.values():
            if session.ended_at is not None:
                await self._revoke([session.sid], session.ended_at)

    async def _revoke(self, sids: Iterable[str], now: datetime) -> None:
        rows = [{"sid": sid, "revoked_at": now} for sid in sids]
        if rows:
            await self._session.execute(insert(revoked_sids), rows)


class Codes:
    """Implements `ports.Codes`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, code: AuthorizationCode) -> None:
        self._session.add(code)

    async def owner(self, code: bytes) -> UUID | None:
        query = select(authorization_codes.c.account_id).where(authorization_codes.c.digest == code)
        return (await self._session.scalars(query)).first()

    async def find(self, code: bytes) -> AuthorizationCode | None:
        query = select(AuthorizationCode).where(authorization_codes.c.digest == code)
        return (await self._session.scalars(query, execution_options=_AS_IT_IS)).first()

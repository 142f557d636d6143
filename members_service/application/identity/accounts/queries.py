"""Accounts to look at: one plain select a question."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, tuple_

from members_service.application.identity.accounts.account_views import AccountFilter, AccountView, SignInFacts
from members_service.application.identity.sessions.session_views import OpenSession
from members_service.domain.email import email_key
from members_service.domain.identity.account import AccountNotFound
from members_service.domain.identity.client import BROWSER
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.roles import Role, sets_with
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import accounts, session_goes_on, sessions
from members_service.persistence.sealed_email import email_digest, open_email
from shared.kernel.made_from import made_from
from shared.persistence.database import Database


class AccountQueries:
    """Implements `account_views.AccountViews`."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def account(self, account_id: UUID) -> AccountView:
        row = await self._database.first(select(accounts).where(accounts.c.account_id == account_id))
        if row is None:
            raise AccountNotFound
        return self._account(row)

    async def accounts(self, wanted: AccountFilter, *, limit: int | None, after: UUID | None) -> list[AccountView]:
        query = select(accounts).where(*self._conditions(wanted)).order_by(accounts.c.account_id).limit(limit)
        if after is not None:
            query = query.where(accounts.c.account_id > after)
        return [self._account(row) for row in await self._database.rows(query)]

    def _conditions(self, wanted: AccountFilter) -> Iterator[ColumnElement[bool]]:
        if wanted.email is not None:
            yield accounts.c.email_key == email_digest(self._keys, email_key(wanted.email))
        if wanted.role is not None:
            yield accounts.c.roles.in_(sets_with(Role(wanted.role)))
        if wanted.member_id is not None:
            yield accounts.c.member_id == wanted.member_id
        if wanted.disabled is not None:
            yield accounts.c.disabled.is_(wanted.disabled)

    async def signing_in(self, name: str) -> SignInFacts | None:
        return await self._facts(accounts.c.email_key == email_digest(self._keys, name))

    async def of_member(self, member_id: UUID) -> SignInFacts | None:
        return await self._facts(accounts.c.member_id == member_id)

    async def _facts(self, wanted: ColumnElement[bool]) -> SignInFacts | None:
        columns = (
            accounts.c.account_id,
            accounts.c.email,
            accounts.c.password_hash,
            accounts.c.disabled,
            accounts.c.roles,
            accounts.c.member_id,
        )
        row = await self._database.first(select(*columns).where(wanted).order_by(accounts.c.account_id).limit(1))
        if row is None:
            return None
        return SignInFacts(
            row.account_id,
            email_key(self._email(row)),
            row.password_hash,
            row.disabled,
            tuple(sorted(row.roles)),
            row.member_id,
        )

    async def awaiting(self, token: bytes, *, now: datetime) -> str | None:
        pending = (accounts.c.activation_digest == token, accounts.c.activation_expires_at > now)
        row = await self._database.first(select(accounts.c.account_id, accounts.c.email).where(*pending))
        return None if row is None else self._email(row)

    async def email_and_hash(self, account_id: UUID) -> tuple[str, str | None]:
        row = await self._database.first(
            select(accounts.c.account_id, accounts.c.email, accounts.c.password_hash).where(
                accounts.c.account_id == account_id
            )
        )
        if row is None:
            raise AccountNotFound
        return self._email(row), row.password_hash

    def _account(self, row: Row[Any]) -> AccountView:
        return made_from(
            row,
            AccountView,
            email=self._email(row),
            roles=tuple(sorted(row.roles)),
            activated=row.password_hash is not None,
        )

    def _email(self, row: Row[Any]) -> str:
        return open_email(self._keys, row.email, owner=row.account_id).address


class SessionQueries:
    """Implements `session_views.SessionViews`."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def signed_in(self, presented: RefreshToken, *, now: datetime) -> str | None:
        kept = (sessions.c.session_id == presented.session_id, sessions.c.digest == presented.digest)
        goes_on = (sessions.c.client_id == BROWSER, session_goes_on, sessions.c.ends_at > now)
        theirs = select(accounts.c.account_id, accounts.c.email).join(
            sessions, sessions.c.account_id == accounts.c.account_id
        )
        row = await self._database.first(theirs.where(*kept, *goes_on, accounts.c.disabled.is_(False)))
        return None if row is None else open_email(self._keys, row.email, owner=row.account_id).address

    async def open_of(
        self, account_id: UUID, *, now: datetime, limit: int, before: tuple[datetime, str] | None
    ) -> list[OpenSession]:
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

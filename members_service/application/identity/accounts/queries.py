"""Queries of accounts, to show them and to sign in: one select each."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select

from members_service.application.identity.accounts.account_views import (
    AccountFilter,
    AccountView,
    ForeignIdentityView,
    SignInFacts,
)
from members_service.application.identity.passkeys.views import KeptPasskey, PasskeyView
from members_service.domain.email import email_key
from members_service.domain.identity.account import AccountNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.accounts import has_role
from members_service.persistence.identity.passkeys import read_passkey
from members_service.persistence.identity.providers import SUBJECT
from members_service.persistence.identity.tables import accounts, foreign_identities, passkeys
from members_service.persistence.sealed_email import email_digest, open_email
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database


class AccountQueries:
    """Fetches accounts to show, and for signing in."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    @refuses(AccountNotFound)
    async def account(self, account_id: UUID) -> AccountView:
        """Return an account."""
        row = await self._database.first(select(accounts).where(accounts.c.account_id == account_id))
        if row is None:
            raise AccountNotFound
        return self._account(row)

    async def accounts(self, criteria: AccountFilter, *, limit: int | None, after: UUID | None) -> list[AccountView]:
        """Return up to `limit` accounts behind the one with that id, oldest first; None: all of them."""
        query = select(accounts).where(*self._conditions(criteria)).order_by(accounts.c.account_id).limit(limit)
        if after is not None:
            query = query.where(accounts.c.account_id > after)
        return [self._account(row) for row in await self._database.rows(query)]

    async def identities(self, account_ids: Collection[UUID]) -> list[ForeignIdentityView]:
        """Return by which providers, and as whom, the owners of these accounts sign in."""
        query = select(foreign_identities).where(foreign_identities.c.account_id.in_(account_ids))
        return [
            ForeignIdentityView(
                row.account_id,
                row.issuer,
                self._keys.open(row.subject, owner=row.identity_id, field=SUBJECT),
                row.linked_at,
            )
            for row in await self._database.rows(query.order_by(foreign_identities.c.linked_at))
        ]

    async def passkeys(self, account_ids: Collection[UUID]) -> list[KeptPasskey]:
        """Return the passkeys of these accounts, the oldest first."""
        query = select(passkeys).where(passkeys.c.account_id.in_(account_ids)).order_by(passkeys.c.passkey_id)
        found = (read_passkey(self._keys, row._mapping) for row in await self._database.rows(query))  # noqa: SLF001 - SQLAlchemy's public way to a mapping
        return [KeptPasskey(one.account_id, PasskeyView.of(one)) for one in found]

    def _conditions(self, criteria: AccountFilter) -> Iterator[ColumnElement[bool]]:
        if criteria.email is not None:
            yield accounts.c.email_key == email_digest(self._keys, email_key(criteria.email))
        if criteria.role is not None:
            yield has_role(criteria.role)
        if criteria.member_id is not None:
            yield accounts.c.member_id == criteria.member_id
        if criteria.disabled is not None:
            yield accounts.c.disabled.is_(criteria.disabled)

    async def signing_in(self, name: str) -> SignInFacts | None:
        return await self._facts(accounts.c.email_key == email_digest(self._keys, name))

    async def of_member(self, member_id: UUID) -> SignInFacts | None:
        """Return the account with which this member signs in; the oldest of several."""
        return await self._facts(accounts.c.member_id == member_id)

    async def _facts(self, condition: ColumnElement[bool]) -> SignInFacts | None:
        columns = (
            accounts.c.account_id,
            accounts.c.email,
            accounts.c.password_hash,
            accounts.c.disabled,
            accounts.c.roles,
            accounts.c.member_id,
        )
        row = await self._database.first(select(*columns).where(condition).order_by(accounts.c.account_id).limit(1))
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
        """Return the e-mail address of the account that this activation token is for, or None."""
        pending = (accounts.c.activation_digest == token, accounts.c.activation_expires_at > now)
        row = await self._database.first(select(accounts.c.account_id, accounts.c.email).where(*pending))
        return None if row is None else self._email(row)

    async def email_and_hash(self, account_id: UUID) -> tuple[str, str | None]:
        """Return the e-mail address and the hash of the password. Raises AccountNotFound."""
        row = await self._database.first(
            select(accounts.c.account_id, accounts.c.email, accounts.c.password_hash).where(
                accounts.c.account_id == account_id
            )
        )
        if row is None:
            raise AccountNotFound
        return self._email(row), row.password_hash

    def _account(self, row: Row[Any]) -> AccountView:
        return from_attributes(
            row,
            AccountView,
            email=self._email(row),
            roles=tuple(sorted(row.roles)),
            activated=row.password_hash is not None,
        )

    def _email(self, row: Row[Any]) -> str:
        return open_email(self._keys, row.email, owner=row.account_id).address

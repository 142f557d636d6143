"""The repository of accounts."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.email import Email
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.roles import Role, sets_with
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import accounts
from members_service.persistence.sealed_email import email_digest, keep_email, open_email

_ADMINISTERING = sets_with(Role.ADMIN)
"""Few enough to be looked up in the index."""

_AS_IT_IS = {"populate_existing": True}


class Accounts:
    """The accounts on record. New ones wait in `added` until the members whom they point to are written."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._seen: list[Account] = []
        self.added: list[Account] = []

    def add(self, account: Account) -> None:
        self.added.append(account)

    async def get(self, account_id: UUID) -> Account:
        """Return the account, locked until the transaction ends. Raises AccountNotFound."""
        return await self._one(select(Account).where(accounts.c.account_id == account_id).with_for_update())

    async def look_at(self, account_id: UUID) -> Account:
        """Return the account as it is now, without keeping anybody from changing it. Raises AccountNotFound."""
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
        """Return the account whose activation has this digest, locked until the transaction ends."""
        query = select(Account).where(accounts.c.activation_digest == token).with_for_update()
        return next(iter(await self._all(query)), None)

    async def of_member(self, member_id: UUID) -> list[Account]:
        """Return the accounts of one member, locked until the transaction ends."""
        query = select(Account).where(accounts.c.member_id == member_id).order_by(accounts.c.account_id)
        return await self._all(query.with_for_update())

    async def has_email(self, email: Email) -> bool:
        """Return whether an account has this e-mail address already."""
        return bool(await self.emails_taken([email]))

    async def emails_taken(self, emails: Collection[Email]) -> set[str]:
        """Return the keys of those among these e-mail addresses that an account has already."""
        keys = {email_digest(self._keys, email.key): email.key for email in emails}
        query = select(accounts.c.email_key).where(accounts.c.email_key.in_(keys))
        return {keys[found] for found in await self._session.scalars(query)} if keys else set()

    def seal(self) -> None:
        """Seal what has changed, into the rows that are about to be written."""
        for account in (*self._seen, *self.added):
            keep_email(self._keys, account)

    async def administering(self, *, besides: Collection[UUID]) -> dict[UUID, UUID | None]:
        """Return the other accounts that administer the library, with their members; locked until the end."""
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

"""The repository of accounts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, delete, insert, literal, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.email import Email
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.grants import Bounds
from members_service.domain.identity.roles import Role
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.roles import Roles
from members_service.persistence.identity.tables import accounts, does_more, grants
from members_service.persistence.sealed_email import email_digest, keep_email, open_email

_AS_IT_IS = {"populate_existing": True}


def has_role(role: str) -> ColumnElement[bool]:
    """Return which accounts have this role."""
    words = literal(" ").concat(type_coerce(accounts.c.roles, String)).concat(" ")
    named = words.contains(f" {role} ", autoescape=True)
    return named if role == Role.MEMBER else does_more & named


def branches_text(bounds: Bounds) -> str | None:
    """Return the branches as a row keeps them."""
    return None if bounds.branches is None else " ".join(sorted(bounds.branches))


def bounds_in(branches: str | None, until: datetime | None) -> Bounds:
    """Return how far a role goes, as its row says."""
    return Bounds(None if branches is None else frozenset(branches.split()), until)


class Accounts:
    """The accounts on record. New ones wait in `added` until the members whom they point to are written."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._seen: list[Account] = []
        self._bounds: dict[UUID, Mapping[str, Bounds]] = {}
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
        await self._say_how_far(found)
        return found

    async def _say_how_far(self, found: Sequence[Account]) -> None:
        """Read what the roles of accounts mean, and how far they go; a member's role needs no look."""
        staff = {account.id: account for account in found if account.does_more}
        if not staff:
            return
        definitions = await Roles(self._session).all()
        bounds: dict[UUID, dict[str, Bounds]] = {account_id: {} for account_id in staff}
        for row in await self._session.execute(select(grants).where(grants.c.account_id.in_(staff))):
            bounds[row.account_id][row.role] = bounds_in(row.branches, row.until)
        for account_id, account in staff.items():
            account.definitions = definitions
            account.bounds = self._bounds[account_id] = bounds[account_id]

    async def having(self, role: str) -> list[Account]:
        """Return the accounts that have a role, locked until the transaction ends."""
        query = select(Account).where(has_role(role)).order_by(accounts.c.account_id)
        return await self._all(query.with_for_update())

    async def staff(self) -> list[Account]:
        """Return every account that may do more than a member's."""
        return await self._all(select(Account).where(does_more).order_by(accounts.c.account_id))

    async def with_emails(self, emails: Collection[Email]) -> list[Account]:
        """Return the accounts with these e-mail addresses, in one order, locked until the transaction ends."""
        keys = [email_digest(self._keys, email.key) for email in emails]
        query = select(Account).where(accounts.c.email_key.in_(keys)).order_by(accounts.c.account_id)
        return await self._all(query.with_for_update())

    async def write_bounds(self) -> bool:
        """Write how far roles go, where that has changed. Return whether it has."""
        changed = [one for one in (*self._seen, *self.added) if one.bounds != self._bounds.get(one.id, {})]
        for account in changed:
            await self._session.execute(delete(grants).where(grants.c.account_id == account.id))
            rows = [
                {"account_id": account.id, "role": role, "branches": branches_text(one), "until": one.until}
                for role, one in account.bounds.items()
            ]
            if rows:
                await self._session.execute(insert(grants), rows)
            self._bounds[account.id] = account.bounds
        return bool(changed)

    async def awaiting(self, token: bytes) -> Account | None:
        """Return the account whose activation has this digest, locked until the transaction ends."""
        query = select(Account).where(accounts.c.activation_digest == token).with_for_update()
        return next(iter(await self._all(query)), None)

    async def of_member(self, member_id: UUID) -> list[Account]:
        """Return the accounts of one member, locked until the transaction ends."""
        query = select(Account).where(accounts.c.member_id == member_id).order_by(accounts.c.account_id)
        return await self._all(query.with_for_update())

    async def with_email(self, email: Email) -> Account | None:
        """Return the account with this e-mail address, locked until the transaction ends."""
        here = accounts.c.email_key == email_digest(self._keys, email.key)
        return next(iter(await self._all(select(Account).where(here).with_for_update())), None)

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
        found = await self._admins()
        return {account_id: member_id for account_id, member_id in found if account_id not in besides}

    async def break_glass(self, *, besides: UUID) -> bool:
        """Return whether another account administers the library with a password and a second factor; as above."""
        proved_twice = or_(accounts.c.second_factor, accounts.c.has_passkey)
        return any(account_id != besides for account_id, _ in await self._admins(proved_twice))

    async def _admins(self, *more: ColumnElement[bool]) -> list[tuple[UUID, UUID | None]]:
        """Return who administers the library with a password, and their members; locked until the end."""
        query = (
            select(accounts.c.account_id, accounts.c.member_id)
            .where(has_role(Role.ADMIN), accounts.c.disabled.is_(False), accounts.c.password_hash.is_not(None), *more)
            .order_by(accounts.c.account_id)
        )
        # All of them are locked, in one order: two admins who disable each other must not both find the other one left.
        # How far their role goes is read only then: a statement that waited for a lock sees other tables as they were.
        found = (await self._session.execute(query.with_for_update())).all()
        bounded = set(await self._session.scalars(select(grants.c.account_id).where(grants.c.role == Role.ADMIN.value)))
        return [(row.account_id, row.member_id) for row in found if row.account_id not in bounded]

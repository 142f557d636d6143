"""What can be shown of accounts, and who fetches it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from members_service.domain.identity.account import Account, AccountNotFound
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class ResetOffered:
    """The token to choose a password with at `/v1/auth/activate`. It is shown this once."""

    activation_token: str
    activation_expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as an admin sees it. `activated` tells whether its owner has chosen a password."""

    account_id: UUID
    email: str
    roles: tuple[str, ...]
    member_id: UUID | None
    activated: bool
    disabled: bool
    second_factor: bool
    created_at: datetime
    version: int

    @classmethod
    def of(cls, account: Account) -> Self:
        """Show `account` as it stands."""
        return cls(
            account_id=account.id,
            email=account.email.address,
            roles=tuple(sorted(account.roles)),
            member_id=account.member_id,
            activated=account.is_activated,
            disabled=account.disabled,
            second_factor=account.second_factor,
            created_at=account.created_at,
            version=account.version,
        )


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """A new account, with the one-time token that lets its owner choose a password; None where it has one already."""

    account: AccountView
    activation_token: str | None = None
    activation_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts to list; None asks for no restriction. `role` is one that they have among others."""

    email: str | None = None
    role: str | None = None
    member_id: UUID | None = None
    disabled: bool | None = None


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """As much of an account as a sign-in looks at. `name` is the one that its tries are counted for."""

    account_id: UUID
    name: str
    password_hash: str | None
    disabled: bool
    roles: tuple[str, ...]
    member_id: UUID | None


class AccountViews(Protocol):
    """Fetches accounts to show, and for signing in."""

    @refuses(AccountNotFound)
    async def account(self, account_id: UUID) -> AccountView:
        """Return an account."""
        ...

    async def accounts(self, wanted: AccountFilter, *, limit: int | None, after: UUID | None) -> list[AccountView]:
        """Return up to `limit` accounts behind the one with that id, oldest first; a limit of None means all."""
        ...

    async def signing_in(self, name: str) -> SignInFacts | None: ...

    async def of_member(self, member_id: UUID) -> SignInFacts | None:
        """Return the account with which this member signs in; the oldest of several."""
        ...

    async def awaiting(self, token: bytes, *, now: datetime) -> str | None:
        """Return the e-mail address of the account that this activation token is for, or None."""
        ...

    async def email_and_hash(self, account_id: UUID) -> tuple[str, str | None]:
        """Return the e-mail address and the hash of the password. Raises AccountNotFound."""
        ...

"""What can be shown of accounts, of signing in and of the audit trail, and who fetches it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, Self
from uuid import UUID

from members_service.domain.identity.account import Account


@dataclass(frozen=True, slots=True)
class ResetOffered:
    """The one-time token that lets the owner of an account choose a new password."""

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
    """As much of an account as a sign-in looks at."""

    account_id: UUID
    password_hash: str | None
    disabled: bool
    roles: tuple[str, ...]
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class TokenView:
    """What a client gets for its credentials. `lasts` is in seconds."""

    access_token: str
    lasts: int
    scopes: tuple[str, ...]
    refresh_token: str | None = None


AuditActionName = Literal[
    "signed-in", "sign-in-failed", "signed-out", "refresh-token-reused", "code-reused", "key-rotated", "account-opened",
    "account-activated", "account-disabled", "account-enabled", "roles-changed", "password-changed",
    "password-change-failed", "password-reset-offered", "email-changed", "second-factor-enrolled",
    "second-factor-removed", "second-factor-failed", "recovery-codes-drawn", "recovery-code-used", "session-ended",
    "exported", "erasure-asked", "erasure-withdrawn", "erased",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditView:
    """One record of the audit trail. `network` is the same word for the same network, and tells nothing else."""

    record_id: UUID
    action: str
    at: datetime
    by: str | None
    account_id: UUID | None
    member_id: UUID | None
    client_id: str | None
    network: str | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which records to list; None asks for no restriction. From `since` on, and before `until`.

    `about` are ids of members and accounts; records about any of them are listed, if there are some.
    """

    action: str | None = None
    by: str | None = None
    account_id: UUID | None = None
    member_id: UUID | None = None
    about: tuple[UUID, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


class AuditViews(Protocol):
    """Fetches the audit trail, newest first."""

    async def records(
        self, wanted: AuditFilter, *, limit: int | None, before: tuple[datetime, UUID] | None
    ) -> list[AuditView]:
        """Return up to `limit` records older than the one with that moment and id; a limit of None means all."""
        ...


@dataclass(frozen=True, slots=True)
class RevocationView:
    """Since when the access tokens that carry `sid` are void."""

    sid: str
    revoked_at: datetime


class RevocationViews(Protocol):
    """Lists what was revoked lately."""

    async def since(
        self, moment: datetime | None, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[RevocationView]:
        """Return up to `limit` of them at or after a moment, behind that one, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that goes on. Its id is what access tokens carry as `sid`; nothing can be done with it alone."""

    session_id: str
    client_id: str
    created_at: datetime
    last_used_at: datetime


class SessionViews(Protocol):
    """Lists the sessions of an account that go on."""

    async def open_of(
        self, account_id: UUID, *, now: datetime, limit: int, before: tuple[datetime, str] | None
    ) -> list[OpenSession]:
        """Return up to `limit` of them that are older than the one with that moment and id, newest first."""
        ...


class AccountViews(Protocol):
    """Fetches accounts to show, and for signing in."""

    async def account(self, account_id: UUID) -> AccountView:
        """Raise AccountNotFound when there is none."""
        ...

    async def accounts(self, wanted: AccountFilter, *, limit: int | None, after: UUID | None) -> list[AccountView]:
        """Return up to `limit` accounts behind the one with that id, oldest first; a limit of None means all."""
        ...

    async def signing_in(self, name: str) -> SignInFacts | None: ...

    async def awaiting(self, token: bytes, *, now: datetime) -> str | None:
        """Return the e-mail address of the account that this activation token is for, or None."""
        ...

    async def email_and_hash(self, account_id: UUID) -> tuple[str, str | None]:
        """Return the e-mail address and the hash of the password. Raises AccountNotFound."""
        ...

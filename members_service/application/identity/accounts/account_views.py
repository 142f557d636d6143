"""Views of accounts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from members_service.domain.identity.account import Account
from members_service.domain.identity.roles import MEMBER_ALONE


@dataclass(frozen=True, slots=True)
class ResetOffered:
    """The token to choose a password with at `/v1/auth/activate`. It is shown this once.

    Where the library sends notices of recoveries itself, its owner gets it by mail, and it is not shown at all.
    """

    activation_token: str | None
    activation_expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as an admin sees it. `activated` tells whether its owner has chosen a password.

    `signs_in_elsewhere`: by an identity provider, without a password here.
    """

    account_id: UUID
    email: str
    roles: tuple[str, ...]
    member_id: UUID | None
    activated: bool
    disabled: bool
    second_factor: bool
    signs_in_elsewhere: bool
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
            signs_in_elsewhere=account.signs_in_elsewhere,
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
    """Which accounts to list; None: any. `role` is one of those that they have."""

    email: str | None = None
    role: str | None = None
    member_id: UUID | None = None
    disabled: bool | None = None


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """The part of an account that a sign-in needs. Tries are counted under `name`."""

    account_id: UUID
    name: str
    password_hash: str | None
    disabled: bool
    roles: tuple[str, ...]
    member_id: UUID | None

    @property
    def is_staff(self) -> bool:
        """Whether it may do more than a member's."""
        return bool({*self.roles} - MEMBER_ALONE)


@dataclass(frozen=True, slots=True)
class ForeignIdentityView:
    """By which identity provider, and as whom there, somebody signs in."""

    account_id: UUID
    issuer: str
    subject: str
    linked_at: datetime

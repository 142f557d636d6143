"""What membership can show, and who fetches it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, Self
from uuid import UUID

from members_service.application.record_views import HappeningView
from members_service.domain.account import Account
from members_service.domain.block import Block
from members_service.domain.member import Member
from members_service.domain.standing import Action, Membership, Refusal


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """Why and until when a membership is stopped."""

    reason: str
    until: date | None


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as staff and the member see it. `status` is that of the day on which it was asked for."""

    member_id: UUID
    card_number: str
    name: str
    email: str
    category: str
    status: str
    joined_at: datetime
    expires_on: date
    suspension: SuspensionView | None
    language: str | None
    phone: str | None
    address: str | None
    date_of_birth: date | None
    version: int

    @classmethod
    def of(cls, member: Member, *, today: date) -> Self:
        """Show `member` as it stands `today`."""
        suspended = member.suspension
        return cls(
            member_id=member.id,
            card_number=member.card.number,
            name=member.name,
            email=member.email.address,
            category=str(member.category),
            status=str(member.status(today)),
            joined_at=member.joined_at,
            expires_on=member.expires_on,
            suspension=SuspensionView(suspended.reason, suspended.until)
            if suspended and suspended.holds_on(today)
            else None,
            language=member.language,
            phone=member.details.phone,
            address=member.details.address,
            date_of_birth=member.details.date_of_birth,
            version=member.version,
        )


@dataclass(frozen=True, slots=True)
class EnrolledMember:
    """A new member, with the one-time token that lets its owner choose a password."""

    member: MemberView
    activation_token: str
    activation_expires_at: datetime


@dataclass(frozen=True, slots=True)
class ResetOffered:
    """The one-time token that lets the owner of an account choose a new password."""

    activation_token: str
    activation_expires_at: datetime


@dataclass(frozen=True, slots=True)
class BlockView:
    """A manual stop on one action."""

    block_id: UUID
    member_id: UUID
    action: str
    reason: str
    until: date | None
    placed_at: datetime

    @classmethod
    def of(cls, block: Block, *, member_id: UUID) -> Self:
        """Show `block` as it stands."""
        stop = block.stop
        return cls(block.id, member_id, str(stop.action), block.reason, stop.until, block.placed_at)


@dataclass(frozen=True, slots=True)
class StandingView:
    """May this member borrow, renew and hold today, and if not, why."""

    member_id: UUID
    category: str
    expires_on: date
    may_borrow: bool
    may_renew: bool
    may_hold: bool
    refusals: tuple[Refusal, ...]

    @classmethod
    def of(cls, membership: Membership, *, today: date) -> Self:
        """Judge `membership` as it stands `today`."""
        refusals = membership.refusals(today)
        refused = {action for refusal in refusals for action in refusal.actions}
        return cls(
            member_id=membership.member_id,
            category=str(membership.category),
            expires_on=membership.expires_on,
            may_borrow=Action.BORROW not in refused,
            may_renew=Action.RENEW not in refused,
            may_hold=Action.HOLD not in refused,
            refusals=refusals,
        )


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as an admin sees it. `activated` tells whether its owner has chosen a password."""

    account_id: UUID
    email: str
    roles: tuple[str, ...]
    member_id: UUID | None
    activated: bool
    disabled: bool
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
            created_at=account.created_at,
            version=account.version,
        )


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


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members to list; None asks for no restriction.

    `q` is a whole card number or e-mail address, or beginnings of words of the name, whatever their case and accents.
    """

    q: str | None = None
    card_number: str | None = None
    category: str | None = None
    status: str | None = None


DeedName = Literal[
    "signed-in", "sign-in-failed", "signed-out", "refresh-token-reused", "code-reused", "key-rotated", "account-opened",
    "account-activated", "account-disabled", "account-enabled", "roles-changed", "password-changed",
    "password-change-failed", "password-reset-offered", "email-changed", "exported", "erasure-asked",
    "erasure-withdrawn", "erased",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditView:
    """One record of the audit trail. `network` is the same word for the same network, and tells nothing else."""

    record_id: UUID
    deed: str
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

    deed: str | None = None
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


class MemberViews(Protocol):
    """Fetches members to show and to judge, one statement a question."""

    async def member(self, member_id: UUID, *, today: date) -> MemberView:
        """Raise MemberNotFound when there is none."""
        ...

    async def members(self, wanted: MemberFilter, *, today: date, limit: int, after: UUID | None) -> list[MemberView]:
        """Return up to `limit` members that joined after the one with that id, in the order in which they joined.

        Raises CardReplaced when the wanted card number is that of an old card.
        """
        ...

    async def membership(self, *, member_id: UUID | None = None, card_number: str | None = None) -> Membership:
        """Return what the standing of one member depends on; give exactly one of the two.

        Raises MemberNotFound, or CardReplaced for an old card.
        """
        ...

    async def blocks(self, member_id: UUID, *, limit: int | None, after: UUID | None) -> list[BlockView]:
        """Return up to `limit` blocks of one member behind that one, oldest first. Raises MemberNotFound."""
        ...

    async def history(self, member_id: UUID, *, limit: int | None, before: UUID | None) -> list[HappeningView]:
        """Return up to `limit` entries of a member's history before that one, newest first. Raises MemberNotFound."""
        ...


class AccountViews(Protocol):
    """Fetches accounts to show, and for signing in."""

    async def account(self, account_id: UUID) -> AccountView:
        """Raise AccountNotFound when there is none."""
        ...

    async def of_member(self, member_id: UUID) -> list[AccountView]: ...

    async def signing_in(self, email_key: str) -> SignInFacts | None: ...

    async def awaiting(self, token: bytes, *, now: datetime) -> str | None:
        """Return the e-mail address of the account that this activation token is for, or None."""
        ...

    async def email_and_hash(self, account_id: UUID) -> tuple[str, str | None]:
        """Return the e-mail address and the hash of the password. Raises AccountNotFound."""
        ...

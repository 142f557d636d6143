"""What membership needs from outside."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from members_service.application.identity.accounts.account_views import (
    AccountViews,
    AuditViews,
    RevocationViews,
    SessionViews,
)
from members_service.application.identity.second_factor.ports import SecondFactorPorts, SecondFactors
from members_service.application.membership.views import MemberViews
from members_service.application.privacy.personal_record import PersonalRecords
from members_service.domain.audit import AuditRecord
from members_service.domain.email import Email
from members_service.domain.identity.account import Account
from members_service.domain.identity.attempts import SignInSource, Tried
from members_service.domain.identity.authorization_code import AuthorizationCode
from members_service.domain.identity.client import PublicClient, ServiceClient
from members_service.domain.identity.password import PasswordRules
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.session import Session
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberEvent
from members_service.domain.membership.membership import Categories
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt


class Members(Protocol):
    """The members on record."""

    def add(self, member: Member) -> None: ...

    async def get(self, member_id: UUID) -> Member:
        """Return the member, locked until the transaction ends. Raises MemberNotFound."""
        ...

    async def remove(self, member: Member) -> None:
        """Remove the member and everything that hangs on it: cards, blocks, history, accounts and their sessions."""
        ...

    async def has_card(self, card: CardNumber) -> bool:
        """Tell whether somebody has this card number, or had it before it was replaced."""
        ...

    async def has_email(self, email: Email) -> bool:
        """Tell whether a member has this e-mail address already."""
        ...


class Accounts(Protocol):
    """The accounts on record."""

    def add(self, account: Account) -> None: ...

    async def get(self, account_id: UUID) -> Account:
        """Return the account, locked until the transaction ends. Raises AccountNotFound."""
        ...

    async def look_at(self, account_id: UUID) -> Account:
        """Return the account as it is now, without keeping anybody from changing it. Raises AccountNotFound."""
        ...

    async def awaiting(self, token: bytes) -> Account | None:
        """Return the account whose activation has this digest, locked until the transaction ends."""
        ...

    async def of_member(self, member_id: UUID) -> list[Account]:
        """Return the accounts of one member, locked until the transaction ends."""
        ...

    async def has_email(self, email: Email) -> bool:
        """Tell whether an account has this e-mail address already."""
        ...

    async def another_administers(self, account_id: UUID) -> bool:
        """Tell whether somebody else administers the library, too; that stays so until the transaction ends."""
        ...


class Sessions(Protocol):
    """The sessions on record."""

    def add(self, session: Session) -> None: ...

    async def find(self, session_id: UUID) -> Session | None:
        """Return the session, locked until the transaction ends."""
        ...

    async def named(self, sid: str) -> Session | None:
        """Return the session whose access tokens carry `sid`, locked until the transaction ends."""
        ...

    async def end_all(self, account_id: UUID, *, now: datetime) -> None:
        """End every session of this account, and those that are about to begin by a code."""
        ...

    async def rename_all(self, account_id: UUID, *, now: datetime) -> None:
        """Void the access tokens of every session of this account; the sessions go on."""
        ...


class Codes(Protocol):
    """The authorization codes that were given."""

    def add(self, code: AuthorizationCode) -> None: ...

    async def owner(self, code: bytes) -> UUID | None:
        """Return the account that signed in for the code with this digest."""
        ...

    async def find(self, code: bytes) -> AuthorizationCode | None:
        """Return the code with this digest, as it is now."""
        ...


class Attempts(Protocol):
    """Counts who tries to sign in how often."""

    async def forget(self, email: Email) -> None:
        """Drop every trace of tries to sign in with this address."""
        ...

    async def give_back(self, tried: Tried, *, now: datetime) -> None:
        """Give the last try back: nothing about it was wrong."""
        ...

    async def forgive(self, source: SignInSource, *, now: datetime) -> None:
        """Give the last try back, because it was right, and welcome the source."""
        ...

    async def welcome(self, source: SignInSource, *, now: datetime) -> None:
        """Remember network and device as familiar to the account."""
        ...


class Audit(Protocol):
    """The audit trail: it can be added to, and nothing in it is ever changed."""

    def add(self, record: AuditRecord) -> None:
        """Keep `record` together with the changes of this transaction."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything."""

    @property
    def members(self) -> Members: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def second_factors(self) -> SecondFactors: ...

    @property
    def codes(self) -> Codes: ...

    @property
    def attempts(self) -> Attempts: ...

    @property
    def audit(self) -> Audit: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        """Note an incoming message in this transaction; False when this listener has done its work before."""
        ...

    def tell(self, event: MemberEvent) -> None:
        """Tell the world of somebody who need not be on record, together with the changes of this transaction."""
        ...

    async def commit(self, *, answer: object | None = None) -> None:
        """Keep the changes, their events and the receipt of `answer`.

        Raises CardNumberTaken or EmailTaken when somebody else was faster, OutOfDate when somebody else changed the
        same thing meanwhile.
        """
        ...


class SignInThrottle(Protocol):
    """Lets those in who may still try."""

    async def admit(self, tried: Tried, *, now: datetime) -> None:
        """Count one try, in a transaction of its own. Raises TooManyAttempts, and then counts nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right. `better_hash` is to be kept instead of the old one, if given."""

    is_right: bool
    better_hash: str | None = None


class Assertions(Protocol):
    """Knows the public keys of clients that sign for themselves."""

    async def client_of(self, assertion: str, *, audiences: Collection[str]) -> str | None:
        """Return the client that signed this for one of `audiences`; None for any other, and for one used before."""
        ...


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose. Raises Unavailable when too many wait already."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        """Compare. Without a hash the answer is no, and takes as long as with one."""
        ...


class SecretGenerator(Protocol):
    """What nobody can foresee."""

    def secret(self) -> str:
        """Return 256 random bits as text that needs no quoting anywhere."""
        ...

    def digits(self, count: int) -> str:
        """Return so many random decimal digits."""
        ...


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom an access token speaks for, and what it allows."""

    subject: str
    client_id: str
    scopes: frozenset[str]
    roles: tuple[str, ...] = ()
    member_id: UUID | None = None
    sid: str | None = None
    methods: tuple[str, ...] = ()
    """How the person signed in, in the words of RFC 8176."""


class AccessTokens(Protocol):
    """Signs access tokens."""

    def issue(self, bearer: Bearer, *, now: datetime) -> str:
        """Return a signed token that is valid from `now` for ACCESS_TOKEN_LASTS."""
        ...

    async def sid_of(self, token: str) -> str | None:
        """Return the name of the session that an access token belongs to; None for whatever else it is."""
        ...


class RefreshTokens(Protocol):
    """Knows which refresh tokens we have made, without keeping them."""

    def text_of(self, token: RefreshToken) -> str:
        """Return the token as a client gets it."""
        ...

    def read(self, text: str) -> RefreshToken | None:
        """Read a token as a client sends it; None when it is none of those that we have made."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases are given; chosen in main.py."""

    unit_of_work: Callable[[Receipt | None], UnitOfWork]
    members: MemberViews
    accounts: AccountViews
    revocations: RevocationViews
    audit: AuditViews
    sessions: SessionViews
    second_factor: SecondFactorPorts
    throttle: SignInThrottle
    passwords: Passwords
    password_rules: PasswordRules
    tokens: AccessTokens
    refresh_tokens: RefreshTokens
    clients: Mapping[str, ServiceClient]
    public_clients: Mapping[str, PublicClient]
    assertions: Assertions
    password_grant: bool
    categories: Categories
    records: PersonalRecords
    secret_generator: SecretGenerator
    clock: Clock
    zone: tzinfo

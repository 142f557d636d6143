"""Stand-ins for what membership needs from outside, kept in memory."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

from members_service.application.identity.accounts.account_views import AccountFilter, AccountView, SignInFacts
from members_service.application.identity.accounts.members_accounts import MembersAccounts
from members_service.application.identity.accounts.ports import Verdict
from members_service.application.identity.sessions.ports import Bearer
from members_service.domain.audit import AuditRecord
from members_service.domain.email import Email
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.attempts import Attempt, Guess, SignInSource
from members_service.domain.identity.authorization_code import AuthorizationCode
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.second_factor import SecondFactor
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS, Session
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.member import Member
from members_service.domain.owner_check import TooManyAttempts
from members_service.domain.unknown_member import MemberNotFound
from tests.members.makers import NOW


class SteppingClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def pass_by(self, time: timedelta) -> None:
        self.time += time


class FakeSecrets:
    """A secret generator that can be foreseen: secrets count up, and so do digits after those that were put in."""

    def __init__(self, *digits: str) -> None:
        self._digits = list(digits)
        self._drawn = self._counted = 0

    def secret(self) -> str:
        self._drawn += 1
        return f"secret-{self._drawn}"

    def digits(self, count: int) -> str:
        if self._digits:
            return self._digits.pop(0)
        self._counted += 1
        return str(int("7" * count) + self._counted)


class FakePasswords:
    """A hash that anybody can read. `old` are hashes made with former parameters."""

    def __init__(self, *old: str) -> None:
        self.old = old
        self.verified = 0

    async def hash(self, password: str) -> str:
        return f"hash of {password}"

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        self.verified += 1
        if password_hash not in (f"hash of {password}", f"old hash of {password}"):
            return Verdict(is_right=False)
        return Verdict(is_right=True, better_hash=f"hash of {password}" if password_hash in self.old else None)


class FakeSignInThrottle:
    """Admits `tries` for each name."""

    def __init__(self, tries: int = 1_000) -> None:
        self.tries = tries
        self.spent: dict[str, int] = {}
        self.welcomed: list[SignInSource] = []

    async def admit(self, attempt: Attempt, *, now: datetime) -> None:
        if self.spent.get(attempt.name, 0) >= self.tries:
            raise TooManyAttempts(retry_after=timedelta(minutes=1))
        self.spent[attempt.name] = self.spent.get(attempt.name, 0) + 1

    async def admit_email_change(self, member_id: UUID, *, now: datetime) -> None:
        await self.admit(Guess.of_email(member_id), now=now)

    async def forget(self, email: Email) -> None:
        self.spent.pop(email.key, None)

    async def give_back(self, attempt: Attempt, *, now: datetime) -> None:
        self.spent[attempt.name] -= 1

    async def forgive(self, source: SignInSource, *, now: datetime) -> None:
        await self.give_back(source, now=now)
        await self.welcome(source, now=now)

    async def welcome(self, source: SignInSource, *, now: datetime) -> None:
        self.welcomed.append(source)


class FakeTokens:
    """Tokens that show whom they are for."""

    def __init__(self) -> None:
        self.issued: list[Bearer] = []

    def issue(self, bearer: Bearer, *, now: datetime, lasts: timedelta = ACCESS_TOKEN_LASTS) -> str:
        self.issued.append(bearer)
        return f"token for {bearer.subject}"

    async def sid_of(self, token: str) -> str | None:
        return next((bearer.sid for bearer in self.issued if token == f"token for {bearer.subject}"), None)


class FakeRefreshTokens:
    """A token with a tag that anybody can make."""

    def text_of(self, token: RefreshToken) -> str:
        return f"{token.session_id}.{token.secret}.ours"

    def read(self, text: str) -> RefreshToken | None:
        session_id, _, rest = text.partition(".")
        secret, _, tag = rest.partition(".")
        return RefreshToken(UUID(session_id), secret) if tag == "ours" else None


class FakeAssertions:
    """An assertion that anybody can read: the client's name, a colon, and whom it is for."""

    async def client_of(self, assertion: str, *, audiences: Collection[str]) -> str | None:
        client_id, _, audience = assertion.partition(":")
        return client_id if audience in audiences else None


class FakeMembers:
    """All members that were ever kept."""

    def __init__(self) -> None:
        self.kept: list[Member] = []

    def add(self, member: Member) -> None:
        self.kept.append(member)

    async def get(self, member_id: UUID) -> Member:
        for member in self.kept:
            if member.id == member_id:
                return member
        raise MemberNotFound

    async def has_card(self, card: CardNumber) -> bool:
        return any(one.number.key == card.key for member in self.kept for one in member.cards)

    async def has_email(self, email: Email) -> bool:
        return any(member.email is not None and member.email.key == email.key for member in self.kept)


class FakeAccounts:
    """All accounts that were ever kept, to change and to look at."""

    def __init__(self) -> None:
        self.kept: list[Account] = []

    def add(self, account: Account) -> None:
        self.kept.append(account)

    async def get(self, account_id: UUID) -> Account:
        for account in self.kept:
            if account.id == account_id:
                return account
        raise AccountNotFound

    async def look_at(self, account_id: UUID) -> Account:
        return await self.get(account_id)

    async def awaiting(self, token: bytes) -> Account | None:
        return next((one for one in self.kept if one.activation and one.activation.digest == token), None)

    async def of_member(self, member_id: UUID) -> list[Account]:
        return [account for account in self.kept if account.member_id == member_id]

    async def has_email(self, email: Email) -> bool:
        return any(account.email.key == email.key for account in self.kept)

    async def another_administers(self, account_id: UUID) -> bool:
        return any(account.administers for account in self.kept if account.id != account_id)


class FakeAccountViews:
    """Looks at the same accounts."""

    def __init__(self, accounts: FakeAccounts) -> None:
        self._accounts = accounts

    async def account(self, account_id: UUID) -> AccountView:
        return AccountView.of(await self._accounts.get(account_id))

    async def accounts(self, wanted: AccountFilter, *, limit: int | None, after: UUID | None) -> list[AccountView]:
        raise NotImplementedError("no use case lists accounts")

    async def signing_in(self, name: str) -> SignInFacts | None:
        for one in self._accounts.kept:
            if one.email.key == name:
                return SignInFacts(one.id, one.password_hash, one.disabled, tuple(sorted(one.roles)), one.member_id)
        return None

    async def awaiting(self, token: bytes, *, now: datetime) -> str | None:
        account = await self._accounts.awaiting(token)
        if account is None or account.activation is None or now >= account.activation.expires_at:
            return None
        return account.email.address

    async def email_and_hash(self, account_id: UUID) -> tuple[str, str | None]:
        account = await self._accounts.get(account_id)
        return account.email.address, account.password_hash


class FakeSessions:
    """All sessions that were ever kept."""

    def __init__(self) -> None:
        self.kept: list[Session] = []

    def add(self, session: Session) -> None:
        self.kept.append(session)

    async def find(self, session_id: UUID) -> Session | None:
        return next((session for session in self.kept if session.id == session_id), None)

    async def named(self, sid: str) -> Session | None:
        return next((session for session in self.kept if session.sid == sid), None)

    async def end_all(self, account_id: UUID, *, now: datetime) -> None:
        for session in self.kept:
            if session.account_id == account_id:
                session.end(now)

    async def rename_all(self, account_id: UUID, *, now: datetime) -> None:
        for session in self.kept:
            if session.account_id == account_id:
                session.rename(f"not {session.sid}")


class FakeSecondFactors:
    """All second factors that are kept."""

    def __init__(self) -> None:
        self.kept: dict[UUID, SecondFactor] = {}

    def add(self, factor: SecondFactor) -> None:
        self.kept[factor.account_id] = factor

    async def of(self, account_id: UUID) -> SecondFactor | None:
        return self.kept.get(account_id)

    async def remove(self, factor: SecondFactor) -> None:
        del self.kept[factor.account_id]


class FakeAuthenticator:
    """An app whose code is the number of minutes since it knows the time, and whose secrets count up."""

    def __init__(self) -> None:
        self._drawn = 0

    def new_secret(self) -> str:
        self._drawn += 1
        return f"SECRET{self._drawn}"

    def address(self, secret: str, *, account: str) -> str:
        return f"otpauth://totp/{account}?secret={secret}"

    def step_of(self, code: str, secret: str, *, now: datetime) -> int | None:
        return self.step(now) if code == self.code(secret, now) else None

    def code(self, secret: str, now: datetime) -> str:
        """Return what the app shows."""
        return f"{self.step(now) * 10 + int(secret[-1]):06d}"[-6:]

    @staticmethod
    def step(now: datetime) -> int:
        return int((now - NOW) / timedelta(minutes=1))


class FakeCodes:
    """All codes that were ever given."""

    def __init__(self) -> None:
        self.kept: list[AuthorizationCode] = []

    def add(self, code: AuthorizationCode) -> None:
        self.kept.append(code)

    async def owner(self, code: bytes) -> UUID | None:
        found = await self.find(code)
        return None if found is None else found.account_id

    async def find(self, code: bytes) -> AuthorizationCode | None:
        return next((one for one in self.kept if one.digest == code), None)


class FakeAudit:
    """Every record that was ever added."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []

    def add(self, record: AuditRecord) -> None:
        self.records.append(record)


@dataclass
class FakeUnitOfWork:
    """One memory for all transactions."""

    attempts: FakeSignInThrottle = field(default_factory=FakeSignInThrottle)
    members: FakeMembers = field(default_factory=FakeMembers)
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    second_factors: FakeSecondFactors = field(default_factory=FakeSecondFactors)
    audit: FakeAudit = field(default_factory=FakeAudit)
    codes: FakeCodes = field(default_factory=FakeCodes)
    answers: list[object] = field(default_factory=list)
    commits: int = 0

    @property
    def accounts_of_members(self) -> MembersAccounts:
        return MembersAccounts(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def commit(self, *, answer: object | None = None) -> None:
        self.commits += 1
        if answer is not None:
            self.answers.append(answer)

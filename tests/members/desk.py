"""A desk where people and services sign in, with everything behind it in memory."""

from dataclasses import dataclass, field
from typing import Any

from members_service.application.identity.accounts.change_password import ChangePassword, change_password
from members_service.application.identity.second_factor.confirm_second_factor import turn_on
from members_service.application.identity.second_factor.offer_second_factor import offer
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sessions.refresh_session import RefreshSession, refresh_session
from members_service.application.identity.sessions.revoke_token import revoke_token
from members_service.application.identity.sessions.session_views import TokenView
from members_service.application.identity.sign_in.authorize import Authorize, NextStep, SignedIn, authorize
from members_service.application.identity.sign_in.exchange_code import ExchangeCode, exchange_code
from members_service.application.identity.sign_in.identify_client import ClientCredentials, identify_client
from members_service.application.identity.sign_in.sign_in import SignIn, sign_in
from members_service.application.identity.sign_in.take_step import TakeStep, take_step
from members_service.application.identity.sign_in.verify_credentials import Credentials
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.client import Client, PublicClient, ServiceClient
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.second_factor import Requirement
from tests.members.fakes import (
    FakeAccountViews,
    FakeAssertions,
    FakeAuthenticator,
    FakePasswords,
    FakeRefreshTokens,
    FakeSecrets,
    FakeSignInThrottle,
    FakeTokens,
    FakeUnitOfWork,
    SteppingClock,
)
from tests.members.makers import ADA, COMMON, PASSWORD, an_account

SECRET = "the secret of loans, which is long enough"
LOANS = ServiceClient("loans", digest(SECRET), frozenset({"books:lending", "members:standing"}))
BACK = "http://127.0.0.1:8001/docs/oauth2-redirect"
SWAGGER = PublicClient("swagger", frozenset({BACK}))
VERIFIER = "a-secret-that-only-the-software-knows_0123456789"
CHALLENGE = "NZfF0Gip2vxbG8BxYsGnNZska4ahMd2fKPsfPu7Bh-U"


@dataclass
class Desk:
    """Where people sign in."""

    throttle: FakeSignInThrottle = field(default_factory=FakeSignInThrottle)
    passwords: FakePasswords = field(default_factory=FakePasswords)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    refresh_tokens: FakeRefreshTokens = field(default_factory=FakeRefreshTokens)
    secret_generator: FakeSecrets = field(default_factory=FakeSecrets)
    clock: SteppingClock = field(default_factory=SteppingClock)
    authenticator: FakeAuthenticator = field(default_factory=FakeAuthenticator)
    requirement: Requirement = Requirement.NONE

    def __post_init__(self) -> None:
        self.uow = FakeUnitOfWork(self.throttle)
        self.ada = an_account(email="ada@library.example", member_id=ADA)
        self.uow.accounts.add(self.ada)

    @property
    def factor(self) -> SecondFactorPorts:
        return SecondFactorPorts(self.authenticator, self.requirement, lambda: b"the key of this desk")

    async def enrol(self) -> tuple[str, ...]:
        """Give Ada a second factor, and return its recovery codes."""
        factor = await offer(self.ada, self.authenticator.new_secret(), uow=self.uow, now=self.clock.now())
        record = AuditRecord(AuditAction.SIGNED_IN, self.clock.now(), account_id=self.ada.id)
        return turn_on(self.ada, factor, record=record, uow=self.uow, secret_generator=self.secret_generator)

    def code(self, secret: str = "SECRET1") -> str:
        """Return what Ada's app shows now."""
        return self.authenticator.code(secret, self.clock.now())

    async def sign_in(
        self,
        username: str = "ada@library.example",
        password: str = PASSWORD,
        *,
        scopes: frozenset[str] | None = None,
        otp: str = "",
    ) -> TokenView:
        return await sign_in(
            SignIn(Credentials(username, password, "library", otp=otp), scopes),
            uow=self.uow,
            accounts=FakeAccountViews(self.uow.accounts),
            throttle=self.throttle,
            passwords=self.passwords,
            tokens=self.tokens,
            refresh_tokens=self.refresh_tokens,
            secret_generator=self.secret_generator,
            clock=self.clock,
            second_factor=self.factor,
        )

    async def authorize(
        self, username: str = "ada@library.example", password: str = PASSWORD, *, scopes: frozenset[str] | None = None
    ) -> str:
        outcome = await self.begin(username, password, scopes=scopes)
        assert isinstance(outcome, SignedIn)
        return outcome.code

    def command(self, username: str = "ada@library.example", password: str = "", **more: Any) -> Authorize:
        return Authorize(Credentials(username, password, "swagger"), BACK, CHALLENGE, **{"browser": "hers"} | more)

    async def step(self, step: NextStep, otp: str = "", **more: Any) -> SignedIn | NextStep:
        """Take the next step on the page that asked for it."""
        return await take_step(
            TakeStep(self.command(**more), step.note, step.secret, otp),
            uow=self.uow,
            accounts=FakeAccountViews(self.uow.accounts),
            throttle=self.throttle,
            secret_generator=self.secret_generator,
            clock=self.clock,
            second_factor=self.factor,
        )

    async def begin(
        self, username: str = "ada@library.example", password: str = PASSWORD, *, scopes: frozenset[str] | None = None
    ) -> SignedIn | NextStep:
        return await authorize(
            self.command(username, password, scopes=scopes),
            uow=self.uow,
            accounts=FakeAccountViews(self.uow.accounts),
            throttle=self.throttle,
            passwords=self.passwords,
            secret_generator=self.secret_generator,
            clock=self.clock,
            second_factor=self.factor,
        )

    async def exchange(
        self, code: str, *, client_id: str = "swagger", redirect_uri: str = BACK, verifier: str = VERIFIER
    ) -> TokenView:
        return await exchange_code(
            ExchangeCode(code, client_id, redirect_uri, verifier),
            uow=self.uow,
            tokens=self.tokens,
            refresh_tokens=self.refresh_tokens,
            secret_generator=self.secret_generator,
            clock=self.clock,
            requirement=self.requirement,
        )

    async def refresh(
        self, token: str | None, *, client_id: str = "library", scopes: frozenset[str] | None = None
    ) -> TokenView:
        return await refresh_session(
            RefreshSession(token or "", client_id, scopes),
            uow=self.uow,
            tokens=self.tokens,
            refresh_tokens=self.refresh_tokens,
            secret_generator=self.secret_generator,
            clock=self.clock,
            requirement=self.requirement,
        )

    async def give_back(self, token: str | None, *, client_id: str = "library") -> None:
        await revoke_token(
            token or "",
            client_id=client_id,
            uow=self.uow,
            tokens=self.tokens,
            refresh_tokens=self.refresh_tokens,
            clock=self.clock,
        )

    async def change_password(self, current: str, new: str) -> None:
        await change_password(
            ChangePassword(self.ada.id, current, new),
            uow=self.uow,
            accounts=FakeAccountViews(self.uow.accounts),
            throttle=self.throttle,
            passwords=self.passwords,
            rules=COMMON,
            clock=self.clock,
        )

    async def identify(self, *readings: ClientCredentials) -> Client:
        return await identify_client(
            readings,
            assertions=FakeAssertions(),
            clients={"loans": LOANS},
            uow=self.uow,
            public_clients={"swagger": SWAGGER},
            throttle=self.throttle,
            clock=self.clock,
            address=None,
        )

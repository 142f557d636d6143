"""A desk where people and services sign in, with everything behind it in memory."""

from dataclasses import dataclass, field

from members_service.application.account_views import TokenView
from members_service.application.authorize import Authorize, authorize
from members_service.application.change_password import ChangePassword, change_password
from members_service.application.exchange_code import ExchangeCode, exchange_code
from members_service.application.identify_client import ClientCredentials, identify_client
from members_service.application.prove_identity import Claim
from members_service.application.refresh_session import RefreshSession, refresh_session
from members_service.application.revoke_token import revoke_token
from members_service.application.sign_in import SignIn, sign_in
from members_service.domain.client import Client, PublicClient, ServiceClient
from members_service.domain.one_time_token import digest
from tests.members.fakes import (
    FakeAccountViews,
    FakeAssertions,
    FakeChance,
    FakePasswords,
    FakeRefreshTokens,
    FakeTokens,
    FakeTurnstile,
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

    turnstile: FakeTurnstile = field(default_factory=FakeTurnstile)
    passwords: FakePasswords = field(default_factory=FakePasswords)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    refresh_tokens: FakeRefreshTokens = field(default_factory=FakeRefreshTokens)
    chance: FakeChance = field(default_factory=FakeChance)
    clock: SteppingClock = field(default_factory=SteppingClock)

    def __post_init__(self) -> None:
        self.uow = FakeUnitOfWork(self.turnstile)
        self.ada = an_account(email="ada@library.example", member_id=ADA)
        self.uow.accounts.add(self.ada)

    async def sign_in(
        self, username: str = "ada@library.example", password: str = PASSWORD, *, scopes: frozenset[str] | None = None
    ) -> TokenView:
        return await sign_in(
            SignIn(Claim(username, password, "library"), scopes),
            uow=self.uow,
            accounts=FakeAccountViews(self.uow.accounts),
            turnstile=self.turnstile,
            passwords=self.passwords,
            tokens=self.tokens,
            refresh_tokens=self.refresh_tokens,
            chance=self.chance,
            clock=self.clock,
        )

    async def authorize(
        self, username: str = "ada@library.example", password: str = PASSWORD, *, scopes: frozenset[str] | None = None
    ) -> str:
        return await authorize(
            Authorize(Claim(username, password, "swagger"), BACK, CHALLENGE, scopes),
            uow=self.uow,
            accounts=FakeAccountViews(self.uow.accounts),
            turnstile=self.turnstile,
            passwords=self.passwords,
            chance=self.chance,
            clock=self.clock,
        )

    async def exchange(
        self, code: str, *, client_id: str = "swagger", redirect_uri: str = BACK, verifier: str = VERIFIER
    ) -> TokenView:
        return await exchange_code(
            ExchangeCode(code, client_id, redirect_uri, verifier),
            uow=self.uow,
            tokens=self.tokens,
            refresh_tokens=self.refresh_tokens,
            chance=self.chance,
            clock=self.clock,
        )

    async def refresh(
        self, token: str | None, *, client_id: str = "library", scopes: frozenset[str] | None = None
    ) -> TokenView:
        return await refresh_session(
            RefreshSession(token or "", client_id, scopes),
            uow=self.uow,
            tokens=self.tokens,
            refresh_tokens=self.refresh_tokens,
            chance=self.chance,
            clock=self.clock,
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
            turnstile=self.turnstile,
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
            turnstile=self.turnstile,
            clock=self.clock,
            address=None,
        )

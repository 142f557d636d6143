"""A desk where people and services sign in: the database is real, only time, chance and hashing are in our hands."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from members_service.adapters.identity.desk_keys import derived_desk_keys
from members_service.adapters.identity.openid_providers import OpenIdProviders
from members_service.adapters.identity.sealed_notes import SealedBrowserNotes
from members_service.adapters.identity.sealed_recovery_tokens import SealedRecoveryTokens
from members_service.adapters.identity.tagged_refresh_tokens import TaggedRefreshTokens
from members_service.adapters.identity.webauthn_passkeys import WebauthnAuthenticators
from members_service.application.identity.accounts.change_password import PasswordChange
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.grants.queries import GrantQueries
from members_service.application.identity.passkeys.ports import PasskeyPorts
from members_service.application.identity.ports import IdentityPorts
from members_service.application.identity.second_factor.confirm_second_factor import turn_on
from members_service.application.identity.second_factor.offer_second_factor import offer
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sessions.queries import RevocationQueries, SessionQueries
from members_service.application.identity.sessions.refresh_session import PresentedToken
from members_service.application.identity.sessions.revoke_token import ReturnedToken
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.sign_in.authorize import NextStep, PageSignIn, SignedIn
from members_service.application.identity.sign_in.exchange_code import PresentedCode
from members_service.application.identity.sign_in.identify_client import ClientCredentials, PresentedClient
from members_service.application.identity.sign_in.take_step import StepTaken
from members_service.application.identity.sign_in.verify_credentials import Credentials
from members_service.application.identity.use_cases import IdentityUseCases
from members_service.application.membership.queries import MemberQueries
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account
from members_service.domain.identity.attempts import STRANGERS
from members_service.domain.identity.authorization_code import AuthorizationCode
from members_service.domain.identity.client import Client, PublicClient, ServiceClient
from members_service.domain.identity.roles import Role
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.identity.session import Session
from members_service.domain.one_time_token import digest
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity import tables
from members_service.persistence.identity.attempts import SignInThrottle
from members_service.persistence.tables import plumbing
from members_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.work import SqlWork
from tests.clocks import SteppingClock
from tests.members.fakes import (
    FakeAssertions,
    FakeAuthenticator,
    FakeBranches,
    FakePasswords,
    FakeReaders,
    FakeSecrets,
    FakeTokens,
)
from tests.members.makers import ADA, COMMON, NOW, PASSWORD, a_member, an_account
from tests.members.records import Records

SECRET = "the secret of loans, which is long enough"
LOANS = ServiceClient("loans", digest(SECRET), frozenset({"books:lending", "members:standing"}))
BACK = "http://127.0.0.1:8001/docs/oauth2-redirect"
SWAGGER = PublicClient("swagger", frozenset({BACK}))
VERIFIER = "a-secret-that-only-the-software-knows_0123456789"
CHALLENGE = "NZfF0Gip2vxbG8BxYsGnNZska4ahMd2fKPsfPu7Bh-U"
TRIES = STRANGERS.tries

Kept = TypeVar("Kept")


class Desk(Records):
    """Where people sign in. Ada is a member with an account; set what matters to a test before she comes."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self.database = database
        self.keys = keys
        self.clock = SteppingClock(NOW)
        self.passwords = FakePasswords()
        self.tokens = FakeTokens()
        self.secret_generator = FakeSecrets()
        self.authenticator = FakeAuthenticator()
        self.requirement = Requirement.NONE
        self.branches = FakeBranches()
        self._ada: UUID | None = None

    def unit_of_work(self, receipt: Receipt | None = None) -> UnitOfWork:
        return UnitOfWork(self.database, keys=self.keys, clock=self.clock, receipt=receipt, on_commit=lambda: None)

    @property
    def ports(self) -> IdentityPorts:
        return IdentityPorts(
            unit_of_work=self.unit_of_work,
            accounts=AccountQueries(self.database, self.keys),
            grants=GrantQueries(self.database, self.clock),
            branches=self.branches,
            revocations=RevocationQueries(self.database),
            sessions=SessionQueries(self.database, self.keys),
            second_factor=SecondFactorPorts(self.authenticator, self.requirement, lambda: b"the key of this desk"),
            passkeys=PasskeyPorts(WebauthnAuthenticators(), lambda: b"the key of passkeys at this desk"),
            throttle=SignInThrottle(self.database, self.keys),
            passwords=self.passwords,
            pins=self.passwords,
            password_rules=COMMON,
            tokens=self.tokens,
            refresh_tokens=TaggedRefreshTokens(self.keys),
            recovery_tokens=SealedRecoveryTokens(self.keys),
            desk_keys=derived_desk_keys(lambda: bytes(32)),
            clients={"loans": LOANS},
            public_clients={"swagger": SWAGGER},
            assertions=FakeAssertions(),
            cards=MemberQueries(self.database, self.keys),
            password_grant=True,
            providers=OpenIdProviders(allowed=lambda _: False, ca_file=None),
            notes=SealedBrowserNotes(self.keys),
            allows_provider=lambda _: False,
            secret_generator=self.secret_generator,
            clock=self.clock,
        )

    @property
    def identity(self) -> IdentityUseCases:
        return IdentityUseCases(self.ports, FakeReaders())

    # --- what is on record

    async def open(self) -> "Desk":
        """Let Ada be there."""
        ada = an_account(email="ada@library.example", member_id=ADA)
        await self.keep(a_member(id=ADA), ada)
        self._ada = ada.id
        return self

    @property
    def ada_id(self) -> UUID:
        assert self._ada is not None, "open the desk first"
        return self._ada

    @asynccontextmanager
    async def changing(self, account_id: UUID | None = None) -> AsyncIterator[Account]:
        """Give Ada's account, or another one, to be changed, and keep the change."""
        async with self.unit_of_work() as uow:
            account = await uow.accounts.get(account_id or self.ada_id)
            yield account
            await uow.commit()

    async def change(self, *roles: Role, disabled: bool | None = None) -> None:
        """Give Ada's account other roles, or disable it, and leave its sessions alone."""
        async with self.changing() as ada:
            ada.change(roles=frozenset(roles) or None, disabled=disabled, others_administer=True)

    async def account(self, account_id: UUID | None = None) -> Account:
        """Return Ada's account, or another one, as it is now."""
        async with self.unit_of_work() as uow:
            return await uow.accounts.look_at(account_id or self.ada_id)

    async def sessions(self) -> Sequence[Session]:
        return await self._all(Session)

    async def codes(self) -> Sequence[AuthorizationCode]:
        return await self._all(AuthorizationCode)

    async def _all(self, kind: type[Kept]) -> Sequence[Kept]:
        work = SqlWork(self.database, plumbing)
        session = await work.open()
        try:
            return (await session.scalars(select(kind))).all()
        finally:
            await work.close()

    async def trail(self) -> list[AuditAction]:
        return [AuditAction(record.action) for record in await self.audited()]

    async def familiar_networks(self) -> int:
        """Return how many networks and devices somebody has signed in from."""
        async with self.database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(tables.familiar_networks))).scalar_one()

    # --- what people do

    async def enrol(self) -> tuple[str, ...]:
        """Give Ada a second factor, and return its recovery codes."""
        async with self.unit_of_work() as uow:
            ada = await uow.accounts.get(self.ada_id)
            factor = await offer(ada, self.authenticator.new_secret(), uow=uow, now=self.clock.now())
            record = AuditRecord(AuditAction.SIGNED_IN, self.clock.now(), account_id=ada.id)
            codes = turn_on(ada, factor, record=record, uow=uow, secret_generator=self.secret_generator)
            await uow.commit()
        return codes

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
        address: str | None = None,
    ) -> IssuedTokens:
        return await self.identity.signing_in.sign_in(
            Credentials(username, password, "library", address=address, otp=otp, scopes=scopes)
        )

    async def authorize(
        self, username: str = "ada@library.example", password: str = PASSWORD, *, scopes: frozenset[str] | None = None
    ) -> str:
        outcome = await self.begin(username, password, scopes=scopes)
        assert isinstance(outcome, SignedIn)
        return outcome.code

    def command(
        self,
        username: str = "ada@library.example",
        password: str = "",
        *,
        scopes: frozenset[str] | None = None,
        browser: str = "hers",
    ) -> PageSignIn:
        return PageSignIn(Credentials(username, password, "swagger", scopes=scopes), BACK, CHALLENGE, browser)

    async def step(self, step: NextStep, otp: str = "", **more: Any) -> SignedIn | NextStep:
        """Take the next step on the page that asked for it."""
        return await self.identity.signing_in.take_step(StepTaken(self.command(**more), step.note, step.secret, otp))

    async def begin(
        self, username: str = "ada@library.example", password: str = PASSWORD, *, scopes: frozenset[str] | None = None
    ) -> SignedIn | NextStep:
        return await self.identity.signing_in.authorize(self.command(username, password, scopes=scopes))

    async def exchange(
        self, code: str, *, client_id: str = "swagger", redirect_uri: str = BACK, verifier: str = VERIFIER
    ) -> IssuedTokens:
        return await self.identity.signing_in.exchange_code(PresentedCode(code, client_id, redirect_uri, verifier))

    async def refresh(
        self, token: str | None, *, client_id: str = "library", scopes: frozenset[str] | None = None
    ) -> IssuedTokens:
        return await self.identity.signing_in.refresh_session(PresentedToken(token or "", client_id, scopes))

    async def give_back(self, token: str | None, *, client_id: str = "library") -> None:
        await self.identity.signing_in.revoke_token(ReturnedToken(token or "", client_id))

    async def change_password(self, current: str, new: str) -> None:
        await self.identity.accounts.change_password(PasswordChange(self.ada_id, current, new))

    async def identify(self, *readings: ClientCredentials) -> Client:
        return await self.identity.signing_in.identify_client(PresentedClient(readings))

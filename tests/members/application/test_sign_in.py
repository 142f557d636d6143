from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from members_service.application.change_password import ChangePassword, change_password
from members_service.application.identify_client import ClientCredentials, identify_client
from members_service.application.refresh_session import RefreshSession, refresh_session
from members_service.application.revoke_token import revoke_token
from members_service.application.sign_in import SignIn, sign_in
from members_service.application.sign_in_client import sign_in_client
from members_service.application.views import TokenView
from members_service.domain.account import WrongCredentials, WrongPassword
from members_service.domain.attempts import TooManyAttempts
from members_service.domain.client import Client, ServiceClient, UnknownClient
from members_service.domain.one_time_token import digest
from members_service.domain.password import PasswordTooShort
from members_service.domain.refresh_token import RefreshToken
from members_service.domain.roles import Role
from members_service.domain.session import ScopeNotGranted, SessionOver
from shared.kernel.ids import new_id
from tests.members.fakes import (
    FakeAccountViews,
    FakeChance,
    FakePasswords,
    FakeTokens,
    FakeTurnstile,
    FakeUnitOfWork,
    SteppingClock,
)
from tests.members.makers import ADA, COMMON, PASSWORD, an_account, an_account_to_activate

LOANS = ServiceClient("loans", digest("the secret of loans"), frozenset({"books:lending", "members:standing"}))


@dataclass
class Desk:
    """Where people sign in."""

    turnstile: FakeTurnstile = field(default_factory=FakeTurnstile)
    passwords: FakePasswords = field(default_factory=FakePasswords)
    tokens: FakeTokens = field(default_factory=FakeTokens)
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
            SignIn(username, password, "library", scopes),
            uow=self.uow,
            accounts=FakeAccountViews(self.uow.accounts),
            turnstile=self.turnstile,
            passwords=self.passwords,
            tokens=self.tokens,
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
            chance=self.chance,
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
            readings, clients={"loans": LOANS}, turnstile=self.turnstile, clock=self.clock, address=None
        )


async def test_a_token_says_who_signed_in_and_what_that_allows() -> None:
    desk = Desk()

    signed_in = await desk.sign_in(username=" ADA@library.example ")

    [bearer] = desk.tokens.issued
    assert (str(desk.ada.id), "library", ("member",), ADA) == (
        bearer.subject,
        bearer.client_id,
        bearer.roles,
        bearer.member_id,
    )
    assert (("self",), 900) == (signed_in.scopes, signed_in.lasts)
    assert signed_in.refresh_token is not None


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada@library.example", "wrong"), ("nobody@library.example", PASSWORD), ("", ""), ("not an address\0", PASSWORD)],
)
async def test_nobody_gets_in_with_a_wrong_name_or_password(username: str, password: str) -> None:
    desk = Desk()

    with pytest.raises(WrongCredentials):
        await desk.sign_in(username, password)

    assert 1 == desk.passwords.verified
    assert [] == desk.uow.sessions.kept


async def test_a_disabled_account_is_told_what_a_wrong_password_is_told() -> None:
    desk = Desk()
    desk.ada.change(roles=None, disabled=True, others_administer=True)

    with pytest.raises(WrongCredentials):
        await desk.sign_in()


async def test_an_account_that_waits_for_its_password_cannot_sign_in() -> None:
    desk = Desk()
    desk.uow.accounts.add(an_account_to_activate("token", email="kim@library.example"))

    with pytest.raises(WrongCredentials):
        await desk.sign_in("kim@library.example", "")


async def test_right_tries_do_not_count_and_wrong_ones_do() -> None:
    desk = Desk(FakeTurnstile(tries=2))

    for _ in range(5):
        await desk.sign_in()
    for _ in range(2):
        with pytest.raises(WrongCredentials):
            await desk.sign_in(password="wrong")

    with pytest.raises(TooManyAttempts):
        await desk.sign_in()


async def test_an_unknown_name_is_counted_like_a_known_one() -> None:
    desk = Desk(FakeTurnstile(tries=0))

    with pytest.raises(TooManyAttempts):
        await desk.sign_in("nobody@library.example", "wrong")

    assert 0 == desk.passwords.verified


async def test_a_password_hashed_the_old_way_is_hashed_anew_at_sign_in() -> None:
    desk = Desk(passwords=FakePasswords(f"old hash of {PASSWORD}"))
    desk.ada.keep_better_hash(f"old hash of {PASSWORD}")

    await desk.sign_in()

    assert f"hash of {PASSWORD}" == desk.ada.password_hash


async def test_a_token_may_be_wished_for_with_less_than_the_roles_give() -> None:
    desk = Desk()
    desk.ada.change(roles=frozenset({Role.LIBRARIAN}), disabled=None, others_administer=True)

    signed_in = await desk.sign_in(scopes=frozenset({"loans:read", "admin", "nonsense"}))
    refreshed = await desk.refresh(signed_in.refresh_token)

    assert ("loans:read",) == signed_in.scopes == refreshed.scopes
    assert frozenset({"loans:read", "admin"}) == desk.uow.sessions.kept[0].wished
    with pytest.raises(ScopeNotGranted):
        await desk.sign_in(scopes=frozenset({"admin"}))


async def test_roles_are_looked_up_anew_at_each_refresh() -> None:
    desk = Desk()
    signed_in = await desk.sign_in()
    desk.ada.change(roles=frozenset({Role.ADMIN}), disabled=None, others_administer=True)

    refreshed = await desk.refresh(signed_in.refresh_token)

    assert "admin" in refreshed.scopes


async def test_a_used_refresh_token_ends_the_session_and_that_is_kept() -> None:
    desk = Desk()
    first = await desk.sign_in()
    second = await desk.refresh(first.refresh_token)
    commits = desk.uow.commits

    with pytest.raises(SessionOver):
        await desk.refresh(first.refresh_token)

    assert commits + 1 == desk.uow.commits
    with pytest.raises(SessionOver):
        await desk.refresh(second.refresh_token)


async def test_a_disabled_account_cannot_go_on() -> None:
    desk = Desk()
    signed_in = await desk.sign_in()
    desk.ada.change(roles=None, disabled=True, others_administer=True)

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token)

    assert not desk.uow.sessions.kept[0].is_on(desk.clock.now())


@pytest.mark.parametrize("token", [None, "nonsense", RefreshToken(new_id(), "made up").text])
async def test_a_made_up_refresh_token_is_refused(token: str | None) -> None:
    with pytest.raises(SessionOver):
        await Desk().refresh(token)


async def test_giving_a_refresh_token_back_ends_its_session() -> None:
    desk = Desk()
    signed_in = await desk.sign_in()

    await revoke_token(signed_in.refresh_token or "", client_id="library", uow=desk.uow, clock=desk.clock)

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token)


async def test_neither_nonsense_nor_another_client_ends_a_session() -> None:
    desk = Desk()
    signed_in = await desk.sign_in()

    await revoke_token("nonsense", client_id="library", uow=desk.uow, clock=desk.clock)
    await revoke_token(signed_in.refresh_token or "", client_id="swagger", uow=desk.uow, clock=desk.clock)

    assert ("self",) == (await desk.refresh(signed_in.refresh_token)).scopes


async def test_a_changed_password_ends_every_session() -> None:
    desk = Desk()
    signed_in = await desk.sign_in()

    await desk.change_password(PASSWORD, "eight-loud-badgers-sing")

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token)
    assert ("self",) == (await desk.sign_in(password="eight-loud-badgers-sing")).scopes


async def test_who_does_not_know_the_password_cannot_change_it_nor_guess_it() -> None:
    desk = Desk(FakeTurnstile(tries=1))

    with pytest.raises(WrongPassword):
        await desk.change_password("wrong", "eight-loud-badgers-sing")
    with pytest.raises(TooManyAttempts):
        await desk.change_password(PASSWORD, "eight-loud-badgers-sing")


async def test_a_changed_password_obeys_the_rules_too() -> None:
    desk = Desk()

    with pytest.raises(PasswordTooShort):
        await desk.change_password(PASSWORD, "short")

    assert f"hash of {PASSWORD}" == desk.ada.password_hash


async def test_a_service_gets_what_it_was_registered_with_or_less() -> None:
    tokens, clock = FakeTokens(), SteppingClock()

    everything = await sign_in_client(LOANS, scopes=None, tokens=tokens, clock=clock)
    less = await sign_in_client(LOANS, scopes=frozenset({"members:standing", "admin"}), tokens=tokens, clock=clock)

    assert ("books:lending", "members:standing") == everything.scopes
    assert ("members:standing",) == less.scopes
    assert everything.refresh_token is None
    assert "loans" == tokens.issued[0].subject == tokens.issued[0].client_id


async def test_a_client_is_who_knows_its_secret_in_either_spelling() -> None:
    desk = Desk()

    assert Client("loans", LOANS) == await desk.identify(ClientCredentials("loans", "the secret of loans"))
    assert Client("loans", LOANS) == await desk.identify(
        ClientCredentials("loans", "the+secret+of+loans"), ClientCredentials("loans", "the secret of loans")
    )
    assert Client("swagger") == await desk.identify(ClientCredentials("swagger"))
    assert Client("library") == await desk.identify()


@pytest.mark.parametrize(
    "credentials",
    [ClientCredentials("loans", "wrong"), ClientCredentials("loans"), ClientCredentials("kiosk", "the secret of loans"),
     ClientCredentials("swagger", "a public client has none"), ClientCredentials("")],
)  # fmt: skip
async def test_a_wrong_secret_is_counted_and_a_right_one_never_refused_for_it(credentials: ClientCredentials) -> None:
    desk = Desk(FakeTurnstile(tries=1))

    with pytest.raises(UnknownClient):
        await desk.identify(credentials)
    with pytest.raises(TooManyAttempts):
        await desk.identify(credentials)

    assert Client("loans", LOANS) == await desk.identify(ClientCredentials("loans", "the secret of loans"))


async def test_a_session_that_nobody_uses_ends() -> None:
    desk = Desk()
    signed_in = await desk.sign_in()
    desk.clock.pass_by(timedelta(days=14))

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token)

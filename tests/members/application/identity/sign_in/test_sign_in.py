import pytest

from members_service.application.identity.sign_in.identify_client import ClientCredentials
from members_service.application.identity.sign_in.sign_in_client import sign_in_client
from members_service.domain.identity.account import WrongCredentials
from members_service.domain.identity.client import Client, UnknownClient
from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import ScopeNotGranted
from members_service.domain.owner_check import TooManyAttempts
from tests.members.desk import LOANS, SECRET, Desk
from tests.members.fakes import (
    FakePasswords,
    FakeSignInThrottle,
    FakeTokens,
    FakeUnitOfWork,
    SteppingClock,
)
from tests.members.makers import ADA, PASSWORD, an_account_to_activate


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
    desk = Desk(FakeSignInThrottle(tries=2))

    for _ in range(5):
        await desk.sign_in()
    for _ in range(2):
        with pytest.raises(WrongCredentials):
            await desk.sign_in(password="wrong")

    with pytest.raises(TooManyAttempts):
        await desk.sign_in()


async def test_an_unknown_name_is_counted_like_a_known_one() -> None:
    desk = Desk(FakeSignInThrottle(tries=0))

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
    assert frozenset({"loans:read", "admin"}) == desk.uow.sessions.kept[0].requested
    with pytest.raises(ScopeNotGranted):
        await desk.sign_in(scopes=frozenset({"admin"}))


async def test_a_service_gets_what_it_was_registered_with_or_less() -> None:
    tokens, clock = FakeTokens(), SteppingClock()

    everything = await sign_in_client(LOANS, scopes=None, uow=FakeUnitOfWork(), tokens=tokens, clock=clock)
    some = frozenset({"members:standing", "admin"})
    less = await sign_in_client(LOANS, scopes=some, uow=FakeUnitOfWork(), tokens=tokens, clock=clock)

    assert ("books:lending", "members:standing") == everything.scopes
    assert ("members:standing",) == less.scopes
    assert everything.refresh_token is None
    assert "loans" == tokens.issued[0].subject == tokens.issued[0].client_id


async def test_a_client_is_who_knows_its_secret_in_either_spelling() -> None:
    desk = Desk()

    assert Client("loans", LOANS) == await desk.identify(ClientCredentials("loans", SECRET))
    assert Client("loans", LOANS) == await desk.identify(
        ClientCredentials("loans", "the+secret+of+loans"),
        ClientCredentials("loans", SECRET),
    )
    assert Client("swagger") == await desk.identify(ClientCredentials("swagger"))
    assert Client("library") == await desk.identify()


@pytest.mark.parametrize(
    "credentials",
    [ClientCredentials("loans", "wrong"), ClientCredentials("loans"), ClientCredentials("kiosk", SECRET),
     ClientCredentials("swagger", "a public client has none"), ClientCredentials("")],
)  # fmt: skip
async def test_wrong_secrets_are_counted(credentials: ClientCredentials) -> None:
    desk = Desk(FakeSignInThrottle(tries=1))

    with pytest.raises(UnknownClient):
        await desk.identify(credentials)
    with pytest.raises(TooManyAttempts):
        await desk.identify(credentials)


async def test_right_secrets_are_given_back_and_refused_only_where_that_client_was_guessed_at() -> None:
    desk = Desk(FakeSignInThrottle(tries=1))
    right = ClientCredentials("loans", SECRET)
    for _ in range(3):
        assert Client("loans", LOANS) == await desk.identify(right)

    with pytest.raises(UnknownClient):
        await desk.identify(ClientCredentials("kiosk", "a guess"))
    assert Client("loans", LOANS) == await desk.identify(right)
    with pytest.raises(TooManyAttempts):  # the network has none left
        await desk.identify(ClientCredentials("loans", "a guess"))
    with pytest.raises(TooManyAttempts):
        await desk.identify(right)

import pytest

from members_service.application.identity.sign_in.identify_client import ClientCredentials
from members_service.domain.identity.account import WrongCredentials
from members_service.domain.identity.attempts import CLIENT_SECRETS, NETWORK
from members_service.domain.identity.client import Client, UnknownClient
from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import ScopeNotGranted
from members_service.domain.owner_check import TooManyAttempts
from tests.members.desk import LOANS, SECRET, SWAGGER, TRIES, Desk
from tests.members.fakes import FakePasswords
from tests.members.makers import ADA, PASSWORD, an_account_to_activate


async def test_a_token_says_who_signed_in_and_what_that_allows(desk: Desk) -> None:
    signed_in = await desk.sign_in(username=" ADA@library.example ")

    [bearer] = desk.tokens.issued
    assert (str(desk.ada_id), "library", ("member",), ADA) == (
        bearer.subject,
        bearer.client_id,
        bearer.roles,
        bearer.member_id,
    )
    assert ("self", 900) == (signed_in.scope, signed_in.expires_in)
    assert signed_in.refresh_token is not None


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada@library.example", "wrong"), ("nobody@library.example", PASSWORD), ("", ""), ("not an address\0", PASSWORD)],
)
async def test_nobody_gets_in_with_a_wrong_name_or_password(username: str, password: str, desk: Desk) -> None:
    with pytest.raises(WrongCredentials):
        await desk.sign_in(username, password)

    assert 1 == desk.passwords.verified
    assert [] == await desk.sessions()


async def test_a_disabled_account_is_told_what_a_wrong_password_is_told(desk: Desk) -> None:
    await desk.change(disabled=True)

    with pytest.raises(WrongCredentials):
        await desk.sign_in()


async def test_an_account_that_waits_for_its_password_cannot_sign_in(desk: Desk) -> None:
    await desk.keep(an_account_to_activate("token", email="kim@library.example"))

    with pytest.raises(WrongCredentials):
        await desk.sign_in("kim@library.example", "")


async def test_right_tries_do_not_count_and_wrong_ones_do(desk: Desk) -> None:
    for _ in range(2 * TRIES):
        await desk.sign_in()
    for _ in range(TRIES):
        with pytest.raises(WrongCredentials):
            await desk.sign_in(password="wrong")

    with pytest.raises(TooManyAttempts):
        await desk.sign_in()


async def test_an_unknown_name_is_counted_like_a_known_one(desk: Desk) -> None:
    for _ in range(TRIES):
        with pytest.raises(WrongCredentials):
            await desk.sign_in("nobody@library.example", "wrong")

    with pytest.raises(TooManyAttempts):
        await desk.sign_in("nobody@library.example", "wrong")

    assert TRIES == desk.passwords.verified


async def test_a_password_hashed_the_old_way_is_hashed_anew_at_sign_in(desk: Desk) -> None:
    desk.passwords = FakePasswords(f"old hash of {PASSWORD}")
    async with desk.changing() as ada:
        ada.keep_better_hash(f"old hash of {PASSWORD}")

    await desk.sign_in()

    assert f"hash of {PASSWORD}" == (await desk.account()).password_hash


async def test_a_token_may_be_wished_for_with_less_than_the_roles_give(desk: Desk) -> None:
    await desk.change(Role.LIBRARIAN)

    signed_in = await desk.sign_in(scopes=frozenset({"loans:read", "admin", "nonsense"}))
    refreshed = await desk.refresh(signed_in.refresh_token)

    assert "loans:read" == signed_in.scope == refreshed.scope
    [session] = await desk.sessions()
    assert frozenset({"loans:read", "admin"}) == session.requested
    with pytest.raises(ScopeNotGranted):
        await desk.sign_in(scopes=frozenset({"admin"}))


async def test_a_service_gets_what_it_was_registered_with_or_less(desk: Desk) -> None:
    sign_in_client = desk.identity.signing_in.sign_in_client

    everything = await sign_in_client(LOANS)
    less = await sign_in_client(LOANS, scopes=frozenset({"members:standing", "admin"}))

    assert "books:lending members:standing" == everything.scope
    assert "members:standing" == less.scope
    assert everything.refresh_token is None
    assert "loans" == desk.tokens.issued[0].subject == desk.tokens.issued[0].client_id


async def test_a_client_is_who_knows_its_secret_in_either_spelling(desk: Desk) -> None:
    assert Client("loans", LOANS) == await desk.identify(ClientCredentials("loans", SECRET))
    assert Client("loans", LOANS) == await desk.identify(
        ClientCredentials("loans", "the+secret+of+loans"),
        ClientCredentials("loans", SECRET),
    )
    assert Client("swagger", public=SWAGGER) == await desk.identify(ClientCredentials("swagger"))
    assert Client("library") == await desk.identify()


@pytest.mark.parametrize(
    "credentials",
    [ClientCredentials("loans", "wrong"), ClientCredentials("loans"), ClientCredentials("kiosk", SECRET),
     ClientCredentials("swagger", "a public client has none"), ClientCredentials("")],
)  # fmt: skip
async def test_wrong_secrets_are_counted(credentials: ClientCredentials, desk: Desk) -> None:
    for _ in range(CLIENT_SECRETS.tries if credentials.client_id == "loans" else NETWORK.tries):
        with pytest.raises(UnknownClient):
            await desk.identify(credentials)
    with pytest.raises(TooManyAttempts):
        await desk.identify(credentials)


async def test_right_secrets_are_given_back_and_refused_only_where_that_client_was_guessed_at(desk: Desk) -> None:
    right = ClientCredentials("loans", SECRET)
    for _ in range(CLIENT_SECRETS.tries + 1):
        assert Client("loans", LOANS) == await desk.identify(right)

    with pytest.raises(UnknownClient):
        await desk.identify(ClientCredentials("kiosk", "a guess"))
    assert Client("loans", LOANS) == await desk.identify(right)
    for _ in range(CLIENT_SECRETS.tries):
        with pytest.raises(UnknownClient):
            await desk.identify(ClientCredentials("loans", "a guess"))
    with pytest.raises(TooManyAttempts):
        await desk.identify(right)

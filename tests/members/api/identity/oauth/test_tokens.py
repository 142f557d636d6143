import base64
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from members_service.domain.identity.attempts import STRANGERS
from members_service.domain.identity.roles import Role
from shared.kernel.errors import Unavailable
from tests.answers import error_of
from tests.members.api.conftest import KIOSK_SECRET, LOANS_SECRET, Service
from tests.members.makers import PASSWORD

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def refresh(service: Service, token: str, client_id: str = "") -> httpx.Response:
    return await service.ask_for_token(grant_type="refresh_token", refresh_token=token, client_id=client_id)


async def test_a_person_gets_a_token_with_what_the_roles_give(service: Service) -> None:
    account = await service.open_account("grace@x.y", Role.LIBRARIAN, Role.MEMBER)

    answer = await service.sign_in("grace@x.y")

    issued = answer.json()
    assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert {"access_token", "token_type", "expires_in", "refresh_token", "scope"} == set(issued)
    assert ("bearer", 900) == (issued["token_type"], issued["expires_in"])
    assert "books:write loans:read loans:write members:read members:write self" == issued["scope"]
    claims = claims_of(issued["access_token"])
    registered = {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "roles", "sid", "amr"}
    assert registered == set(claims)  # no rights: the scopes say all that a librarian may
    assert ["pwd"] == claims["amr"]
    assert ("library", "library", str(account)) == (claims["iss"], claims["aud"], claims["sub"])
    assert (900, ["librarian", "member"], "library") == (
        claims["exp"] - claims["iat"],
        claims["roles"],
        claims["client_id"],
    )


async def test_a_members_token_names_the_member(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in()

    issued = (await service.sign_in(ada["email"])).json()

    assert ada["member_id"] == claims_of(issued["access_token"])["member_id"]


async def test_the_header_of_a_token_names_its_key_and_kind(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = (await service.sign_in("grace@x.y")).json()["access_token"]

    header = part_of(token, 0)

    assert {"alg": "ES256", "typ": "at+jwt", "kid": service.key.kid} == header


def claims_of(token: str) -> dict[str, Any]:
    return part_of(token, 1)


def part_of(token: str, place: int) -> dict[str, Any]:
    part = token.split(".")[place]
    return dict(httpx.Response(200, content=base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))).json())


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("grace@x.y", "wrong"),
        ("nobody@x.y", PASSWORD),
        ("grace", PASSWORD),
        ("grace@x.y", "p" * 5_000),
        ("é\x01", "\x07"),
    ],
)
async def test_who_is_not_known_and_who_is_wrong_hear_the_same(service: Service, username: str, password: str) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    expected = await service.sign_in("nobody-at-all@x.y", "wrong")

    answer = await service.sign_in(username, password)

    assert (400, "invalid_grant") == error_of(answer)
    assert expected.json() == answer.json()


async def test_the_password_grant_is_only_offered_where_it_is_switched_on(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    service.rebind(password_grant=False)

    assert (400, "unsupported_grant_type") == error_of(await service.sign_in("grace@x.y"))


async def test_a_token_can_be_had_with_less(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)

    less = await service.sign_in("grace@x.y", scope="loans:read admin")
    nothing = await service.sign_in("grace@x.y", scope="admin")

    assert "loans:read" == less.json()["scope"]
    assert "loans:read" == (await refresh(service, less.json()["refresh_token"])).json()["scope"]
    assert (400, "invalid_scope") == error_of(nothing)


@pytest.mark.parametrize("scope", ["self " * 900, "x" * 9_000, "\"'\\", "é"])
async def test_strange_scopes_do_no_harm(service_on_either: Service, scope: str) -> None:
    service = service_on_either
    await service.open_account("ada@x.y", Role.MEMBER)

    answer = await service.sign_in("ada@x.y", scope=f"self {scope}")

    assert (200, "self") == (answer.status_code, answer.json()["scope"])


async def test_a_service_signs_in_with_its_secret_in_either_place(service: Service) -> None:
    by_header = await service.ask_for_token(basic=("loans", LOANS_SECRET), grant_type="client_credentials")
    by_form = await service.ask_for_token(
        grant_type="client_credentials", client_id="loans", client_secret=LOANS_SECRET
    )

    for answer in (by_header, by_form):
        assert 200 == answer.status_code
        assert {"access_token", "token_type", "expires_in", "scope"} == set(answer.json())
        assert "books:lending members:standing" == answer.json()["scope"]
        claims = claims_of(answer.json()["access_token"])
        assert ("loans", "loans", []) == (claims["sub"], claims["client_id"], claims["roles"])


@pytest.mark.parametrize("secret", [KIOSK_SECRET, quote(KIOSK_SECRET, safe="")])
async def test_basic_credentials_may_be_quoted_or_not(service: Service, secret: str) -> None:
    answer = await service.ask_for_token(basic=("kiosk", secret), grant_type="client_credentials")

    assert (200, "loans:write") == (answer.status_code, answer.json()["scope"])


@pytest.mark.parametrize(
    "form",
    [{"client_id": "loans", "client_secret": "wrong"}, {"client_id": "loans"}, {"client_secret": LOANS_SECRET},
     {"client_id": "kiosk", "client_secret": LOANS_SECRET}, {"client_id": "nobody", "client_secret": "x"}, {}],
)  # fmt: skip
async def test_an_unknown_client_gets_401(service: Service, form: dict[str, str]) -> None:
    answer = await service.http.post("/v1/auth/token", data={"grant_type": "client_credentials"} | form)

    assert (401, "invalid_client") == error_of(answer)
    assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_public_clients_and_services_do_not_take_each_others_ways(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    loans = {"client_id": "loans", "client_secret": LOANS_SECRET}

    for answer in (
        await service.sign_in("grace@x.y", **loans),
        await service.ask_for_token(grant_type="client_credentials", client_id="swagger"),
        await service.ask_for_token(
            grant_type="refresh_token",
            refresh_token="x.y",
            basic=("loans", LOANS_SECRET),
        ),
    ):
        assert (400, "unauthorized_client") == error_of(answer)


@pytest.mark.parametrize("basic", [("swagger", ""), None])
async def test_the_button_of_swagger_ui_signs_in(service: Service, basic: tuple[str, str] | None) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    form = {"grant_type": "password", "username": "grace@x.y", "password": PASSWORD}
    form |= {} if basic else {"client_id": "swagger", "client_secret": ""}

    answer = await service.http.post("/v1/auth/token", data=form, auth=basic or httpx.USE_CLIENT_DEFAULT)

    assert "swagger" == claims_of(answer.json()["access_token"])["client_id"]


async def test_empty_basic_credentials_name_nobody(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)

    answer = await service.ask_for_token(basic=("", ""), grant_type="password", username="grace@x.y", password=PASSWORD)

    assert 200 == answer.status_code


@pytest.mark.parametrize("name", ["grace@x.y", "nobody@x.y"])
async def test_guessing_is_stopped_alike_for_accounts_that_exist_and_that_do_not(service: Service, name: str) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)

    answers = [await service.sign_in(name, f"guess {number}") for number in range(12)]

    assert [400] * STRANGERS.tries + [429] * (12 - STRANGERS.tries) == [answer.status_code for answer in answers]
    assert (429, "too_many_attempts") == error_of(answers[-1])
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 120


async def test_the_owner_gets_in_again_after_a_while(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    for number in range(12):
        answer = await service.sign_in("grace@x.y", f"guess {number}")

    service.clock.pass_by(timedelta(seconds=int(answer.headers["retry-after"])))

    assert 200 == (await service.sign_in("grace@x.y")).status_code


async def test_too_many_sign_ins_at_once_are_sent_away_for_a_second(service: Service) -> None:
    class BusyPasswords:
        async def hash(self, password: str) -> str:
            raise Unavailable("Busy.")

        async def verify(self, password: str, password_hash: str | None) -> Any:
            raise Unavailable("Busy.")

    service.rebind(passwords=BusyPasswords())

    answer = await service.sign_in("grace@x.y")

    assert (503, "temporarily_unavailable") == error_of(answer)
    assert "1" == answer.headers["retry-after"]

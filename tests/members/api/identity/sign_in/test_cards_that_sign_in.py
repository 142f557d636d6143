"""Card numbers at the token route and on the page, and PINs by software that was registered for it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from members_service.domain.identity.attempts import PINS, STRANGERS
from members_service.settings import Settings
from shared.configuration import load
from shared.environment import ConfigurationError
from shared.persistence.database import Database
from tests.answers import error_of
from tests.members.api.browser import fill_in, open_page, sent_back
from tests.members.api.conftest import CLIENTS, Service, a_service
from tests.members.api.identity.oauth.test_tokens import claims_of
from tests.members.makers import PASSWORD

CARD, PIN = "20000000000018", "4819"
SECRET = "a secret of 32 characters or more"
CATALOGUE = {"secret": SECRET, "password": True, "scopes": ["self", "members:recover"]}


@pytest.fixture
async def front(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """Start a service without the password grant, at which a catalogue's front end may sign people in; Ada is there."""
    clients = json.dumps(CLIENTS | {"catalogue": CATALOGUE})
    async for service in a_service(sqlite_database, tmp_path, auth_password_grant="off", clients=clients):
        await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD, pin=PIN)
        yield service


async def sign_in(service: Service, username: str, password: str, **more: str) -> Any:
    form = {"grant_type": "password", "username": username, "password": password} | more
    return await service.ask_for_token(basic=("catalogue", SECRET), **form)


async def test_a_member_signs_in_with_the_number_on_the_card(service_on_either: Service) -> None:
    service = service_on_either
    await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)

    by_card = await service.sign_in(CARD)
    spaced = await service.sign_in("2000 0000 000018")

    assert [200, 200] == [by_card.status_code, spaced.status_code]
    assert (400, "invalid_grant") == error_of(await service.sign_in(CARD, "not the password"))
    assert (400, "invalid_grant") == error_of(await service.sign_in("20000000000026"))


async def test_on_the_page_too(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)

    assert "code" in sent_back(await fill_in(service, await open_page(service), CARD))


async def test_a_replaced_card_signs_nobody_in(service: Service) -> None:
    enrolled = await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)
    await service.request("POST", f"/v1/members/{enrolled['member_id']}/cards", {})

    assert (400, "invalid_grant") == error_of(await service.sign_in(CARD))


async def test_software_that_was_registered_for_it_signs_people_in_with_card_and_pin(front: Service) -> None:
    answer = await sign_in(front, CARD, PIN)

    told = answer.json()
    assert (200, "self") == (answer.status_code, told["scope"])
    assert "refresh_token" not in told
    claims = claims_of(told["access_token"])
    assert (["pin"], "catalogue", ["member"]) == (claims["amr"], claims["client_id"], claims["roles"])
    assert CARD == (await front.get("/v1/members/me", token=told["access_token"])).json()["card_number"]


async def test_or_with_address_and_password(front: Service) -> None:
    answer = await sign_in(front, "ada@x.y", PASSWORD)

    assert 200 == answer.status_code
    assert answer.json()["refresh_token"]


async def test_who_has_no_address_signs_in_with_the_card(front: Service) -> None:
    await front.enrol(email=None, card_number="20000000000026", pin="1397")

    assert 200 == (await sign_in(front, "20000000000026", "1397")).status_code


@pytest.mark.parametrize(("card", "pin"), [(CARD, "1111"), (CARD, PASSWORD), ("20000000000026", PIN), (CARD, "0")])
async def test_a_wrong_card_and_a_wrong_pin_are_told_alike(front: Service, card: str, pin: str) -> None:
    refused = await sign_in(front, card, pin)
    expected = await sign_in(front, "20000000000034", PIN)

    assert (400, "invalid_grant") == error_of(refused)
    assert expected.json() == refused.json()


async def test_an_empty_pin_is_none(front: Service) -> None:
    assert (400, "invalid_request") == error_of(await sign_in(front, CARD, ""))


async def test_a_pin_cannot_be_guessed(front: Service) -> None:
    for _ in range(PINS.tries):
        await sign_in(front, CARD, "1111")

    assert 429 == (await sign_in(front, CARD, PIN)).status_code


@pytest.mark.parametrize("pushed_out", [0, 1, 7])
async def test_nor_by_blanks_that_push_digits_of_the_card_out_of_sight(front: Service, pushed_out: int) -> None:
    for _ in range(PINS.tries):
        await sign_in(front, CARD, "1111")

    assert 429 == (await sign_in(front, " " * (200 - pushed_out) + CARD, PIN)).status_code


async def test_nor_a_password_by_blanks_in_the_number_of_the_card(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)
    service.http.cookies.clear()  # her own device has more tries

    spaced = [f"{CARD[:place]} {CARD[place:]}" for place in range(1, STRANGERS.tries + 2)]
    answers = [(await service.sign_in(name, "not the password")).status_code for name in spaced]

    assert [400] * STRANGERS.tries + [429] == answers


async def test_who_has_two_names_has_no_more_tries_than_who_has_one(service_on_either: Service) -> None:
    service = service_on_either
    await service.a_member_who_can_sign_in(email="ada@x.y", card_number=CARD)
    service.http.cookies.clear()  # her own device has more tries

    names = ["ada@x.y", CARD, "ADA@x.y", f" {CARD}", "ada@x.y", CARD, "ada@x.y"]
    answers = [(await service.sign_in(name, "not the password")).status_code for name in names]

    assert [400] * STRANGERS.tries + [429] * 2 == answers


async def test_a_visitor_of_the_catalogue_who_guesses_locks_nobody_else_out(front: Service) -> None:
    guesser, others = {"end_user_address": "203.0.113.9"}, {"end_user_address": "198.51.100.7"}
    for number in range(75):
        await sign_in(front, f"MADE UP {number}", "1111", **guesser)

    stopped = await sign_in(front, CARD, PIN, **guesser)
    answers = [await sign_in(front, CARD, PIN, **others) for _ in range(3)]

    assert (429, "too_many_attempts") == error_of(stopped)
    assert {200} == {answer.status_code for answer in answers}


async def test_a_lock_is_said_as_one_and_ends_with_a_new_pin_from_the_desk(front: Service) -> None:
    (found,) = (await front.get(f"/v1/members?card_number={CARD}")).json()["items"]
    for _ in range(PINS.tries):
        await sign_in(front, CARD, "1111")
    locked = await sign_in(front, CARD, PIN)

    await front.request("PUT", f"/v1/members/{found['member_id']}/pin", {"pin": "9753"})

    assert (429, "pin_locked") == error_of(locked)
    assert 0 < int(locked.headers["retry-after"]) <= 300
    assert "desk" in locked.json()["error_description"]
    assert 200 == (await sign_in(front, CARD, "9753")).status_code


async def test_only_who_may_hand_in_what_people_type_says_from_where(front: Service, service: Service) -> None:
    nonsense = await sign_in(front, CARD, PIN, end_user_address="next door")
    anybody = await service.sign_in("ada@x.y", end_user_address="203.0.113.9")

    assert (400, "invalid_request") == error_of(nonsense) == error_of(anybody)


async def test_a_pin_never_gives_what_staff_may_do(front: Service) -> None:
    answer = await sign_in(front, CARD, PIN, scope="self members:write admin")

    assert "self" == answer.json()["scope"]
    assert (400, "invalid_scope") == error_of(await sign_in(front, CARD, PIN, scope="members:write"))


async def test_nobody_else_may_hand_in_what_people_type(front: Service) -> None:
    kiosk_secret = str(CLIENTS["kiosk"]["secret"])

    anybody = await front.sign_in(CARD, PIN)
    kiosk = await front.ask_for_token(basic=("kiosk", kiosk_secret), grant_type="password", username=CARD, password=PIN)

    assert (400, "unsupported_grant_type") == error_of(anybody) == error_of(kiosk)


def test_an_app_is_not_registered_for_passwords(tmp_path: Path) -> None:
    clients = json.dumps({"app": {"redirect_uris": ["https://app.example/back"], "password": True, "scopes": "self"}})

    with pytest.raises(ConfigurationError, match="it takes no password"):
        load(Settings, database_url="sqlite+aiosqlite:///x.db", books_url="http://books.invalid", clients=clients)

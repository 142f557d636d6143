"""Signing out at a provider ends the sessions here, and the other way round; nobody else's, whatever is claimed."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from jwkest.jwk import SYMKey

from tests.members.api.browser import exchange, form_in, open_page, sent_back
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.town import TOWN, Town
from tests.members.provider import CLIENT, Claims, TownHall, a_key

ADA = {"email": "ada@town.example", "email_verified": True, "given_name": "Ada"}
OTHER = TOWN | {"issuer": "https://other.example"}
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class SignedIn:
    """Somebody who has come by the town hall: its subject for them, and what keeps them signed in here."""

    def __init__(self, town: Town, subject: str, issued: dict[str, str]) -> None:
        self.subject = subject
        self._town = town
        self._refresh_token = issued["refresh_token"]

    async def is_in(self) -> bool:
        answer = await self._town.service.ask_for_token(
            grant_type="refresh_token", refresh_token=self._refresh_token, client_id="swagger"
        )
        self._refresh_token = answer.json().get("refresh_token", self._refresh_token)
        return answer.status_code == 200


@pytest.fixture
async def town(service_on_either: Service) -> Town:
    """Grace and Ada sign in by the town hall."""
    town = await Town.open(service_on_either)
    town.hall.people["ada"] = ADA
    await town.staff("grace@town.example")
    await town.staff("ada@town.example")
    return town


async def signed_in(town: Town, person: str = "grace", *, session: str | None = None) -> SignedIn:
    """Return somebody who signs in in a browser of their own, by a session there if the town hall names it."""
    town.service.http.cookies.clear()
    town.hall.claims = lambda claims: claims | ({} if session is None else {"sid": session})
    issued = await exchange(town.service, sent_back(await town.come_back(person))["code"])
    return SignedIn(town, town.hall.issued["sub"], issued.json())


async def log_out(town: Town, token: str) -> httpx.Response:
    return await town.service.http.post("/v1/auth/providers/town/logout", data={"logout_token": token})


async def test_signing_out_there_ends_the_sessions_of_that_person_here(town: Town) -> None:
    grace, at_home, ada = await signed_in(town), await signed_in(town), await signed_in(town, "ada")

    out = await log_out(town, town.hall.logout_token(grace.subject))

    assert (200, "no-store") == (out.status_code, out.headers["cache-control"])
    assert [False, False, True] == [await one.is_in() for one in (grace, at_home, ada)]


async def test_a_session_there_ends_what_began_by_it_and_the_rest_goes_on(town: Town) -> None:
    office, phone = await signed_in(town, session="office"), await signed_in(town, session="phone")
    ada = await signed_in(town, "ada", session="ada's")

    out = await log_out(town, town.hall.logout_token(office.subject, sid="office"))

    assert 200 == out.status_code
    assert [False, True, True] == [await one.is_in() for one in (office, phone, ada)]


async def test_a_session_there_is_enough_without_a_subject(town: Town) -> None:
    office, ada = await signed_in(town, session="office"), await signed_in(town, "ada", session="ada's")

    out = await log_out(town, town.hall.logout_token(office.subject, sub=None, sid="office"))

    assert 200 == out.status_code
    assert [False, True] == [await one.is_in() for one in (office, ada)]


async def test_what_began_by_a_session_that_the_provider_did_not_name_ends_with_each(town: Town) -> None:
    grace = await signed_in(town)

    out = await log_out(town, town.hall.logout_token(grace.subject, sid="office"))

    assert 200 == out.status_code
    assert not await grace.is_in()


async def test_a_code_that_waits_is_worth_nothing_once_its_session_there_is_over(town: Town) -> None:
    town.hall.claims = lambda claims: claims | {"sid": "office"}
    code = sent_back(await town.come_back())["code"]

    await log_out(town, town.hall.logout_token(town.hall.issued["sub"], sid="office"))

    assert 400 == (await exchange(town.service, code)).status_code


async def test_who_is_out_already_is_out_and_no_error(town: Town) -> None:
    office = await signed_in(town, session="office")

    answers = [await log_out(town, town.hall.logout_token(office.subject, sid="office")) for _ in range(2)]

    assert [200, 200] == [answer.status_code for answer in answers]


Changes = dict[str, Any]
WRONG: dict[str, Changes] = {
    "of another issuer": {"iss": "https://other.example"},
    "for another client": {"aud": "somebody"},
    "for nobody": {"aud": None},
    "of a subject that nobody is": {"sub": "somebody"},
    "of a subject that is no text": {"sub": 7},
    "of a session that there is not": {"sid": "nobody's"},
    "of somebody else's session": {"sid": "ada's"},
    "of a session that is no text": {"sid": 7},
    "of a session that there is not alone": {"sub": None, "sid": "nobody's"},
    "of nobody": {"sub": None, "sid": None},
    "without events": {"events": None},
    "of another event": {"events": {"http://schemas.openid.net/event/other": {}}},
    "of an event that says nothing": {"events": {LOGOUT: None}},
    "of events that are none": {"events": [LOGOUT]},
    "with a nonce, as an ID token has": {"nonce": "n"},
    "without an id": {"jti": None},
    "with an id that is no text": {"jti": 7},
    "expired": {"exp": 1_000},
    "too old": {"iat": 1_000},
    "from the future": {"iat": int(time.time()) + 3_600, "exp": int(time.time()) + 7_200},
    "without a time": {"iat": None},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_logout_token_that_is_wrong_signs_nobody_out(town: Town, wrong: str) -> None:
    grace, ada = await signed_in(town, session="office"), await signed_in(town, "ada", session="ada's")

    answer = await log_out(town, town.hall.logout_token(grace.subject, **{"sid": "office"} | WRONG[wrong]))

    assert (400, "claims_rejected") == (answer.status_code, answer.json()["error"])
    assert [True, True] == [await one.is_in() for one in (grace, ada)]


FORGED: dict[str, Callable[[TownHall, Claims], str]] = {
    "not signed": lambda hall, claims: hall.signed(claims, alg="none"),
    "signed with the public key as a secret": lambda hall, claims: hall.signed(
        claims,
        key=SYMKey(key=hall.key.get_key().publickey().export_key().decode(), kid="first", alg="HS256"),
        alg="HS256",
    ),
    "signed with a key of nobody": lambda hall, claims: hall.signed(claims, key=a_key("first", of="nobody")),
    "no token": lambda hall, claims: json.dumps(claims),
    "nothing": lambda hall, claims: "",
}


@pytest.mark.parametrize("way", FORGED)
async def test_a_logout_token_that_is_forged_signs_nobody_out(town: Town, way: str) -> None:
    grace = await signed_in(town)
    now = int(time.time())
    claims = {"iss": town.hall.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "two"}
    claims |= {"sub": grace.subject, "events": {LOGOUT: {}}}

    answer = await log_out(town, FORGED[way](town.hall, claims))

    assert 400 == answer.status_code
    assert await grace.is_in()


async def test_a_logout_token_is_taken_once(town: Town) -> None:
    grace = await signed_in(town)
    token = town.hall.logout_token(grace.subject)
    first = await log_out(town, token)
    again = await signed_in(town)

    replayed = await log_out(town, token)

    assert (200, 400, "claims_rejected") == (first.status_code, replayed.status_code, replayed.json()["error"])
    assert await again.is_in()


async def test_one_that_lasts_long_is_taken_for_ten_minutes_all_the_same(town: Town) -> None:
    grace = await signed_in(town)
    token = town.hall.logout_token(grace.subject, exp=int(time.time()) + 1_000_000)
    town.service.clock.pass_by(timedelta(minutes=12))

    late = await log_out(town, token)

    assert 400 == late.status_code
    assert await grace.is_in()


async def test_an_id_token_signs_nobody_out(town: Town) -> None:
    grace = await signed_in(town)

    answer = await log_out(town, town.hall.signed(town.hall.issued))

    assert 400 == answer.status_code
    assert await grace.is_in()


async def test_a_logout_token_signs_nobody_in(town: Town) -> None:
    subject = (await signed_in(town)).subject
    town.hall.tampered = lambda _: town.hall.logout_token(subject)

    page = await town.come_back()

    assert 400 == page.status_code
    assert "does not prove who you are" in page.text


async def test_another_provider_signs_nobody_out_who_is_known_here_by_the_first(town: Town) -> None:
    grace = await signed_in(town, session="office")
    other = TownHall("https://other.example")
    town.meet(town=town.hall, other=other)
    made = await town.service.request("PUT", "/v1/identity-providers/other", OTHER)
    assert 201 == made.status_code, made.text

    answers = [
        await town.service.http.post("/v1/auth/providers/other/logout", data={"logout_token": token})
        for token in (
            other.logout_token(grace.subject, sid="office"),
            other.logout_token(grace.subject, sub=None, sid="office"),
            town.hall.logout_token(grace.subject, sid="office"),
        )
    ]

    assert [400, 400, 400] == [answer.status_code for answer in answers]
    assert await grace.is_in()


async def test_who_signs_out_here_is_led_to_where_the_session_there_ends(town: Town) -> None:
    town.hall.metadata = {"end_session_endpoint": "https://town.example/bye"}
    await town.come_back()
    page = await open_page(town.service)

    out = await town.service.http.post("/v1/auth/authorize", data=form_in(page) | {"action": "sign_out"})

    assert "https://town.example/bye?client_id=library" in out.text


async def test_an_app_that_signs_somebody_out_learns_where_the_session_there_ends(town: Town) -> None:
    town.hall.metadata = {"end_session_endpoint": "https://town.example/bye"}
    issued = await exchange(town.service, sent_back(await town.come_back())["code"])
    form = {"token": issued.json()["refresh_token"], "client_id": "swagger"}

    first, again = [await town.service.http.post("/v1/auth/revoke", data=form) for _ in range(2)]

    assert {"sign_out_at": "https://town.example/bye?client_id=library"} == first.json()
    assert 200 == again.status_code

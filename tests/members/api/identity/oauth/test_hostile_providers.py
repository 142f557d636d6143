"""Providers and networks that lie: nobody is signed in wrongly, and each time a sentence says so."""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from jwkest.jwk import SYMKey

from members_service.adapters.identity import openid_providers
from members_service.domain.identity.attempts import ONE_TIME_TOKENS
from tests.members.api.browser import exchange, sent_back
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.town import CALLBACK, TOWN, Town
from tests.members.provider import CLIENT, TownHall, a_key, query_of

NOT_PROVED = "does not prove who you are"
NO_ANSWER = "does not answer as it should"


@pytest.fixture
async def town(service: Service) -> Town:
    town = await Town.open(service)
    await town.staff()
    return town


def _unsigned(town: Town, claims: dict[str, Any]) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def _by_public_key(town: Town, claims: dict[str, Any]) -> str:
    """Sign with HMAC, and the provider's public key as the secret."""
    public = town.hall.key.get_key().publickey().export_key()
    return town.hall.signed(claims, key=SYMKey(key=public.decode(), kid="first", alg="HS256"), alg="HS256")


CLAIMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another issuer": lambda claims: claims | {"iss": "https://other.example"},
    "an issuer with a slash more": lambda claims: claims | {"iss": "https://town.example/"},
    "for another client": lambda claims: claims | {"aud": ["somebody else"]},
    "for two clients, issued to nobody": lambda claims: claims | {"aud": [CLIENT, "somebody else"]},
    "issued to another client": lambda claims: claims | {"azp": "somebody else"},
    "for us, and issued to another client": lambda claims: claims | {"aud": [CLIENT, "b"], "azp": "b"},
    "another nonce": lambda claims: claims | {"nonce": "of another journey"},
    "no nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "another access token": lambda claims: claims | {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "expired": lambda claims: claims | {"exp": int(time.time()) - 600, "iat": int(time.time()) - 900},
    "from the future": lambda claims: claims | {"iat": int(time.time()) + 600, "exp": int(time.time()) + 900},
    "not valid yet": lambda claims: claims | {"nbf": int(time.time()) + 600},
    "without an end": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "an end that is no number": lambda claims: claims | {"exp": "tomorrow"},
    "no subject": lambda claims: {name: value for name, value in claims.items() if name != "sub"},
    "a subject that is no text": lambda claims: claims | {"sub": 7},
    "an endless subject": lambda claims: claims | {"sub": "a" * 256},
}


@pytest.mark.parametrize("lie", CLAIMS)
async def test_a_token_with_wrong_claims_signs_nobody_in(town: Town, lie: str) -> None:
    town.hall.claims = CLAIMS[lie]

    page = await town.come_back()

    assert 400 == page.status_code
    assert NOT_PROVED in page.text


TYPED_AT: dict[str, object] = {
    "too long ago": int(time.time()) - 900,
    "never said": None,
    "no number": "yesterday",
    "a truth": True,
    "a list": [int(time.time())],
}


@pytest.mark.parametrize("moment", TYPED_AT)
async def test_a_password_that_was_typed_there_too_long_ago_signs_nobody_in(town: Town, moment: str) -> None:
    await town.change(max_age=300)
    town.hall.claims = lambda claims: claims | {"auth_time": TYPED_AT[moment]}

    page = await town.come_back()

    assert 400 == page.status_code
    assert NOT_PROVED in page.text


async def test_a_password_that_was_typed_there_just_now_does(town: Town) -> None:
    await town.change(max_age=300)
    town.hall.claims = lambda claims: claims | {"auth_time": int(time.time())}

    asked = query_of((await town.set_out()).headers["location"])

    assert "300" == asked["max_age"]
    assert "code" in sent_back(await town.come_back())


FORGED: dict[str, Callable[[Town, dict[str, Any]], str]] = {
    "not signed": _unsigned,
    "signed with the public key as a secret": _by_public_key,
    "signed with a key of nobody": lambda town, claims: town.hall.signed(claims, key=a_key("nobody's", of="nobody")),
    "signed with a key of nobody under the right name": lambda town, claims: town.hall.signed(
        claims, key=a_key("first", of="nobody")
    ),
    "cut off": lambda town, claims: town.hall.signed(claims)[:-5],
    "no token": lambda town, claims: "no token",
    "too long": lambda town, claims: town.hall.signed(claims | {"more": "m" * openid_providers.LONGEST_TOKEN}),
}


@pytest.mark.parametrize("way", FORGED)
async def test_a_forged_token_signs_nobody_in(town: Town, way: str) -> None:
    for kid in ("nobody's", "first"):
        a_key(kid, of="nobody")  # drawn now: on a busy machine that takes longer than a provider may
    town.hall.tampered = lambda token: FORGED[way](town, town.hall.issued)

    page = await town.come_back()

    assert 400 == page.status_code
    assert NOT_PROVED in page.text


async def test_a_code_is_taken_once(town: Town) -> None:
    begun = await town.set_out()
    back = town.hall.sign_in(begun.headers["location"], "grace")
    cookies = dict(town.service.http.cookies)
    await town.service.http.get(back)
    town.service.http.cookies.update(cookies)

    page = await town.service.http.get(back)

    assert 400 == page.status_code
    assert NOT_PROVED in page.text


async def test_a_callback_counts_in_the_browser_alone_that_set_out(town: Town) -> None:
    back = town.hall.sign_in((await town.set_out()).headers["location"], "grace")
    town.service.http.cookies.clear()

    page = await town.service.http.get(back)

    assert 400 == page.status_code
    assert "was begun in another browser" in page.text


async def test_an_answer_with_the_state_of_another_journey_counts_for_nothing(town: Town) -> None:
    theirs = town.hall.sign_in((await town.set_out()).headers["location"], "grace")
    await town.set_out()

    page = await town.service.http.get(theirs)

    assert "was begun in another browser" in page.text


async def test_a_provider_cannot_answer_for_another(town: Town) -> None:
    other = TownHall("https://other.example", callback=CALLBACK.replace("/town/", "/other/"))
    town.meet(town=town.hall, other=other)
    await town.service.request("PUT", "/v1/identity-providers/other", TOWN | {"issuer": other.issuer})
    begun = await town.set_out()
    query = httpx.URL(town.hall.sign_in(begun.headers["location"], "grace")).params

    at_the_other = await town.service.http.get(f"/v1/auth/providers/other/callback?{urlencode(dict(query))}")
    begun = await town.set_out()
    query = httpx.URL(town.hall.sign_in(begun.headers["location"], "grace")).params
    of_the_other = await town.service.http.get(CALLBACK, params=dict(query) | {"iss": other.issuer})

    assert NOT_PROVED in at_the_other.text
    assert NOT_PROVED in of_the_other.text
    assert "/token" not in other.asked


async def test_a_provider_that_names_itself_must_do_so_each_time(town: Town) -> None:
    town.hall.metadata = {"authorization_response_iss_parameter_supported": True}

    assert NOT_PROVED in (await town.come_back()).text


async def test_one_address_at_two_providers_is_one_person_at_the_first_alone(town: Town) -> None:
    await town.come_back()
    other = TownHall("https://other.example", callback=CALLBACK.replace("/town/", "/other/"))
    other.people["grace"] = town.hall.people["grace"]
    town.meet(town=town.hall, other=other)
    await town.service.request("PUT", "/v1/identity-providers/other", TOWN | {"issuer": other.issuer})
    begun = await town.set_out("other")

    page = await town.service.http.get(other.sign_in(begun.headers["location"], "grace"))

    assert "nobody here is known by it yet" in page.text


async def test_five_hundred_groups_are_read(town: Town) -> None:
    await town.change(groups={"group 499": [{"role": "librarian"}]})
    town.hall.people["grace"] |= {"groups": [f"group {number}" for number in range(500)]}

    assert "code" in sent_back(await town.come_back())


@pytest.mark.parametrize("language", [("en", "in more branches than"), ("de", "in mehr Zweigstellen, als")])
async def test_five_hundred_groups_that_give_more_branches_than_a_token_carries_sign_nobody_in(
    town: Town, language: tuple[str, str]
) -> None:
    account_id = await town.service.open_account("of.groups@town.example", "librarian")
    branches = [f"B{number:03}" for number in range(500)]
    town.service.books.codes += branches
    some = {f"group {code}": [{"role": "desk", "branches": [code]}] for code in branches}
    await town.change(groups=some)
    town.hall.people["of groups"] = {"email": "of.groups@town.example", "email_verified": True, "groups": [*some][:5]}
    issued = await exchange(town.service, sent_back(await town.come_back("of groups"))["code"])
    token = {"refresh_token": issued.json()["refresh_token"], "client_id": "swagger"}
    town.hall.people["of groups"] |= {"groups": [*some]}
    town.service.http.headers["accept-language"] = language[0]

    page = await town.come_back("of groups")

    assert (400, language[0]) == (page.status_code, page.headers["content-language"])
    assert language[1] in page.text
    refreshed = await town.service.ask_for_token(grant_type="refresh_token", **token)
    assert 400 == refreshed.status_code, "what the groups gave before does not go on beside what they say now"
    grants = (await town.service.get(f"/v1/accounts/{account_id}/grants")).json()["items"]
    assert [branches[:5]] == [one["branches"] for one in grants]


async def test_keys_that_turn_in_the_middle_are_fetched_anew(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid_providers, "_LOOK_AGAIN", 0.0)
    await town.come_back()
    town.hall.turn_keys("second")

    assert "code" in sent_back(await town.come_back())


async def test_a_key_that_nobody_knows_is_not_looked_for_again_and_again(town: Town) -> None:
    await town.come_back()
    town.hall.turn_keys("second")
    for _ in range(5):
        await town.come_back()

    assert town.hall.asked.count("/keys") <= 2


def _five_megabytes() -> httpx.Response:
    return httpx.Response(200, content=b'{"id_token": "' + b"a" * 5 * 2**20 + b'"}')


ANSWERS: dict[str, tuple[str, Callable[[], httpx.Response], str]] = {
    "five megabytes of tokens": ("/token", _five_megabytes, NO_ANSWER),
    "no JSON": ("/token", lambda: httpx.Response(200, text="hello"), NOT_PROVED),
    "no ID token": ("/token", lambda: httpx.Response(200, json={"access_token": "a"}), NOT_PROVED),
    "a refusal": ("/token", lambda: httpx.Response(401, json={"error": "invalid_client"}), NOT_PROVED),
    "an error": ("/token", lambda: httpx.Response(500), NO_ANSWER),
    "a way elsewhere": ("/token", lambda: httpx.Response(302, headers={"location": "http://127.0.0.1/"}), NO_ANSWER),
    "keys that are none": ("/keys", lambda: httpx.Response(200, json={"keys": [{"kty": "x"}]}), NO_ANSWER),
    "a list for keys": ("/keys", lambda: httpx.Response(200, json=[]), NO_ANSWER),
}


@pytest.mark.parametrize("answer", ANSWERS)
async def test_an_answer_that_is_none_signs_nobody_in(town: Town, answer: str) -> None:
    address, made, sentence = ANSWERS[answer]
    town.hall.answers[address] = made

    page = await town.come_back()

    assert page.status_code in {400, 502}
    assert sentence in page.text


METADATA: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://other.example"},
    "tokens in our own network": {"token_endpoint": "https://127.0.0.1/token"},
    "keys without TLS": {"jwks_uri": "http://town.example/keys"},
    "a script for a page": {"authorization_endpoint": "javascript:alert(1)"},
    "a number for a page": {"authorization_endpoint": 7},
}


@pytest.mark.parametrize("lie", METADATA)
async def test_what_a_provider_says_of_itself_leads_nowhere_else(town: Town, lie: str) -> None:
    town.hall.metadata = METADATA[lie]

    page = await town.set_out()

    assert page.status_code in {400, 502}
    assert "Sign in another way" in page.text
    assert "location" not in page.headers


async def _slowly() -> httpx.Response:
    await asyncio.sleep(30)
    return httpx.Response(200)


async def _refused() -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


@pytest.mark.parametrize("made", [_slowly, _refused])
async def test_a_provider_that_is_slow_or_down_keeps_nobody_from_another_way(
    town: Town, monkeypatch: pytest.MonkeyPatch, made: Callable[[], Awaitable[httpx.Response]]
) -> None:
    monkeypatch.setattr(openid_providers, "TIMEOUT", 0.3)
    town.hall.answers["/.well-known/openid-configuration"] = made
    begun = time.monotonic()

    page = await town.set_out()

    assert page.status_code in {502, 504}
    assert "Sign in another way" in page.text
    assert time.monotonic() - begun < 3
    assert 200 == (await town.service.sign_in("grace@town.example")).status_code


def test_a_page_waits_for_a_provider_for_three_seconds_at_most() -> None:
    assert openid_providers.TIMEOUT <= 3


async def test_four_visitors_of_a_slow_provider_wait_side_by_side(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid_providers, "TIMEOUT", 0.3)
    town.hall.answers["/.well-known/openid-configuration"] = _slowly
    begun = time.monotonic()

    pages = await asyncio.gather(*(town.set_out() for _ in range(4)))

    assert {504} == {page.status_code for page in pages}
    assert time.monotonic() - begun < 4 * 0.3


async def test_codes_that_prove_nobody_are_counted(town: Town) -> None:
    town.hall.answers["/token"] = lambda: httpx.Response(400, json={"error": "invalid_grant"})

    pages = [await town.come_back() for _ in range(ONE_TIME_TOKENS.tries + 1)]

    assert {400} == {page.status_code for page in pages[:-1]}
    assert 429 == pages[-1].status_code
    assert "Too many attempts" in pages[-1].text
    assert "retry-after" in pages[-1].headers


async def test_a_failure_leaves_a_record_that_names_nobody(town: Town) -> None:
    town.hall.claims = CLAIMS["another nonce"]
    await town.come_back()

    records = (await town.service.get("/v1/audit?deed=identity-provider-rejected")).json()["items"]

    assert [{"provider": "town", "why": "the ID token is not valid: invalid_claim: Invalid claim: 'nonce'"}] == [
        record["facts"] for record in records
    ]

"""The sign-in page over HTTP: what a browser sees, and what attackers try."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from members_service.api.sign_in_page import WORDS
from members_service.domain.roles import Role
from tests.members.api.answers import error_of
from tests.members.api.conftest import Service
from tests.members.desk import CHALLENGE, VERIFIER
from tests.members.domain.test_client import OPEN_REDIRECTS
from tests.members.makers import PASSWORD

PAGE = "/v1/auth/authorize"
BACK = "http://members.test/docs/oauth2-redirect"
ASKED = {
    "response_type": "code",
    "client_id": "swagger",
    "redirect_uri": BACK,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "a state & more",
}


def form_in(page: httpx.Response) -> dict[str, str]:
    """Return the fields of the page's form as a browser would send them back untouched."""
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
    return {unescape(name): unescape(value) for name, value in fields}


async def open_page(service: Service, **changes: Any) -> httpx.Response:
    asked = {name: value for name, value in (ASKED | changes).items() if value is not None}
    return await service.http.get(PAGE, params=asked)


async def fill_in(
    service: Service, page: httpx.Response, username: str = "grace@x.y", password: str = PASSWORD, **more: str
) -> httpx.Response:
    fields = form_in(page) | {"username": username, "password": password} | more
    return await service.http.post(PAGE, data=fields)


def sent_back(answer: httpx.Response) -> dict[str, str]:
    """Return what the redirect tells the software."""
    assert 303 == answer.status_code, answer.text
    address = answer.headers["location"]
    assert f"{BACK}?" == address[: len(BACK) + 1]
    return dict(parse_qsl(urlsplit(address).query, strict_parsing=True))


async def exchange(service: Service, code: str, **changes: str) -> httpx.Response:
    form = {"code": code, "redirect_uri": BACK, "client_id": "swagger", "code_verifier": VERIFIER} | changes
    return await service.ask_for_token(basic=None, grant_type="authorization_code", **form)


async def a_code(service: Service, **changes: Any) -> str:
    return sent_back(await fill_in(service, await open_page(service, **changes)))["code"]


@pytest.fixture
async def grace(service: Service) -> Service:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    return service


async def test_a_person_signs_in_on_the_page_and_the_software_gets_the_tokens(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)

    told = sent_back(await fill_in(service, await open_page(service)))
    answer = await exchange(service, told["code"])

    assert {"code", "state", "iss"} == set(told)
    assert ("a state & more", "library") == (told["state"], told["iss"])
    issued = answer.json()
    assert {"access_token", "token_type", "expires_in", "refresh_token", "scope"} == set(issued)
    assert 200 == (await service.get("/v1/members", token=issued["access_token"])).status_code
    again = await service.ask_for_token(
        grant_type="refresh_token", refresh_token=issued["refresh_token"], client_id="swagger"
    )
    assert 200 == again.status_code


async def test_a_code_works_once_and_its_second_use_ends_the_session(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    code = await a_code(service)
    first = await exchange(service, code)

    second = await exchange(service, code)

    assert (400, "invalid_grant") == error_of(second)
    refresh_token = first.json()["refresh_token"]
    again = await service.ask_for_token(grant_type="refresh_token", refresh_token=refresh_token, client_id="swagger")
    assert (400, "invalid_grant") == error_of(again)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"code_verifier": VERIFIER + "x"}, "invalid_grant"), ({"code_verifier": CHALLENGE}, "invalid_grant"),
     ({"code_verifier": ""}, "invalid_request"), ({"redirect_uri": ""}, "invalid_request"),
     ({"redirect_uri": BACK + "/"}, "invalid_grant"), ({"client_id": "library"}, "invalid_grant"),
     ({"client_id": ""}, "invalid_grant"), ({"code": "x" * 43}, "invalid_grant"), ({"code": ""}, "invalid_request")],
    ids=repr,
)  # fmt: skip
async def test_a_stolen_code_is_worth_nothing(grace: Service, changes: dict[str, str], error: str) -> None:
    code = await a_code(grace)

    answer = await exchange(grace, **({"code": code} | changes))

    assert (400, error) == error_of(answer)
    assert 200 == (await exchange(grace, code)).status_code


async def test_a_service_cannot_exchange_a_persons_code(grace: Service) -> None:
    loans = {"client_id": "loans", "client_secret": "the secret of loans"}

    assert (400, "unauthorized_client") == error_of(await exchange(grace, await a_code(grace), **loans))


async def test_codes_of_two_windows_do_not_get_mixed_up(grace: Service) -> None:
    first, second = await open_page(grace, state="first"), await open_page(grace, state="second")

    told_second = sent_back(await fill_in(grace, second))
    told_first = sent_back(await fill_in(grace, first))

    assert ("first", "second") == (told_first["state"], told_second["state"])
    for told in (told_first, told_second):
        assert 200 == (await exchange(grace, told["code"])).status_code


@pytest.mark.parametrize("redirect_uri", [*OPEN_REDIRECTS, None, "http://members.test/docs/oauth2-redirect/"])
async def test_nobody_is_sent_to_an_address_that_is_not_registered(service: Service, redirect_uri: str | None) -> None:
    asked = await open_page(service, redirect_uri=redirect_uri)
    fine = form_in(await open_page(service))
    filled_in = await service.http.post(PAGE, data=fine | {"redirect_uri": redirect_uri or ""})

    for page in (asked, filled_in):
        assert 400 == page.status_code
        assert "location" not in page.headers
        assert "<form" not in page.text
        assert "text/html; charset=utf-8" == page.headers["content-type"]


@pytest.mark.parametrize("client_id", [None, "", "nobody", "loans", "library", "Swagger"])
async def test_software_that_is_not_known_gets_nobody(service: Service, client_id: str | None) -> None:
    page = await open_page(service, client_id=client_id)

    assert (400, False) == (page.status_code, "location" in page.headers)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"response_type": None}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"),
     ({"code_challenge": None}, "invalid_request"), ({"code_challenge": "x"}, "invalid_request"),
     ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request")],
    ids=repr,
)  # fmt: skip
async def test_what_is_asked_badly_is_told_to_the_software(service: Service, changes: Any, error: str) -> None:
    told = sent_back(await open_page(service, **changes))
    fields = form_in(await open_page(service))
    bent = {name: value for name, value in (fields | changes).items() if value is not None}

    assert (error, ASKED["state"], "library") == (told["error"], told["state"], told["iss"])
    assert told["error_description"]
    assert error == sent_back(await service.http.post(PAGE, data=bent))["error"]


async def test_without_a_state_none_comes_back(service: Service) -> None:
    assert "state" not in sent_back(await open_page(service, state=None, response_type="token"))


async def test_a_parameter_given_twice_leads_nowhere(service: Service) -> None:
    for name, value in ASKED.items():
        page = await service.http.get(PAGE, params=[*ASKED.items(), (name, value)])

        assert (400, False) == (page.status_code, "location" in page.headers)


async def test_who_may_do_nothing_of_it_is_told_so_by_the_software(grace: Service) -> None:
    told = sent_back(await fill_in(grace, await open_page(grace, scope="admin")))

    assert "invalid_scope" == told["error"]


async def test_less_can_be_wished_for(grace: Service) -> None:
    answer = await exchange(grace, await a_code(grace, scope="loans:read self"))

    assert "loans:read" == answer.json()["scope"]


async def test_who_changes_their_mind_goes_back_without_a_code(grace: Service) -> None:
    told = sent_back(await fill_in(grace, await open_page(grace), "", "", action="cancel"))

    assert "access_denied" == told["error"]


@pytest.mark.parametrize(("username", "password"), [("grace@x.y", "a guess at it"), ("nobody@x.y", PASSWORD)])
async def test_who_is_wrong_sees_the_page_again_whoever_it_is(grace: Service, username: str, password: str) -> None:
    page = await fill_in(grace, await open_page(grace), username, password)

    assert 400 == page.status_code
    assert "<title>Error: Sign in to the library</title>" in page.text
    assert 'role="alert">The e-mail address or the password is not right.' in page.text
    assert f'value="{username}"' in page.text
    assert password not in page.text
    assert 303 == (await fill_in(grace, page)).status_code


async def test_an_empty_form_is_not_counted(grace: Service) -> None:
    for _ in range(15):
        page = await fill_in(grace, await open_page(grace), "", "")
        assert 400 == page.status_code
        assert "Enter your e-mail address and your password." in page.text

    assert 303 == (await fill_in(grace, page)).status_code


async def test_guessing_on_the_page_is_stopped_with_that_by_password_grant(grace: Service) -> None:
    page = await open_page(grace)
    for number in range(3):
        assert 400 == (await fill_in(grace, page, password=f"guess {number}")).status_code
        assert 400 == (await grace.sign_in("grace@x.y", f"guess {number}")).status_code

    stopped = await fill_in(grace, page)

    assert 429 == stopped.status_code
    assert f"Wait {stopped.headers['retry-after']} seconds" in stopped.text


# --- the form belongs to one browser ---------------------------------------------------------------------------------


async def test_a_form_from_another_page_signs_nobody_in(grace: Service) -> None:
    attackers = form_in(await open_page(grace))
    grace.http.cookies.clear()
    await open_page(grace)

    answer = await grace.http.post(PAGE, data=attackers | {"username": "grace@x.y", "password": PASSWORD})

    assert (403, False) == (answer.status_code, "location" in answer.headers)


@pytest.mark.parametrize("form_token", ["", "x", "0" * 64, "é"])
async def test_a_made_up_form_token_signs_nobody_in(grace: Service, form_token: str) -> None:
    answer = await fill_in(grace, await open_page(grace), form_token=form_token)

    assert (403, False) == (answer.status_code, "location" in answer.headers)


async def test_a_form_token_belongs_to_its_request(grace: Service) -> None:
    form_token = form_in(await open_page(grace))["form_token"]

    answer = await fill_in(grace, await open_page(grace, state="another"), form_token=form_token)

    assert 403 == answer.status_code


async def test_a_browser_that_refuses_cookies_is_told_what_to_do(grace: Service) -> None:
    page = await open_page(grace)
    grace.http.cookies.clear()

    answer = await fill_in(grace, page)

    assert 403 == answer.status_code
    assert "Allow cookies, then try again." in answer.text
    assert 'value="grace@x.y"' in answer.text
    assert 303 == (await fill_in(grace, answer)).status_code  # this time it was kept


async def test_the_cookie_is_for_nobody_else(service: Service) -> None:
    plain = (await open_page(service)).headers["set-cookie"]
    service.http.cookies.clear()
    asked = ASKED | {"redirect_uri": BACK.replace("http:", "https:")}
    secure = (await service.http.get(f"https://members.test{PAGE}", params=asked)).headers["set-cookie"]

    assert re.fullmatch(r"sign-in=[\w-]{43}; HttpOnly; Max-Age=3600; Path=/; SameSite=lax", plain)
    assert re.fullmatch(r"__Host-sign-in=[\w-]{43}; HttpOnly; Max-Age=3600; Path=/; SameSite=lax; Secure", secure)


# --- the page itself -------------------------------------------------------------------------------------------------


async def test_the_page_runs_no_script_and_sends_its_form_only_where_it_should(service: Service) -> None:
    page = await open_page(service)

    policy = page.headers["content-security-policy"]
    assert "script" not in policy
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://members.test;" in policy
    assert "<script" not in page.text
    assert "no-store" == page.headers["cache-control"]
    assert "no-referrer" == page.headers["referrer-policy"]


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [(None, "en", "Sign in to the library"), ("fr", "fr", "Se connecter à la bibliothèque"),
     ("fr-CA, en;q=0.5", "fr", "Se connecter à la bibliothèque"), ("de, fr;q=0.3, en;q=0.2", "fr", "Se connecter"),
     ("en-GB,en;q=0.9,fr;q=0.8", "en", "Sign in"), ("de", "en", "Sign in"), ("fr;q=0", "en", "Sign in"),
     ("fr;q=x, *;;", "en", "Sign in"), ("x" * 5_000, "en", "Sign in")],
)  # fmt: skip
async def test_the_page_speaks_the_language_of_the_browser(
    service: Service, accepted: str | None, language: str, title: str
) -> None:
    headers = {} if accepted is None else {"Accept-Language": accepted}

    page = await service.http.get(PAGE, params=ASKED, headers=headers)
    dead_end = await service.http.get(PAGE, headers=headers)

    for answer in (page, dead_end):
        assert f'<html lang="{language}">' in answer.text
        assert language == answer.headers["content-language"]
        assert "Accept-Language" in answer.headers["vary"]
    assert title in page.text


def test_both_languages_say_everything() -> None:
    assert WORDS["en"].keys() == WORDS["fr"].keys()
    assert "{seconds}" in WORDS["fr"]["too_many_attempts"]


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "'; DROP", "{{ 7 * 7 }}", "\u202egnp.exe", "<!--"])
async def test_what_comes_in_is_shown_as_text_only(grace: Service, hostile: str) -> None:
    page = await fill_in(grace, await open_page(grace, state=hostile, scope=hostile), username=hostile)

    assert 400 == page.status_code
    assert "<script" not in page.text
    assert hostile in unescape(page.text)
    assert hostile == form_in(page)["state"]
    told = sent_back(await fill_in(grace, await open_page(grace, state=hostile)))
    assert hostile == told["state"]


@pytest.mark.parametrize("target", ["?x=%00", "?x=%ff", "?" + "&".join(f"a{n}=1" for n in range(30)), "?=", "?%"])
async def test_no_address_makes_the_page_fall_over(service: Service, target: str) -> None:
    assert (await service.http.get(PAGE + target)).status_code in (400, 422)


@pytest.mark.parametrize("body", [b"", b"\xff", b"username=a", b"{}", b"a=1&a=2", b"username=%00"])
async def test_no_form_makes_the_page_fall_over(service: Service, body: bytes) -> None:
    answer = await service.http.post(PAGE, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert (400, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])


async def test_a_code_leaves_no_trace_in_the_page_after_it(grace: Service) -> None:
    answer = await fill_in(grace, await open_page(grace))

    assert b"" == answer.content
    assert "no-store" == answer.headers["cache-control"]
    assert parse_qs(urlsplit(answer.headers["location"]).query)["code"][0] not in str(answer.request.url)

"""The sign-in page over HTTP: what a browser sees, and what attackers try."""

import base64
import hashlib
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from members_service.api.identity import sign_in_page
from members_service.api.identity.sign_in_page import WORDS
from members_service.domain.identity import identity_provider, passkey
from members_service.domain.identity.attempts import STRANGERS
from shared.kernel.errors import LibraryError
from tests.members.api.browser import ASKED, BACK, PAGE, fill_in, form_in, open_page, sent_back
from tests.members.api.conftest import Service
from tests.members.makers import PASSWORD

TEMPLATES = Path(sign_in_page.__file__).parent / "templates"
_BRACES = re.compile(r"\{\w*\}")
_OF_THE_PAGES = {identity_provider.__name__, passkey.__name__}
_NEVER_SHOWN = {"issuer-taken"}
"""To administrators alone, who put a provider."""


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
    for number in range(STRANGERS.tries - 1):
        assert 400 == (await fill_in(grace, page, password=f"guess {number}")).status_code
    assert 400 == (await grace.sign_in("grace@x.y", "the last guess")).status_code

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


async def test_the_page_runs_its_own_script_alone_and_sends_its_form_only_where_it_should(service: Service) -> None:
    page = await open_page(service)

    policy = page.headers["content-security-policy"]
    (script,) = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert [f"script-src 'sha256-{digest}'"] == re.findall("script-src [^;]*", policy)
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://members.test;" in policy
    assert 1 == page.text.count("<script")
    assert "no-store" == page.headers["cache-control"]
    assert "no-referrer" == page.headers["referrer-policy"]


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [(None, "en", "Sign in to the library"), ("fr", "fr", "Se connecter à la bibliothèque"),
     ("fr-CA, en;q=0.5", "fr", "Se connecter à la bibliothèque"), ("it, fr;q=0.3, en;q=0.2", "fr", "Se connecter"),
     ("en-GB,en;q=0.9,fr;q=0.8", "en", "Sign in"), ("de-AT", "de", "Bei der Bibliothek anmelden"),
     ("es", "es", "Iniciar sesión en la biblioteca"), ("it", "en", "Sign in"),
     ("fr;q=0", "en", "Sign in"),
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


def test_every_language_says_everything() -> None:
    assert ["de", "en", "es", "fr"] == sorted(WORDS)
    for words in WORDS.values():
        assert WORDS["en"].keys() == words.keys()
        assert [] == [word for word, text in words.items() if not text.strip()]
        assert _BRACES.findall("".join(WORDS["en"].values())) == _BRACES.findall("".join(words.values()))


@pytest.mark.parametrize("language", sorted(WORDS.keys() - {"en"}))
def test_no_sentence_is_left_in_english(language: str) -> None:
    alike = {word for word, text in WORDS[language].items() if text == WORDS["en"][word]}

    assert set() == {word for word in alike if WORDS["en"][word] != "Error:"}


def test_whatever_stops_somebody_on_these_pages_has_a_sentence() -> None:
    stops = [one for one in _refusals(LibraryError) if one.__module__ in _OF_THE_PAGES]

    assert stops
    assert set() == {one.code for one in stops} - WORDS["en"].keys() - _NEVER_SHOWN


def test_every_word_is_one_that_a_page_says() -> None:
    templates = "".join(file.read_text() for file in TEMPLATES.glob("*.html"))
    code = "".join(file.read_text() for file in TEMPLATES.parent.rglob("*.py"))
    codes = {one.code for one in _refusals(LibraryError)}

    used = {word for word in WORDS["en"] if f"words.{word}" in templates or f'"{word}"' in code or " " in word}

    assert set() == WORDS["en"].keys() - used - codes


def _refusals(kind: type[LibraryError]) -> set[type[LibraryError]]:
    return {kind, *(one for child in kind.__subclasses__() for one in _refusals(child))}


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "'; DROP", "{{ 7 * 7 }}", "\u202egnp.exe", "<!--"])
async def test_what_comes_in_is_shown_as_text_only(grace: Service, hostile: str) -> None:
    page = await fill_in(grace, await open_page(grace, state=hostile, scope=hostile), username=hostile)

    assert 400 == page.status_code
    assert 1 == page.text.count("<script")
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

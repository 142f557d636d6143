"""Software that is not the library's own: it gets no more than it is registered for, and people are asked first."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from members_service.api.identity.sign_in_page import WORDS
from members_service.domain.identity.roles import SCOPES_OF_PEOPLE, Role
from shared.persistence.database import Database
from tests.answers import error_of
from tests.members.api.browser import ASKED, exchange, fill_in, form_in, open_page
from tests.members.api.conftest import CLIENTS, Service, a_service
from tests.members.makers import PASSWORD

BACK = "https://app.example/back"
APP = {"client_id": "reading-list", "redirect_uri": BACK}
FRONT = "a secret of 32 characters or more"


@pytest.fixture
async def library(database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """Start a service that knows an app for readers and a front end, and has a librarian who is a reader, too."""
    clients = CLIENTS | {
        "reading-list": {"redirect_uris": [BACK], "scopes": "self loans:read"},
        "catalogue": {"secret": FRONT, "password": True, "scopes": "self members:recover"},
    }
    origins = {"cors_allow_origins": "https://other.example"}
    async for service in a_service(database, tmp_path, clients=json.dumps(clients), **origins):
        await service.open_account("root@x.y", Role.MEMBER, Role.LIBRARIAN, Role.ADMIN)
        yield service


def told(answer: httpx.Response) -> dict[str, str]:
    assert 303 == answer.status_code, answer.text
    assert answer.headers["location"].startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def signed_in(library: Service, **asked: str) -> Any:
    page = await open_page(library, **APP, **asked)
    code = told(await fill_in(library, page, "root@x.y"))["code"]
    return (await exchange(library, code, **APP)).json()


async def refresh(library: Service, tokens: Any, **form: str) -> httpx.Response:
    given = {"refresh_token": tokens["refresh_token"], "client_id": "reading-list"} | form
    return await library.ask_for_token(basic=None, grant_type="refresh_token", **given)


async def test_an_app_gets_what_it_is_registered_for_of_an_admin_too(library: Service) -> None:
    tokens = await signed_in(library)
    narrowed = await signed_in(library, scope="self admin")
    refreshed = (await refresh(library, tokens)).json()
    more = await refresh(library, refreshed, scope="admin")

    assert "loans:read self" == tokens["scope"] == refreshed["scope"]
    assert "self" == narrowed["scope"]
    assert (400, "invalid_scope") == error_of(more)


async def test_one_that_asks_for_nothing_of_it_is_sent_back_before_anybody_types(library: Service) -> None:
    answer = await open_page(library, **APP, scope="admin members:write")

    assert "invalid_scope" == told(answer)["error"]


async def test_a_session_from_before_is_bounded_by_what_the_app_is_registered_for_now(library: Service) -> None:
    tokens = await signed_in(library)
    fewer = replace(library.identity.ports.public_clients["reading-list"], scopes=frozenset({"self"}))
    library.rebind(public_clients={"reading-list": fewer})

    refreshed = await refresh(library, tokens)

    assert "self" == refreshed.json()["scope"]


async def test_the_page_says_who_asks_for_what_and_until_when(library: Service) -> None:
    page = await open_page(library, **APP)
    ours = await open_page(library)

    assert "<strong>reading-list</strong> may do this in your name" in page.text
    for scope in SCOPES_OF_PEOPLE:
        assert (scope in {"self", "loans:read"}) is (f"<li>{WORDS['en'][f'may {scope}']}</li>" in page.text)
    assert "at most for 60 days" in page.text
    assert "Sign in and allow it" in page.text
    assert "reading-list" not in ours.text
    assert "<li>" not in ours.text


async def test_whoever_is_signed_in_already_is_asked_as_well(library: Service) -> None:
    await fill_in(library, await open_page(library), "root@x.y")

    page = await open_page(library, **APP, scope="self")
    allowed = await library.http.post("/v1/auth/authorize", data=form_in(page) | {"action": "continue"})
    tokens = (await exchange(library, told(allowed)["code"], **APP)).json()

    assert "Allow it as root@x.y" in page.text
    assert WORDS["en"]["may self"] in page.text
    assert WORDS["en"]["may loans:read"] not in page.text
    assert "self" == tokens["scope"]


@pytest.mark.parametrize("language", WORDS)
def test_every_right_has_words_in_every_language(language: str) -> None:
    assert SCOPES_OF_PEOPLE == {word.removeprefix("may ") for word in WORDS[language] if word.startswith("may ")}


async def test_a_page_that_may_call_is_none_that_people_are_sent_to(library: Service) -> None:
    for client, back in (("desk", "https://other.example/"), ("swagger", "https://other.example/docs/oauth2-redirect")):
        answer = await library.http.get(
            "/v1/auth/authorize", params=ASKED | {"client_id": client, "redirect_uri": back}
        )

        assert (400, None) == (answer.status_code, answer.headers.get("location"))


async def test_a_front_end_that_hands_passwords_in_gets_no_more_either(library: Service) -> None:
    form = {"grant_type": "password", "username": "root@x.y", "password": PASSWORD}

    tokens = await library.ask_for_token(basic=("catalogue", FRONT), **form)
    wider = await library.ask_for_token(basic=("catalogue", FRONT), **form, scope="admin")

    assert "self" == tokens.json()["scope"]
    assert (400, "invalid_scope") == error_of(wider)

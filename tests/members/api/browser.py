"""A browser at the sign-in page, and the software that sent it there."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.members.api.conftest import Service
from tests.members.desk import CHALLENGE, VERIFIER
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

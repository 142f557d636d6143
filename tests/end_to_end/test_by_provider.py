"""Signing in by an identity provider in a real browser: there and back, by keyboard, and when it lies or fails."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.end_to_end.browser import SignInPage, SwaggerUi, obstacles_on
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done
from tests.end_to_end.test_sign_in_page import VERIFIER, asked_of
from tests.members.provider import CLIENT, SECRET, TownHall
from tests.ports import HOST, quiet_ports

EMILY = {"email": "emily@town.example", "email_verified": True, "given_name": "Emily", "groups": ["library"]}
PAGE = """<!doctype html><html lang="en"><title>Town hall</title><main><h1>Town hall</h1>
<form method="post"><button autofocus>Sign in as Emily</button></form></main></html>"""


class TownHallOnTheNet:
    """A town hall that listens, and a page of its own on which Emily signs in."""

    def __init__(self, callback: str) -> None:
        (self.port,) = quiet_ports(1)
        self.issuer = f"http://{HOST}:{self.port}"
        self.hall = TownHall(f"https://{HOST}:{self.port}", callback)  # the library for providers knows no other
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        self.hall.metadata = {"issuer": self.issuer, **{name: f"{self.issuer}/{end}" for name, end in ends.items()}}
        self.hall.claims = lambda claims: claims | {"iss": self.issuer}
        self.hall.people["emily"] = EMILY
        everything = Route("/{path:path}", self._answer, methods=["GET", "POST"])
        pages = [Route("/authorize", self._page, methods=["GET", "POST"]), Route("/bye", self._bye)]
        app = Starlette(routes=[*pages, everything])
        self._server = uvicorn.Server(uvicorn.Config(app, HOST, self.port, log_level="critical", lifespan="off"))

    @property
    def as_provider(self) -> dict[str, Any]:
        """What an administrator tells the library of it."""
        provider: dict[str, Any] = {"title": "Town hall", "issuer": self.issuer, "audience": "staff"}
        provider |= {"client_id": CLIENT, "client_secret": SECRET, "mail_domains": ["town.example"]}
        return provider | {"groups": {"library": [{"role": "desk", "branches": ["MAIN"]}]}}

    async def _page(self, request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(PAGE)
        return RedirectResponse(self.hall.sign_in(str(request.url), "emily"), 303)

    async def _bye(self, request: Request) -> Response:
        return HTMLResponse(
            f"<!doctype html><title>Town hall</title><h1>Goodbye, {request.query_params['client_id']}</h1>"
        )

    async def _answer(self, request: Request) -> Response:
        asked = httpx.Request(
            request.method, str(request.url), headers=dict(request.headers), content=await request.body()
        )
        answer = await self.hall.transport.handle_async_request(asked)
        return Response(await answer.aread(), answer.status_code, media_type=answer.headers.get("content-type"))

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.05)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._serving


@pytest.fixture(scope="module")
async def near() -> AsyncIterator[EmbeddedLibrary]:
    """A library that may ask a provider on its own machine."""
    async with EmbeddedLibrary(MEMBERS_PROVIDER_HOSTS=HOST) as library:
        yield library


@contextlib.asynccontextmanager
async def at_the_page(
    browser: Browser, library: EmbeddedLibrary, scheme: Any
) -> AsyncIterator[tuple[Page, SignInPage]]:
    context = await browser.new_context(
        viewport={"width": 375, "height": 667}, color_scheme=scheme, locale="en-GB", java_script_enabled=True
    )
    page = await context.new_page()
    try:
        yield page, SignInPage(page)
    finally:
        await context.close()


async def go_there(page: Page, library: EmbeddedLibrary) -> None:
    """Open the page and take the link to the provider, with the keyboard alone."""
    await page.context.clear_cookies()
    await page.goto(asked_of(library)[0])
    await page.wait_for_selector("#username:focus")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")


async def comes_back(page: Page) -> None:
    await page.get_by_role("button", name="Sign in as Emily").press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_somebody_signs_in_by_the_town_hall_and_nobody_does_when_it_lies_or_fails(
    scheme: str, browser: Browser, near: EmbeddedLibrary
) -> None:
    admin, back = await near.admin(), asked_of(near)[1]
    async with TownHallOnTheNet(f"{near.members}/v1/auth/providers/{scheme}/callback") as town:
        address = f"{near.members}/v1/identity-providers/{scheme}"
        given = {"Authorization": f"Bearer {admin.token}"}
        done(await near.http.put(address, json=town.as_provider, headers=given))

        async with at_the_page(browser, near, scheme) as (page, watched):
            await page.goto(asked_of(near)[0])
            assert [] == await obstacles_on(page)
            assert await watched.is_readable()

            await go_there(page, near)
            await comes_back(page)
            await page.wait_for_url(f"{back}?**")
            token = await exchanged(near, page, back)
            rights = done(
                await near.http.get(
                    f"{near.members}/v1/accounts/me/rights", headers={"Authorization": f"Bearer {token}"}
                )
            )["items"]
            assert {"right": "lend", "branches": ["MAIN"]} in rights

            town.hall.claims = lambda claims: claims | {"iss": town.issuer, "nonce": "of another sign-in"}
            await go_there(page, near)
            await comes_back(page)
            await page.get_by_role("alert").get_by_text("does not prove who you are").wait_for()
            assert [] == await obstacles_on(page)

            town.hall.answers["/token"] = lambda: httpx.Response(503)
            await go_there(page, near)
            await comes_back(page)
            await page.get_by_role("alert").get_by_text("Sign in another way").wait_for()
            assert [] == await obstacles_on(page)
            assert await watched.is_readable()
            assert await page.locator("#password").is_visible()
        assert (await near.http.delete(address, headers=given)).is_success


async def test_who_signs_out_in_swagger_ui_is_led_to_where_the_session_at_the_town_hall_ends(
    browser: Browser, near: EmbeddedLibrary
) -> None:
    given = {"Authorization": f"Bearer {(await near.admin()).token}"}
    address = f"{near.members}/v1/identity-providers/bye"
    async with TownHallOnTheNet(f"{near.members}/v1/auth/providers/bye/callback") as town:
        town.hall.metadata |= {"end_session_endpoint": f"{town.issuer}/bye"}
        done(await near.http.put(address, json=town.as_provider, headers=given))
        page = await browser.new_page()
        docs = SwaggerUi(page)
        await docs.open(f"{near.loans}/docs")

        form = await docs.open_authorize()
        async with page.expect_popup() as opened:
            await form.locator("button.authorize").click()
        popup = await opened.value
        async with popup.expect_event("close"):
            await popup.get_by_role("link", name="Sign in by Town hall").click()
            await comes_back(popup)
        await page.locator(".modal-ux .btn-done").first.click()
        who = await docs.who_is_signed_in()
        await page.click("#sign-out")
        await page.wait_for_url(f"{town.issuer}/bye?**")
        heading = await page.inner_text("h1")
        await docs.open(f"{near.loans}/docs")
        still_in = await page.locator("#sign-in").is_visible()
        await page.goto(asked_of(near)[0])
        asks_again = await page.get_by_role("link", name="Sign in by Town hall").is_visible()
        await page.close()
        assert (await near.http.delete(address, headers=given)).is_success

    assert (EMILY["email"], "Goodbye, library") == (who, heading)
    assert (False, True) == (still_in, asks_again)


async def exchanged(library: EmbeddedLibrary, page: Page, back: str) -> str:
    """Return the token for the code with which the browser came back."""
    form = {"grant_type": "authorization_code", "client_id": "swagger", "redirect_uri": back}
    form |= {"code": parse_qs(urlsplit(page.url).query)["code"][0], "code_verifier": VERIFIER}
    token: str = done(await library.http.post(f"{library.members}/v1/auth/token", data=form))["access_token"]
    return token

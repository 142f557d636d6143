"""Swagger UI of each service in a real browser: renders offline, signs in, executes; by itself and behind a gateway."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser

from tests.end_to_end.browser import SwaggerUi, chromium
from tests.end_to_end.gateway import Gateway
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import LIBRARIAN

FIRST_ACT = {"books": "add_book", "members": "enrol_member", "loans": "check_out_copy"}
"""What a newcomer tries out first; the examples of the demo data make it work as it stands."""

PREFIXES = {"BOOKS_ROOT_PATH": "/books", "MEMBERS_ROOT_PATH": "/members", "LOANS_ROOT_PATH": "/loans"}


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest.fixture(scope="module", params=["stripped", "kept"])
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[Gateway]:
    """A gateway before a library; it strips the prefix of each service or keeps it."""
    strip = request.param == "stripped"
    async with (
        EmbeddedLibrary(**PREFIXES, AUTH_PUBLIC_URL="/members") as library,
        Gateway(library.ports, strip=strip) as opened,
    ):
        yield opened


@pytest.mark.parametrize("service", FIRST_ACT)
async def test_a_librarian_signs_in_and_tries_something_out(
    service: str, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    neighbours = {urlsplit(address).netloc for address in embedded.services.values()}
    address = f"{embedded.services[service]}/docs"

    await _visit(browser, address, service, hosts=neighbours, picture=service, scopes="select all")


async def test_where_it_is_offered_a_librarian_may_also_hand_the_password_to_the_page(
    browser: Browser, embedded: EmbeddedLibrary
) -> None:
    page = await browser.new_page()
    docs = SwaggerUi(page)
    await docs.open(f"{embedded.services['members']}/docs")

    await docs.sign_in_by_password(LIBRARIAN)
    status, _ = await docs.try_out("list_members")
    violations = await docs.violations()
    await page.close()

    assert (200, [], []) == (status, violations, docs.complaints)


@pytest.mark.parametrize("service", FIRST_ACT)
async def test_the_same_behind_a_gateway_with_a_prefix(service: str, browser: Browser, gateway: Gateway) -> None:
    host = urlsplit(gateway.address).netloc
    address = f"{gateway.address}/{service}/docs"
    picture = f"{service}-behind-a-gateway-{'stripped' if gateway.strip else 'kept'}"

    await _visit(browser, address, service, hosts={host}, picture=picture, scopes="select none")


@pytest.mark.parametrize("service", FIRST_ACT)
async def test_behind_a_gateway_the_root_of_a_service_leads_to_its_page(service: str, gateway: Gateway) -> None:
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as http:
        answer = await http.get(f"{gateway.address}/{service}/")

    assert (200, f"/{service}/docs") == (answer.status_code, answer.url.path)


async def _visit(browser: Browser, address: str, service: str, *, hosts: set[str], picture: str, scopes: str) -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 1200})
    try:
        docs = SwaggerUi(page)
        await docs.open(address)
        assert service in (await docs.title()).lower()

        await docs.sign_in(LIBRARIAN, scopes=scopes)
        status, request = await docs.try_out(FIRST_ACT[service])
        await docs.photograph(picture)

        assert 201 == status
        assert (await request.all_headers())["authorization"].startswith("Bearer ")
        assert set() == docs.hosts - hosts
        assert [] == await docs.violations()
        assert [] == docs.complaints
    finally:
        await page.close()

"""Swagger UI of each service in a real browser: renders offline, signs in, executes; by itself and behind a gateway."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

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


@pytest.fixture(scope="module")
async def behind() -> AsyncIterator[EmbeddedLibrary]:
    """A library that lives behind a gateway, each service below a prefix."""
    async with EmbeddedLibrary(**PREFIXES, AUTH_PUBLIC_URL="/members") as library:
        yield library


@pytest.mark.parametrize("service", FIRST_ACT)
async def test_a_librarian_signs_in_and_tries_something_out(
    service: str, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    neighbours = {urlsplit(address).netloc for address in embedded.services.values()}

    await _visit(browser, f"{embedded.services[service]}/docs", service, hosts=neighbours, picture=service)


@pytest.mark.parametrize("strip", [True, False], ids=["stripped", "kept"])
@pytest.mark.parametrize("service", FIRST_ACT)
async def test_the_same_behind_a_gateway_with_a_prefix(
    service: str, strip: bool, browser: Browser, behind: EmbeddedLibrary
) -> None:
    async with Gateway(behind.ports, strip=strip) as gateway:
        host = urlsplit(gateway.address).netloc
        picture = f"{service}-behind-a-gateway-{'stripped' if strip else 'kept'}"

        await _visit(browser, f"{gateway.address}/{service}/docs", service, hosts={host}, picture=picture)


@pytest.mark.parametrize("strip", [True, False], ids=["stripped", "kept"])
async def test_behind_a_gateway_the_root_of_a_service_leads_to_its_page(strip: bool, behind: EmbeddedLibrary) -> None:
    async with Gateway(behind.ports, strip=strip) as gateway:
        answer = await behind.http.get(f"{gateway.address}/books/", follow_redirects=True)

    assert (200, "/books/docs") == (answer.status_code, urlsplit(str(answer.url)).path)


async def _visit(browser: Browser, address: str, service: str, *, hosts: set[str], picture: str) -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        docs = SwaggerUi(page)
        await docs.open(address)
        assert service in (await docs.title()).lower()

        await docs.sign_in(LIBRARIAN)
        status, request = await docs.try_out(FIRST_ACT[service])
        await docs.photograph(picture)

        assert 201 == status
        assert (await request.all_headers())["authorization"].startswith("Bearer ")
        assert set() == docs.hosts - hosts
        assert [] == await docs.violations()
        assert [] == docs.complaints
    finally:
        await page.close()

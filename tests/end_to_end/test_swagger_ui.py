"""Swagger UI of each service in a real browser: renders offline, signs in, executes; by itself and behind a gateway."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser

from tests.end_to_end.browser import SwaggerUi, told, what_a_browser_gets
from tests.end_to_end.gateway import Gateway
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import LIBRARIAN

FIRST_ACT = {"books": "add_book", "members": "enrol_member", "loans": "check_out_copy"}
"""What a newcomer tries out first; the examples of the demo data make it work as it stands."""

LOOKS = {"books": "list_availability", "members": "list_members", "loans": "list_loans"}

PREFIXES = {"BOOKS_ROOT_PATH": "/books", "MEMBERS_ROOT_PATH": "/members", "LOANS_ROOT_PATH": "/loans"}


STYLES = ("stripped", "kept")


@pytest.fixture(scope="module")
async def gateways() -> AsyncIterator[dict[str, Gateway]]:
    """Two before one library; the first strips the prefix of each service, the second keeps it."""
    async with (
        EmbeddedLibrary(**PREFIXES, AUTH_PUBLIC_URL="/members") as library,
        Gateway(library.ports, strip=True) as stripping,
        Gateway(library.ports, strip=False) as keeping,
    ):
        yield dict(zip(STYLES, (stripping, keeping), strict=True))


@pytest.mark.parametrize("service", FIRST_ACT)
async def test_a_librarian_signs_in_and_tries_something_out(
    service: str, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    neighbours = {urlsplit(address).netloc for address in embedded.services.values()}
    address = f"{embedded.services[service]}/docs"

    await _visit(browser, address, service, hosts=neighbours, picture=service, scopes=None)


@pytest.mark.parametrize("service", FIRST_ACT)
async def test_an_open_operation_is_no_wider_than_a_telephone(
    service: str, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    page = await browser.new_page(viewport={"width": 375, "height": 800})
    docs = SwaggerUi(page)
    await docs.open(f"{embedded.services[service]}/docs")
    widths = {}

    for operation in (FIRST_ACT[service], LOOKS[service]):
        block = await docs.go_to(operation)
        await block.locator(".responses-table").wait_for()
        widths[operation] = await page.evaluate("document.documentElement.scrollWidth")
    await page.close()

    assert {} == {operation: width for operation, width in widths.items() if width > 375}


async def test_authorize_opens_on_the_library_s_own_page_alone_with_everything_chosen(
    browser: Browser, embedded: EmbeddedLibrary
) -> None:
    page = await browser.new_page()
    docs = SwaggerUi(page)
    await docs.open(f"{embedded.members}/docs")

    form = await docs.open_authorize()

    assert ["Flow: authorizationCode with PKCE"] == [
        await each.inner_text() for each in await form.get_by_text("Flow:").all()
    ]
    assert 0 == await form.locator("input[type=password]:visible, input[id^=client_secret]:visible").count()
    boxes = await form.locator(".scopes input").all()
    assert boxes
    assert all([await box.is_checked() for box in boxes])
    await page.close()


async def test_a_librarian_signs_in_once_for_two_hours_on_three_pages(
    browser: Browser, embedded: EmbeddedLibrary
) -> None:
    context = await browser.new_context()
    await context.clock.install()
    pages = {service: SwaggerUi(await context.new_page()) for service in LOOKS}
    refused: list[str] = []
    context.on("response", lambda answer: refused.append(answer.url) if answer.status == 401 else None)

    for number, (service, docs) in enumerate(pages.items()):
        await docs.open(f"{embedded.services[service]}/docs")
        await (docs.go_on() if number else docs.sign_in(LIBRARIAN))
    shown = []
    for hour in (1, 2):  # of which the second begins on pages that are loaded anew
        await context.clock.fast_forward("01:01:00")  # more than a token lasts
        for service, docs in pages.items():
            shown.append((await docs.try_out(LOOKS[service]))[0])
            if hour == 1:
                await docs.reload()
                shown.append((await docs.try_out(LOOKS[service]))[0])
    who = {await docs.who_is_signed_in() for docs in pages.values()}
    complaints = [one for docs in pages.values() for one in docs.complaints if "403" not in one]
    complaints = [one for one in complaints if not one.startswith("Could not find component: JsonSchema_string_uuid")]
    await context.close()

    assert {200, 403} == set(shown), "403: what books is asked there is for services"
    assert ({LIBRARIAN.email}, [], []) == (who, refused, complaints)


async def test_signing_out_on_one_page_is_seen_on_the_next(browser: Browser, embedded: EmbeddedLibrary) -> None:
    context = await browser.new_context()
    books, members = SwaggerUi(await context.new_page()), SwaggerUi(await context.new_page())
    await books.open(f"{embedded.books}/docs")
    await books.sign_in(LIBRARIAN)
    await members.open(f"{embedded.members}/docs")
    await members.go_on()

    await books.sign_out()
    status, _ = await members.try_out(LOOKS["members"])
    await members.has_ended()
    await members.sign_in(LIBRARIAN)
    again = await members.who_is_signed_in()
    await context.close()

    assert (401, LIBRARIAN.email) == (status, again)


@pytest.mark.parametrize(("style", "service"), [("stripped", "books"), ("stripped", "members"), ("kept", "loans")])
async def test_the_same_behind_a_gateway_with_a_prefix(
    style: str, service: str, browser: Browser, gateways: dict[str, Gateway]
) -> None:
    """Each service behind one of the two: a browser cannot tell them apart, as the next test shows."""
    host = urlsplit(gateways[style].address).netloc
    address = f"{gateways[style].address}/{service}/docs"

    await _visit(
        browser, address, service, hosts={host}, picture=f"{service}-behind-a-gateway-{style}", scopes="select none"
    )


@pytest.mark.parametrize("service", FIRST_ACT)
async def test_a_gateway_that_strips_the_prefix_and_one_that_keeps_it_bring_the_same(
    service: str, gateways: dict[str, Gateway]
) -> None:
    form = {"grant_type": "password", "username": LIBRARIAN.email, "password": LIBRARIAN.password}
    brought = []
    async with httpx.AsyncClient(trust_env=False) as http:
        for gateway in gateways.values():
            signed_in = await http.post(f"{gateway.address}/members/v1/auth/token", data=form)
            headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
            listed = await http.get(f"{gateway.address}/{service}/v1/{service}", headers=headers)
            brought.append([*await what_a_browser_gets(http, f"{gateway.address}/{service}"), told(listed)])

    assert {200} == {status for status, *_ in brought[0]}
    assert brought[0] == brought[1]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("service", FIRST_ACT)
async def test_behind_a_gateway_the_root_of_a_service_leads_to_its_page(
    service: str, style: str, gateways: dict[str, Gateway]
) -> None:
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as http:
        answer = await http.get(f"{gateways[style].address}/{service}/")

    assert (200, f"/{service}/docs") == (answer.status_code, answer.url.path)


async def _visit(
    browser: Browser, address: str, service: str, *, hosts: set[str], picture: str, scopes: str | None
) -> None:
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

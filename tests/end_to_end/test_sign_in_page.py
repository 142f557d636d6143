"""The sign-in page in a real browser: small and large, in two languages, by keyboard, without a script or a mouse."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.end_to_end.browser import SCREENSHOTS, SignInPage, obstacles_on
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import LIBRARIAN, Person, done

VERIFIER = "a-secret-that-only-the-software-knows_0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SIZES = {"phone": (320, 568), "desktop": (1280, 800)}
ALL_SIZES = SIZES | {"small": (375, 667)}
WORDS = {
    "en": (
        "Sign in to the library",
        "E-mail address or card number",
        "Password",
        "Sign in",
        "Error: Sign in to the library",
    ),
    "fr": (
        "Se connecter à la bibliothèque",
        "Adresse e-mail ou numéro de carte",
        "Mot de passe",
        "Se connecter",
        "Erreur\u00a0: Se connecter à la bibliothèque",
    ),
}
STRANGER = Person("nobody@library.example", "not the password")


def asked_of(library: EmbeddedLibrary, **more: str) -> tuple[str, str]:
    """Return the page's address and the one to come back to, which belongs to another service."""
    back = f"{library.books}/docs/oauth2-redirect"
    asked = {"response_type": "code", "client_id": "swagger", "redirect_uri": back, "state": "mine"} | more
    asked |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    return f"{library.members}/v1/auth/authorize?{urlencode(asked)}", back


async def at_the_page(
    browser: Browser, library: EmbeddedLibrary, *, size: str = "desktop", language: str = "en", scripts: bool = False
) -> tuple[BrowserContext, Page, SignInPage]:
    width, height = ALL_SIZES[size]
    locale = {"en": "en-GB", "fr": "fr-CA"}[language]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale=locale, java_script_enabled=scripts
    )
    page = await context.new_page()
    watched = SignInPage(page)
    await page.goto(asked_of(library)[0])
    await page.wait_for_selector("#username:focus")  # comes with the first picture; keys pressed before start elsewhere
    return context, page, watched


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("size", SIZES)
async def test_a_person_signs_in_by_keyboard_alone(
    size: str, language: str, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    title, email, password, button, wrong_title = WORDS[language]
    context, page, watched = await at_the_page(browser, embedded, size=size, language=language)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"sign-in-{size}-{language}.png", full_page=True)

    assert (title, language) == (await page.title(), await page.locator("html").get_attribute("lang"))
    for name, role in ((email, "textbox"), (button, "button")):
        assert await page.get_by_role(role, name=name, exact=True).is_visible()  # type: ignore[arg-type] # a literal
    assert await page.get_by_label(password, exact=True).is_visible()

    await watched.sign_in(STRANGER)
    await page.wait_for_selector("#password:focus")  # the name is there already, so that is where one goes on
    await page.screenshot(path=SCREENSHOTS / f"sign-in-{size}-{language}-wrong.png", full_page=True)
    assert wrong_title == await page.title()
    described = await page.get_by_label(password, exact=True).get_attribute("aria-describedby")
    assert await page.get_by_role("alert").inner_text() == await page.locator(f"#{described}").inner_text()
    assert STRANGER.email == await page.get_by_label(email, exact=True).input_value()
    assert "" == await page.get_by_label(password, exact=True).input_value()

    await page.keyboard.press("Shift+Tab")  # back to the name, which is selected as a whole
    await page.keyboard.type(LIBRARIAN.email)
    await page.keyboard.press("Tab")
    await page.keyboard.type(LIBRARIAN.password)
    for _ in range(2):  # past "only this once"
        await page.keyboard.press("Tab")
    assert [] == [text for text in watched.complaints if "400 (Bad Request)" not in text]  # a wrong password is one
    async with page.expect_request(lambda request: "/docs/oauth2-redirect" in request.url) as went:
        await page.keyboard.press("Enter")
    told = parse_qs(urlsplit((await went.value).url).query)
    await context.close()

    assert {"code", "state", "iss"} == told.keys()
    form = {"grant_type": "authorization_code", "client_id": "swagger", "code": told["code"][0]}
    form |= {"code_verifier": VERIFIER, "redirect_uri": asked_of(embedded)[1]}
    assert done(await embedded.http.post(f"{embedded.members}/v1/auth/token", data=form))["access_token"]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("size", SIZES)
async def test_nothing_is_cut_off_or_too_small_to_hit_or_keeps_anybody_out(
    size: str, language: str, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    context, page, watched = await at_the_page(browser, embedded, size=size, language=language, scripts=True)

    widths = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    heights = [
        box["height"]
        for each in await page.locator("input:visible, button").all()
        if (box := await each.bounding_box())
    ]
    obstacles = await obstacles_on(page)
    await context.close()

    assert [] == obstacles
    assert widths[0] <= widths[1]
    assert 5 == len(heights)  # name, password, only this once, and two buttons
    assert min(heights) >= 44
    assert [] == watched.complaints


async def test_who_goes_back_by_keyboard_comes_back_without_a_code(browser: Browser, embedded: EmbeddedLibrary) -> None:
    context, page, _ = await at_the_page(browser, embedded)

    for _ in range(4):
        await page.keyboard.press("Tab")
    async with page.expect_request(lambda request: "/docs/oauth2-redirect" in request.url) as went:
        await page.keyboard.press("Enter")
    told = parse_qs(urlsplit((await went.value).url).query)
    await context.close()

    assert ["access_denied"] == told["error"]


async def test_an_address_that_is_not_known_is_a_dead_end(browser: Browser, embedded: EmbeddedLibrary) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 568}, locale="fr-FR")
    page = await context.new_page()

    answer = await page.goto(asked_of(embedded, redirect_uri="https://evil.example/")[0])
    await page.screenshot(path=SCREENSHOTS / "sign-in-dead-end.png", full_page=True)
    forms, heading = await page.locator("form").count(), await page.get_by_role("heading").inner_text()
    await context.close()

    assert answer is not None
    assert (400, 0, "Connexion impossible depuis cette page") == (answer.status, forms, heading)


async def test_who_needs_a_second_factor_sets_it_up_and_is_asked_for_it_next_time(browser: Browser) -> None:
    async with EmbeddedLibrary(MEMBERS_REQUIRE_SECOND_FACTOR="staff") as library:
        context, page, watched = await at_the_page(browser, library, size="small", scripts=True)
        await watched.sign_in(LIBRARIAN)
        await page.wait_for_selector(".picture svg")
        await photograph(page, "second-factor-enrolment")
        scanned = parse_qs(urlsplit(await page.get_by_role("link").get_attribute("href") or "").query)
        secret = scanned["secret"][0]
        assert secret == (await page.locator("code").inner_text()).replace(" ", "")
        assert await page.get_by_role("img", name="QR code for the authenticator app").is_visible()
        assert await watched.is_readable()

        await page.locator("#otp").focus()
        await watched.enter_code("not a code")
        await page.wait_for_selector("[role=alert]")
        await page.wait_for_selector("#otp:focus")
        await photograph(page, "second-factor-enrolment-wrong")
        await watched.enter_code(pyotp.TOTP(secret).now())
        await page.wait_for_selector(".codes")
        await photograph(page, "second-factor-recovery-codes")
        recovery_codes = await page.locator(".codes code").all_inner_texts()
        assert 10 == len(recovery_codes)
        assert await watched.is_readable()
        assert [] == [text for text in watched.complaints if "400 (Bad Request)" not in text]  # the wrong code is one
        code = await came_back(page, page.get_by_role("button").click)
        assert await exchanged(library, code)
        await context.close()

        context, page, watched = await at_the_page(browser, library, size="small", language="fr")
        await watched.sign_in(LIBRARIAN)
        await page.wait_for_selector("#otp:focus")
        await photograph(page, "second-factor-code")
        assert "Saisissez votre code" == await page.title()
        assert await page.get_by_label("Code de votre application", exact=False).is_visible()
        await watched.enter_code("000000")
        await page.wait_for_selector("[role=alert]")
        await photograph(page, "second-factor-code-wrong")
        described = await page.locator("#otp").get_attribute("aria-describedby")
        assert await page.get_by_role("alert").inner_text() == await page.locator(f"#{described}").inner_text()
        code = await came_back(page, partial(watched.enter_code, recovery_codes[0].upper()))
        assert await exchanged(library, code)
        await context.close()


async def came_back(page: Page, act: Callable[[], Awaitable[None]]) -> str:
    """Return the code with which the browser goes back after that."""
    async with page.expect_request(lambda request: "/docs/oauth2-redirect" in request.url) as went:
        await act()
    return parse_qs(urlsplit((await went.value).url).query)["code"][0]


async def exchanged(library: EmbeddedLibrary, code: str) -> str:
    form = {"grant_type": "authorization_code", "client_id": "swagger", "code": code}
    form |= {"code_verifier": VERIFIER, "redirect_uri": asked_of(library)[1]}
    token: str = done(await library.http.post(f"{library.members}/v1/auth/token", data=form))["access_token"]
    return token


async def photograph(page: Page, name: str) -> None:
    """Keep the page as it looks by day and by night, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png", full_page=True)

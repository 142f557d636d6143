"""The desk page in a browser, and what a librarian does there."""

import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Locator, Page

from tests.end_to_end.browser import SCREENSHOTS, SignInPage, Watched
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import LIBRARIAN, Person, done

_CHOSEN_BEFORE = """
if (location.protocol === "http:") localStorage["desk.branch"] ??= "%s";
"""
_COME_IN = """
if (location.protocol === "http:" && sessionStorage.came === undefined) {
    sessionStorage["desk.tokens"] = JSON.stringify(%s);
    sessionStorage.came = "once";
}
"""


class Desk(Watched):
    """The page, and what a person does there."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.page = page
        self.hosts: set[str] = set()
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    async def open(self, address: str, person: Person = LIBRARIAN) -> None:
        await self.page.goto(address)
        await self.page.wait_for_selector("#sign-in:focus")
        await self.page.keyboard.press("Enter")
        window = SignInPage(self.page)
        await window.sign_in(person)
        await self.page.wait_for_selector("#card:focus")

    async def go(self, view: str) -> None:
        """Choose a view, by keyboard, as soon as there is one to choose."""
        await self.page.wait_for_selector(f"nav a[href='#{view}']")
        await self.page.focus(f"nav a[href='#{view}']")
        await self.page.keyboard.press("Enter")

    async def settings(self) -> None:
        """Have the settings in sight."""
        if not await self.page.is_visible("#settings"):
            await self.page.click("#show-settings")

    async def speak(self, language: str) -> None:
        """Choose the language of the page."""
        await self.settings()
        await self.page.select_option("#language", language)
        await self.page.wait_for_selector(f"html[lang='{language}']")

    async def scan(self, field: str, text: str, *, answers: str) -> str:
        """Scan into the field that has the caret; return the newest answer's headline."""
        before = await self.page.locator(f"#{answers} .answer").count()
        await self.page.wait_for_selector(f"#{field}:focus")
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_function(
            "([place, count]) => document.querySelectorAll(`#${place} .answer`).length > count && "
            "document.querySelector(`#${place} .working`) === null",
            arg=[answers, before],
        )
        return await self.page.locator(f"#{answers} .answer:first-child .headline").inner_text()

    async def told(self, place: str) -> list[str]:
        """Return what is found in each row of a session, the oldest first: what came of it, and about what."""
        rows = self.page.locator(f"{place} .answer")
        found: list[list[str]] = await rows.evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('td p')].map(each => each.innerText).filter(Boolean))"
        )
        return ["\n".join(each) for each in reversed(found)]

    async def at_the_desk(self, card: str) -> str:
        """Scan a card; return what is shown of its owner."""
        await self.page.wait_for_selector("#card")
        await self.page.focus("#card")
        await self.page.keyboard.type(card)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_selector("#borrower .person")
        return f"{await self.page.inner_text('#reader')}\n{await self.page.inner_text('#borrower')}"

    async def look_for(self, text: str) -> str:
        """Look for somebody without a card; return what is said of the matches."""
        await self.page.focus("#card")
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_function("() => !/^$|…$/.test(document.getElementById('matches-told').textContent)")
        return await self.page.inner_text("#matches-told")

    async def scan_words(self, words: str) -> None:
        """Search for words or a barcode, and wait for what is found."""
        await self.page.wait_for_selector("#words:focus")
        await self.page.keyboard.type(words)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_selector("#search-results[aria-busy=false] table")

    async def choose_branch(self, branch: str) -> None:
        await self.settings()
        await self.page.select_option("#branch", branch)

    async def open_panel(self, button: str) -> str:
        """Press the button of this name at the reader; return the panel's title."""
        await self.page.get_by_role("button", name=button, exact=True).focus()
        await self.page.keyboard.press("Enter")
        return await self.panel()

    async def panel(self) -> str:
        """Wait until a panel is shown with all that it has; return its title."""
        await self.page.wait_for_selector("#panel:not([hidden], [aria-busy])")
        return await self.page.inner_text("#panel-title")

    async def act(self, name: str, /, *, within: str = "#panel", **typed: str | bool) -> str:
        """Do an act by keyboard alone, with these values in its form; return what is said of it."""
        place = self.page.locator(f"{within} .act", has=self.page.locator(f"button:text-is('{name}')")).first
        button = place.locator("> button")
        if await button.get_attribute("aria-expanded") != "true":
            await button.focus()
            if not typed:
                await self._mark_verdict()
            await self.page.keyboard.press("Enter")
        for field, value in typed.items():
            await self._fill(place.locator(f"form.asked [name={field}]"), value)
        if typed:
            await self._mark_verdict()
            await place.locator("form.asked button").focus()
            await self.page.keyboard.press("Enter")
        return await self.verdict()

    async def _fill(self, field: Locator, value: str | bool) -> None:
        kind = await field.evaluate("each => each.tagName === 'SELECT' ? 'select' : each.type")
        await field.focus()
        if kind == "select":
            await field.select_option(str(value))
        elif kind == "date":
            await field.fill(str(value))
        elif kind == "checkbox":
            await field.set_checked(bool(value))
        else:
            await field.select_text()
            await self.page.keyboard.type(str(value)) if value else await self.page.keyboard.press("Delete")

    async def _mark_verdict(self) -> None:
        await self.page.evaluate("document.getElementById('verdict').replaceChildren()")

    async def verdict(self) -> str:
        """Wait for the next answer; return the verdict that is shown of it."""
        await self.page.wait_for_selector("#verdict:is(.good, .bad, .note) .headline")
        await self.page.wait_for_selector("#panel:not([aria-busy])", state="attached")
        return await self.page.inner_text("#verdict")

    async def photograph(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"desk-{name}.png")


async def _tokens(library: EmbeddedLibrary, person: Person) -> dict[str, Any]:
    """Sign in for the desk page; return what it keeps of that."""
    form = {"grant_type": "password", "client_id": "desk", "username": person.email, "password": person.password}
    told = done(await library.http.post(f"{library.members}/v1/auth/token", data=form))
    return {"access": told["access_token"], "refresh": told["refresh_token"], "until": time.time() + told["expires_in"]}


@contextlib.asynccontextmanager
async def at_work(
    browser: Browser,
    library: EmbeddedLibrary,
    *,
    zone: str | None = None,
    size: tuple[int, int] = (1280, 900),
    beforehand: str = "",
    branch: str = "",
    person: Person = LIBRARIAN,
    by_page: bool = False,
) -> AsyncIterator[Desk]:
    """A desk at which a librarian or another person has signed in, on a computer in Britain or in another time zone.

    The script `beforehand` runs in the page before its own, and `branch` was chosen there earlier. The page finds
    tokens of a sign-in of its own; with `by_page` it gets them as people do, by the sign-in page of members.
    """
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", timezone_id=zone or "Europe/London"
    )
    desk = Desk(await context.new_page())
    await desk.page.add_init_script(beforehand + (_CHOSEN_BEFORE % branch if branch else ""))
    if by_page:
        await desk.open(library.desk, person)
    else:
        await desk.page.add_init_script(_COME_IN % json.dumps(await _tokens(library, person)))
        await desk.page.goto(library.desk)
        await desk.page.wait_for_selector("#card:focus")
    try:
        yield desk
    finally:
        await context.close()

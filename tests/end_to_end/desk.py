"""The desk page in a browser, and what a librarian does there."""

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page

from tests.end_to_end.browser import SCREENSHOTS, SignInPage, Watched
from tests.end_to_end.library import LIBRARIAN


class Desk(Watched):
    """The page, and what a person does there."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.page = page
        self.hosts: set[str] = set()
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    async def open(self, address: str) -> None:
        await self.page.goto(address)
        await self.page.wait_for_selector("#sign-in:focus")
        await self.page.keyboard.press("Enter")
        window = SignInPage(self.page)
        await window.sign_in(LIBRARIAN)
        await self.page.wait_for_selector("#card:focus")

    async def go(self, view: str) -> None:
        """Choose a view, by keyboard."""
        await self.page.focus(f"nav a[href='#{view}']")
        await self.page.keyboard.press("Enter")

    async def speak(self, language: str) -> None:
        """Choose the language of the page."""
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
        return await self.page.locator(f"#{answers} .answer:last-child .headline").inner_text()

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
        await self.page.focus("#wanted")
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_function("() => !/^$|…$/.test(document.getElementById('matches-told').textContent)")
        return await self.page.inner_text("#matches-told")

    async def photograph(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"desk-{name}.png")


@contextlib.asynccontextmanager
async def at_work(
    browser: Browser,
    address: str,
    *,
    zone: str | None = None,
    size: tuple[int, int] = (1280, 900),
    beforehand: str = "",
) -> AsyncIterator[Desk]:
    """A desk at which a librarian has signed in, on a computer in Britain or in another time zone.

    The script `beforehand` runs in the page before its own.
    """
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", timezone_id=zone or "Europe/London"
    )
    desk = Desk(await context.new_page())
    await desk.page.add_init_script(beforehand)
    await desk.open(address)
    try:
        yield desk
    finally:
        await context.close()

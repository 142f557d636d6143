"""A person in a browser in front of a service's Swagger UI, watched for everything that should not happen."""

import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page, Request, async_playwright

from tests.end_to_end.library import Person
from tests.end_to_end.processes import ROOT

_SHELL = Path("/usr/lib/chromium/chromium-headless-shell")  # Chromium without windows: a page costs a quarter less
CHROMIUM = _SHELL if _SHELL.exists() else Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCREENSHOTS = ROOT / "var" / "screenshots"
_FILE = re.compile(r"""(?:src|href)="\./(docs/[^"]+)""")
_SHOW = """
operation => {
  const found = ui.specSelectors.operations().find(each => each.getIn(["operation", "operationId"]) === operation);
  const key = ["operations", found.getIn(["operation", "tags", 0]), operation];
  ui.layoutActions.show(key, true);
  ui.layoutActions.scrollToVirtualizedOperation(key);
}
"""
TIMEOUT = 90_000  # milliseconds, as long as other work may keep the machine
_OBSTACLES = """
async options => {
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}
"""
_LISTEN_TO_THE_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def obstacles_on(page: Page, *rules: str) -> list[str]:
    """Return what keeps somebody from using the page as it stands, as axe-core finds it: rule and place.

    With rules, only these are asked for.
    """
    asked = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found: list[str] = await page.evaluate(_OBSTACLES, {"resultTypes": ["violations"]} | asked)
    return found


async def what_a_browser_gets(http: httpx.AsyncClient, service: str) -> list[tuple[int, str, str, bytes]]:
    """Return what is told of the page of a service at this address, of each file that it needs, and of its document."""
    page = await http.get(f"{service}/docs")
    files = [*_FILE.findall(page.text), "docs/oauth2-redirect", "openapi.json"]
    return [told(page), *[told(await http.get(f"{service}/{file}")) for file in files]]


def told(answer: httpx.Response) -> tuple[int, str, str, bytes]:
    """Return all of an answer on which it depends how a browser takes it."""
    policy, kind = (answer.headers.get(name, "") for name in ("content-security-policy", "content-type"))
    return answer.status_code, policy, kind, answer.content


class Watched:
    """A page whose complaints are written down."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.complaints: list[str] = []
        page.set_default_timeout(TIMEOUT)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


class SignInPage(Watched):
    """The library's own page, and what a person does there, with the keyboard alone."""

    async def sign_in(self, person: Person) -> None:
        """Type what is asked for; where the page does not put the caret into the right field, this fails."""
        await self._page.wait_for_selector("#username:focus")
        await self._page.keyboard.type(person.email)
        await self._page.keyboard.press("Tab")
        await self._page.keyboard.type(person.password)
        await self._page.keyboard.press("Enter")

    async def go_on(self) -> None:
        """Go on with the sign-in that the browser keeps; the button for it has the focus."""
        await self._page.wait_for_selector("button[value=continue]:focus")
        with contextlib.suppress(Error):  # the window may be closed before the key is up again
            await self._page.keyboard.press("Enter")

    async def enter_code(self, code: str) -> None:
        """Type the code where the page asks for it."""
        await self._page.wait_for_selector("#otp:focus")
        await self._page.keyboard.type(code)
        await self._page.keyboard.press("Enter")

    async def is_readable(self) -> bool:
        """Whether nothing is cut off, and everything to press is large enough for a finger."""
        widths = await self._page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        boxes = [await each.bounding_box() for each in await self._page.locator("input:visible, button, a").all()]
        return widths[0] <= widths[1] and all(box is not None and box["height"] >= 44 for box in boxes)


class SwaggerUi(Watched):
    """The page at `/docs` of one service, and what a person does there."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.requests: list[Request] = []
        page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108 - it marks what it is given

    @property
    def hosts(self) -> set[str]:
        """Where the page sent requests to; pictures inside the page itself are no requests."""
        return {urlsplit(request.url).netloc for request in self.requests if not request.url.startswith("data:")}

    async def open(self, address: str) -> None:
        """Open the page and wait until the operations are shown."""
        await self._page.add_init_script(_LISTEN_TO_THE_POLICY)
        await self._page.goto(address)
        await self._page.wait_for_selector(".swagger-ui .info .title")
        await self._page.wait_for_selector(".opblock")

    async def title(self) -> str:
        return await self._page.inner_text(".swagger-ui .info .title")

    async def sign_in(self, person: Person, *, scopes: str | None = None) -> None:
        """Use the button *Authorize* and the library's page; `scopes` is a link to click, such as `select none`."""
        await self._authorize(scopes, lambda window: window.sign_in(person))

    async def go_on(self) -> None:
        """Use the button *Authorize* where this browser keeps a sign-in."""
        await self._authorize(None, lambda window: window.go_on())

    async def _authorize(self, scopes: str | None, act: Callable[[SignInPage], Awaitable[None]]) -> None:
        form = await self.open_authorize()
        if scopes is not None:
            await form.get_by_text(scopes, exact=True).click()
        async with self._page.expect_popup() as opened:
            await form.locator("button.authorize").click()
        popup = await opened.value
        window = SignInPage(popup)
        async with popup.expect_event("close"):
            await act(window)
        self.complaints += window.complaints
        await self._done()

    async def open_authorize(self) -> Locator:
        """Press the button *Authorize*, and return the form that it opens."""
        await self._page.click(".auth-wrapper > .authorize")
        return self._page.locator(".modal-ux .auth-container", has=self._page.locator("button.authorize"))

    async def who_is_signed_in(self) -> str:
        """Return what the page shows."""
        await self._page.locator("#sign-in").wait_for()
        return await self._page.inner_text("#who")

    async def sign_out(self) -> None:
        await self._page.click("#sign-out")
        await self._page.locator("#sign-in").wait_for(state="hidden")

    async def has_ended(self) -> None:
        """Wait until the page says that the sign-in has ended."""
        await self._page.locator("#ended").wait_for()

    async def reload(self) -> None:
        await self._page.evaluate("history.replaceState(null, '', location.pathname)")  # or it opens an operation
        await self._page.reload()
        await self._page.wait_for_selector(".opblock")

    async def _done(self) -> None:
        await self._page.locator(".modal-ux").get_by_role("button", name="Remove authorization").first.wait_for()
        await self._page.locator(".modal-ux .btn-done").first.click()

    async def go_to(self, operation: str) -> Locator:
        """Open an operation, as a link to it does: of 150 or more, only those in sight are on the page."""
        await self._page.evaluate(_SHOW, operation)
        block = self._page.locator(f".opblock.is-open[id$='-{operation}']")
        await block.wait_for()
        return block

    async def try_out(self, operation: str) -> tuple[int, Request]:
        """Execute an operation as it stands there, examples and all; return the status and the request."""
        block = await self.go_to(operation)
        await block.locator(".execute").wait_for()
        if await block.locator(".btn-clear").is_visible():  # what was answered before would be read again
            await block.locator(".btn-clear").click()
        async with self._page.expect_request(_tries_something) as asked:
            await block.locator(".execute").click()
        await block.locator(".live-responses-table").wait_for()
        status = await block.locator(".live-responses-table tbody .response-col_status").first.inner_text()
        return int(status.split()[0]), await asked.value

    async def violations(self) -> list[str]:
        found: list[str] = await self._page.evaluate("window.violations")
        return found

    async def photograph(self, name: str) -> None:
        """Keep what the person sees, the top of the page and the answer, for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self._page.evaluate("window.scrollTo(0, 0)")
        await self._page.screenshot(path=SCREENSHOTS / f"{name}.png")
        await self._page.locator(".live-responses-table").scroll_into_view_if_needed()
        await self._page.screenshot(path=SCREENSHOTS / f"{name}-answer.png")


def _tries_something(request: Request) -> bool:
    """Whether a request is not one by which the page keeps its own sign-in."""
    path = urlsplit(request.url).path
    return "/v1/" in path and "/v1/auth/" not in path and not path.endswith("/v1/accounts/me")

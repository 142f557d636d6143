"""What a desk does while the library cannot be reached, in a browser that is killed, and what becomes of it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import BrowserContext, Error, async_playwright

from tests.end_to_end.browser import CHROMIUM, FLAGS, obstacles_on
from tests.end_to_end.desk import Desk
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done


@contextlib.asynccontextmanager
async def computer(disk: Path) -> AsyncIterator[BrowserContext]:
    """A browser with a disk, which outlives it."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            disk, executable_path=CHROMIUM, args=FLAGS, locale="en-GB", viewport={"width": 1280, "height": 900}
        )
        yield context
        with contextlib.suppress(Error):
            await context.close()


async def kill(context: BrowserContext) -> None:
    """Kill the browser, as the power does."""
    session = await context.new_cdp_session(context.pages[0])
    with contextlib.suppress(Error):
        await session.send("Browser.crash")


async def keep(desk: Desk, *scans: str) -> None:
    for text in scans:
        await desk.page.wait_for_selector("#offline-scan:focus")
        before = await desk.page.inner_text("#offline")
        await desk.page.keyboard.type(text)
        await desk.page.keyboard.press("Enter")
        await desk.page.wait_for_function(
            "before => document.getElementById('offline').innerText !== before", arg=before
        )


async def go_offline(desk: Desk) -> None:
    await desk.page.wait_for_selector("#go-offline")
    await desk.page.focus("#go-offline")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("#offline-scan:focus")


async def test_what_is_lent_and_taken_back_without_a_line_outlives_a_killed_browser_and_comes_back_as_a_list(
    embedded: EmbeddedLibrary, tmp_path: Path
) -> None:
    lent, late, known = await embedded.shelve(copies=3)
    reader, other = await embedded.enrol(), await embedded.enrol()
    librarian = await embedded.librarian()
    for copy, member in ((known, reader), (late, other)):
        body = {"copy_barcode": copy.barcode, "card_number": member.card_number}
        done(await librarian.post(f"{embedded.loans}/v1/loans", body))
    async with computer(tmp_path) as context:
        desk = Desk(context.pages[0])
        await desk.open(embedded.desk)
        await desk.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        await context.set_offline(True)
        await go_offline(desk)
        await keep(desk, reader.card_number, lent.barcode)
        seen = await desk.page.inner_text("#offline")
        obstacles = await obstacles_on(desk.page)
        await kill(context)
    on_disk = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    async with computer(tmp_path) as context:
        desk = Desk(context.pages[0])
        await context.set_offline(True)
        await desk.page.goto(embedded.desk)
        await desk.page.wait_for_selector("#sign-in:focus")
        await desk.page.keyboard.press("?")  # what is opened for the first time opens without a line, too
        await desk.page.wait_for_selector("dialog[open]")
        await desk.page.keyboard.press("Escape")
        await go_offline(desk)
        told = await desk.page.inner_text("#offline-kept")
        await keep(desk, reader.card_number, late.barcode)
        await desk.page.get_by_role("button", name="Return", exact=True).click()
        await keep(desk, known.barcode, known.barcode)
        await context.set_offline(False)
        await desk.page.wait_for_selector("text=Sign in with the account that kept them")
        await desk.page.reload()
        await desk.open(embedded.desk)
        await desk.page.wait_for_selector("#offline-seen")
        results = await desk.page.locator(".offline-results li").all_inner_texts()
        clashes = await desk.page.locator(".offline-results li.bad").count()
        taken = await desk.page.locator(".offline-results li.note", has_text="Another reader had it").count()
        await desk.page.click("#offline-seen")
        await desk.page.wait_for_selector("#offline", state="hidden")

    loans = done(await librarian.get(f"{embedded.loans}/v1/loans", status="open", limit="100"))["items"]
    have = {loan["barcode"]: loan["member_id"] for loan in loans}
    assert "Offline" in seen
    assert "Last heard from the library" in seen
    assert [] == obstacles
    assert not [text for text in (reader.card_number, lent.barcode) if text.encode() in on_disk]
    assert "1 act is kept on this computer and not told yet" == told
    assert 4 == len(results)
    assert (1, 1) == (clashes, taken)  # the copy that was taken back twice; that of another member is with who took it
    assert (reader.member_id, reader.member_id, None) == tuple(have.get(copy.barcode) for copy in (lent, late, known))

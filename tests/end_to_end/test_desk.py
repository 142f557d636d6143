"""The desk page in a real browser: a librarian signs in once and works by keyboard and scanner alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route

from tests.end_to_end.browser import obstacles_on
from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import ADA, done

CARD = "20000000000018"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded, branch="MAIN") as opened:
        yield opened


async def test_a_librarian_lends_and_takes_back_by_keyboard_alone(desk: Desk, embedded: EmbeddedLibrary) -> None:
    copies = await embedded.shelve(copies=8)

    shown = await desk.at_the_desk(CARD)
    lent = [await desk.scan("copy", copy.barcode, answers="lend-answers") for copy in copies]
    again = await desk.scan("copy", copies[0].barcode, answers="lend-answers")
    unknown = await desk.scan("copy", "no-such-copy", answers="lend-answers")
    await desk.photograph("lend")
    await desk.go("return")
    back = [await desk.scan("returned", copy.barcode, answers="return-answers") for copy in copies]
    twice = await desk.scan("returned", copies[0].barcode, answers="return-answers")
    await desk.photograph("return")

    assert "Ada Lovelace" in shown
    assert all(headline.startswith("Lent until") for headline in lent)
    assert (again, unknown) == ("Not lent", "Not lent")
    assert back == ["To the shelf"] * 8
    assert twice == "To the shelf"
    assert desk.complaints == [one for one in desk.complaints if "409" in one or "404" in one]


async def test_forty_scans_by_keyboard_lend_refuse_renew_return_and_send_copies_on(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    copies, reader, waiting = await embedded.shelve(copies=17), await embedded.enrol(), await embedded.enrol()
    librarian = await embedded.librarian()
    await librarian.post(f"{embedded.books}/v1/branches", {"code": "EAST", "name": "East"})  # another test may have
    await desk.page.reload()  # the desk learns of branches when it is opened
    headlines = []

    async def scans(view: str, field: str, some: list[str]) -> None:
        headlines.extend([await desk.scan(field, barcode, answers=f"{view}-answers") for barcode in some])

    barcodes = [copy.barcode for copy in copies]
    await desk.at_the_desk(reader.card_number)
    await scans("lend", "copy", [*barcodes[:10], barcodes[10], barcodes[0], "no-such-copy"])
    await desk.page.focus("#borrowed button")
    await desk.page.keyboard.press("Enter")
    await renewed(desk)
    for copy, branch in ((copies[0], "MAIN"), (copies[1], "EAST")):
        hold = {"copy_id": copy.copy_id, "member_id": waiting.member_id, "pickup_branch": branch}
        done(await librarian.post(f"{embedded.loans}/v1/holds", hold))
    await desk.go("return")
    await scans("return", "returned", barcodes[:10])
    await desk.go("lend")
    await desk.page.keyboard.press("Escape")
    await desk.at_the_desk(waiting.card_number)
    await scans("lend", "copy", [barcodes[0], *barcodes[11:17]])
    await desk.go("return")
    await scans("return", "returned", [barcodes[0], *barcodes[11:17], barcodes[2]])

    first, refused, back, again = headlines[:10], headlines[10:13], headlines[13:23], headlines[23:]
    assert 40 == len(headlines) + 2  # and two cards
    assert all(each.startswith("Lent until") for each in (*first, *again[:7]))
    assert ["Not lent"] * 3 == refused
    assert ["To the hold shelf", "To East", *["To the shelf"] * 8] == back
    assert ["To the shelf"] * 8 == again[7:]
    assert desk.complaints == [one for one in desk.complaints if "409" in one or "404" in one or "422" in one]
    ours = {urlsplit(address).netloc for address in (*embedded.services.values(), embedded.desk)}
    assert desk.hosts <= ours


async def test_the_desk_is_told_who_may_fetch_and_pay_for_a_child(desk: Desk, embedded: EmbeddedLibrary) -> None:
    mother, librarian = await embedded.enrol(), await embedded.librarian()
    child = {"name": "Kim Lovelace", "category": "child", "card_number": f"KID-{mother.card_number}"}
    guardians = [{"member_id": str(mother.member_id), "may": ["see", "collect", "pay"]}]
    done(await librarian.post(f"{embedded.members}/v1/members", child | {"guardians": guardians}))

    looks: list[str] = []
    desk.page.on("request", lambda sent: looks.append(sent.url) if mother.member_id in sent.url else None)

    shown = await desk.at_the_desk(child["card_number"])
    for _ in range(2):
        await desk.scan("copy", "no-such-copy", answers="lend-answers")

    assert f"({mother.card_number}): may fetch what is held, pays" in shown
    assert 1 == len([url for url in looks if url.endswith(mother.member_id)]), "each look is put on record"


async def test_the_desk_shows_what_staff_have_noted_of_a_copy(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], librarian = await embedded.shelve(), await embedded.librarian()
    noted = {"barcode": f"NOTED-{copy.barcode}", "branch": "MAIN", "staff_note": "Two discs."}
    done(await librarian.post(f"{embedded.books}/v1/books/{copy.book_id}/copies", noted))

    await desk.at_the_desk(CARD)
    plain = await desk.scan("copy", copy.barcode, answers="lend-answers")
    lent = await desk.scan("copy", noted["barcode"], answers="lend-answers")
    told = await desk.told("#lend-answers")
    await desk.go("return")
    for barcode in (copy.barcode, noted["barcode"]):
        await desk.scan("returned", barcode, answers="return-answers")

    assert plain.startswith("Lent until")
    assert lent.startswith("Lent until")
    assert [False, True] == ["On the copy: Two discs." in line for line in told]


async def test_who_stands_at_a_loan_by_keyboard_stands_there_still_when_the_list_is_drawn_anew(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    copies, reader = await embedded.shelve(copies=2), await embedded.enrol()
    go_on = asyncio.Event()

    async def later(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await desk.at_the_desk(reader.card_number)
    await desk.scan("copy", copies[0].barcode, answers="lend-answers")
    await desk.page.wait_for_selector("#borrowed tbody tr:only-child button")
    await desk.page.route("**/v1/loans?*", later)
    await desk.scan("copy", copies[1].barcode, answers="lend-answers")
    await desk.page.focus("#borrowed button")
    go_on.set()
    await desk.page.wait_for_selector("#borrowed tbody tr:nth-child(2)")
    await desk.page.keyboard.press("Enter")

    await renewed(desk)


async def renewed(desk: Desk) -> None:
    """Wait until the newest answer is that of a renewal."""
    newest = desk.page.locator("#lend-answers .answer:first-child")
    await newest.get_by_text("Renewed until").or_(newest.get_by_text("Not renewed")).wait_for()


async def test_a_copy_that_is_waited_for_goes_to_the_hold_shelf(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], ada = await embedded.shelve(), await embedded.signed_in(ADA)
    body = {"book_id": copy.book_id, "pickup_branch": "MAIN"}
    hold = done(await ada.post(f"{embedded.loans}/v1/holds", body))

    await desk.go("return")
    headline = await desk.scan("returned", copy.barcode, answers="return-answers")

    assert headline == "To the hold shelf"
    done(await ada.post(f"{embedded.loans}/v1/holds/{hold['hold_id']}/cancel", {}))
    assert await desk.scan("returned", copy.barcode, answers="return-answers") == "To the shelf"


async def test_the_page_survives_a_reload_and_speaks_french(desk: Desk) -> None:
    await desk.page.reload()
    await desk.page.wait_for_selector("#card:focus")
    await desk.speak("fr")

    assert await desk.page.inner_text("nav a[href='#return']") == "Rendre"
    assert await desk.page.get_attribute("html", "lang") == "fr"
    await desk.speak("en")


async def test_the_page_searches_and_speaks_to_the_library_alone(desk: Desk, embedded: EmbeddedLibrary) -> None:
    await desk.go("search")
    await desk.page.fill("#words", "austen")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("#search-results table")
    await desk.photograph("search")

    assert "Pride and Prejudice" in await desk.page.inner_text("#search-results")
    ours = {urlsplit(address).netloc for address in (*embedded.services.values(), embedded.desk)}
    assert desk.hosts <= ours
    assert desk.complaints == []


@pytest.mark.parametrize("width", [375, 1280])
async def test_nothing_is_cut_off_on_a_small_screen(width: int, browser: Browser, embedded: EmbeddedLibrary) -> None:
    widths = {}
    async with at_work(browser, embedded, size=(width, 800), branch="MAIN") as opened:

        async def measure(shown: str) -> None:
            await opened.photograph(f"{shown}-{width}")
            widths[shown] = await opened.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")

        await opened.look_for("Lovelace")
        await measure("matches")
        await opened.at_the_desk(CARD)
        for scheme in SCHEMES:
            await opened.page.emulate_media(color_scheme=scheme)
            await measure(scheme)

    assert [] == [shown for shown, (needed, given) in widths.items() if needed > given]


@pytest.mark.parametrize("language", ["en", "de"])
async def test_nobody_is_kept_out_of_any_view(language: str, browser: Browser, embedded: EmbeddedLibrary) -> None:
    [copy] = await embedded.shelve()
    context = await browser.new_context(color_scheme="light", locale="en-GB")
    desk = Desk(await context.new_page())
    await desk.page.goto(embedded.desk)
    found = await obstacles_by_day_and_night(desk.page, "signed out")
    await desk.open(embedded.desk)
    await desk.speak(language)
    await desk.look_for("Lovelace")
    found |= await obstacles_by_day_and_night(desk.page, "matches")
    await desk.at_the_desk(CARD)
    await desk.scan("copy", copy.barcode, answers="lend-answers")
    await desk.scan("copy", "no-such-copy", answers="lend-answers")
    found |= await obstacles_by_day_and_night(desk.page, "lend")
    await desk.go("return")
    await desk.scan("returned", copy.barcode, answers="return-answers")
    found |= await obstacles_by_day_and_night(desk.page, "return")
    for view in ("pull", "search"):
        await desk.go(view)
        found |= await obstacles_by_day_and_night(desk.page, view)
    await context.close()

    assert {} == {view: obstacles for view, obstacles in found.items() if obstacles}


async def obstacles_by_day_and_night(page: Page, view: str) -> dict[str, list[str]]:
    """Return what keeps people out of a view; by night it has other colours and nothing else."""
    found = {view: await obstacles_on(page)}
    await page.emulate_media(color_scheme="dark")
    found[f"{view} by night"] = await obstacles_on(page, "color-contrast")
    await page.emulate_media(color_scheme="light")
    return found

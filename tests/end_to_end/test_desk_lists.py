"""What is looked through at the desk page by keyboard alone: working lists, figures and messages."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route

from tests.end_to_end.browser import obstacles_on
from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import ADMIN, done, eventually

VIEWS = {
    "lend": "#card:focus",
    "return": "#returned:focus",
    "pull": "#pull-list > *",
    "search": "#words:focus",
    "lists": "#list",
    "figures": "#figures-rows > table, #figures-rows > .wide, #figures-told:not(:empty)",
    "messages": "#messages-told:not(:empty)",
}
"""And what each shows in the end."""
NOBODY_LOOKS = """
() => ![...document.querySelectorAll("main [role=status]")].some(
  each => each.offsetParent && /…$/.test(each.textContent))
"""
ONE_ROW = 80  # pixels, at most
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
NO_SCROLLING = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded, person=ADMIN) as opened:
        yield opened


async def choose(desk: Desk, field: str, value: str) -> None:
    await desk.page.focus(field)
    await desk.page.select_option(field, value)


async def press(desk: Desk, button: str) -> None:
    await desk.page.get_by_role("button", name=button).first.focus()
    await desk.page.keyboard.press("Enter")


async def file_of(desk: Desk, folder: Path) -> list[dict[str, str]]:
    """Take the table that is shown as a file, and read it."""
    async with desk.page.expect_download() as begun:
        await press(desk, "As a file (CSV)")
    download = await begun.value
    await download.save_as(folder / download.suggested_filename)
    text = (folder / download.suggested_filename).read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


async def test_a_list_is_narrowed_down_leads_to_its_titles_and_comes_as_a_file(
    desk: Desk, embedded: EmbeddedLibrary, tmp_path: Path
) -> None:
    [late], reader, librarian = (
        await embedded.shelve(title="Felix Holt"),
        await embedded.enrol(),
        await embedded.librarian(),
    )
    lent = {"copy_barcode": late.barcode, "card_number": reader.card_number}
    began = datetime.now(UTC) - timedelta(days=60)
    done(
        await librarian.post(
            f"{embedded.loans}/v1/loans", lent | {"lent_at": began.isoformat(), "reason": "Written down"}
        )
    )

    await desk.go("lists")
    await desk.page.wait_for_selector("#list")
    await choose(desk, "#list", "overdue")
    await press(desk, "Show")
    row = desk.page.locator("#list-rows tr", has_text=late.barcode)
    shown = await row.inner_text()
    in_file = [each for each in await file_of(desk, tmp_path) if each["barcode"] == late.barcode]
    await row.get_by_role("button", name="Felix Holt", exact=True).press("Enter")
    panel = await desk.panel()
    await desk.page.keyboard.press("Escape")
    await desk.page.fill("#lists-view [name=days]", "9999")
    await press(desk, "Show")
    await desk.page.get_by_text("Nothing is to be done here.").wait_for()

    assert "Adult" in shown
    assert [("Felix Holt", reader.member_id)] == [(each["title"], each["member_id"]) for each in in_file]
    assert panel.startswith("Felix Holt")
    done(await librarian.post(f"{embedded.loans}/v1/returns", {"copy_barcode": late.barcode}))


async def test_a_copy_that_nobody_borrows_is_marked_to_be_kept(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [other], librarian = await embedded.shelve(title="Impressions of Theophrastus Such"), await embedded.librarian()
    body = {"barcode": f"KEEP-{other.barcode}", "branch": "MAIN", "item_type": "keepsake"}
    copy = done(await librarian.post(f"{embedded.books}/v1/books/{other.book_id}/copies", body))
    await desk.go("lists")
    await desk.page.wait_for_selector("#list")
    await choose(desk, "#list", "never-lent")
    await desk.page.fill("#lists-view [name=years]", "0")
    await desk.page.fill("#lists-view [name=item_type]", "keepsake")
    await press(desk, "Show")
    await press(desk, f"Keep: {copy['barcode']}")
    await desk.page.keyboard.type("A first edition")
    await desk.page.keyboard.press("Enter")
    told = await desk.verdict()

    assert told.startswith("Mark to keep set")
    assert (
        "A first edition" == done(await librarian.get(f"{embedded.books}/v1/copies/{copy['copy_id']}"))["keep_reason"]
    )


async def test_figures_are_a_table_first_with_bars_beside_it_and_a_file(
    desk: Desk, embedded: EmbeddedLibrary, tmp_path: Path
) -> None:
    [copy], reader, admin = await embedded.shelve(), await embedded.enrol(), await embedded.admin()
    done(await embedded.check_out(copy, reader))
    today = f"{datetime.now(UTC):%Y-%m-%d}"

    async def counted() -> int:
        asked = f"{embedded.loans}/v1/statistics/loans"
        rows = done(await admin.get(asked, by="day", **{"from": today, "to": today}))["rows"]
        return sum(row["value"] for row in rows)

    await desk.go("figures")
    await desk.page.wait_for_selector("#figures-rows table")
    tables = {}
    for period in ("today", "week", "year"):
        await choose(desk, "#figures-view [name=period]", period)
        await desk.page.wait_for_selector("#figures-rows table")
        tables[period] = await desk.page.inner_text("#figures-rows table")
    figure = await desk.page.locator("#figures-rows td.number").first.inner_text()
    bars = await desk.page.locator("#figures-rows svg rect").count()
    name = await desk.page.get_attribute("#figures-rows svg", "aria-label")
    in_file = await file_of(desk, tmp_path)
    await desk.photograph("figures")

    assert all("Main library" in each for each in tables.values())
    assert int(figure.replace(",", "")) >= 1
    assert bars >= 1
    assert "Bars of the figures in the table: Loans" == name
    assert {"month", "branch", "value"} == set(in_file[0])
    assert await counted() >= 1


async def test_messages_are_shown_as_they_went_out_and_one_that_nobody_knows_of_is_sent_once_more(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], librarian, admin = await embedded.shelve(title="Romola"), await embedded.librarian(), await embedded.admin()
    body = {"name": "Tessa Told", "category": "adult", "email": f"tessa-{copy.barcode}@readers.example"}
    reader = done(await librarian.post(f"{embedded.members}/v1/members", body))
    headers = {"Authorization": f"Bearer {admin.token}", "If-Match": "*"}
    at_once = {"mode": "shadow", "windows": {"holds": 0}}
    settings = await embedded.http.put(f"{embedded.members}/v1/notice-settings", json=at_once, headers=headers)
    assert settings.is_success, settings.text
    hold = {"book_id": copy.book_id, "member_id": reader["member_id"], "pickup_branch": "MAIN"}
    done(await librarian.post(f"{embedded.loans}/v1/holds", hold))
    done(await librarian.post(f"{embedded.loans}/v1/returns", {"copy_barcode": copy.barcode, "branch": "MAIN"}))
    asked = f"{embedded.members}/v1/messages"

    async def it_is_told() -> bool:
        found = done(await admin.get(asked, member_id=reader["member_id"], kind="hold_ready"))["items"]
        return [each["state"] for each in found] == ["shadow"]

    await eventually(it_is_told, seconds=90)
    [shadow] = done(await admin.get(asked, member_id=reader["member_id"], kind="hold_ready"))["items"]
    unknown = shadow | {"state": "uncertain", "why": "no-answer"}
    repeated: list[str] = []

    async def nobody_knows(route: Route) -> None:
        await route.fulfill(json={"items": [] if repeated else [unknown], "next_cursor": None}, headers=ANY_ORIGIN)

    async def repeat(route: Route) -> None:
        repeated.append(route.request.headers["idempotency-key"])
        await route.fulfill(json=unknown | {"state": "ready"}, status=201, headers=ANY_ORIGIN)

    await desk.page.route("**/v1/messages?state=uncertain*", nobody_knows)
    await desk.page.route(f"**/v1/messages/{shadow['message_id']}/repeat", repeat)
    await desk.go("messages")
    row = desk.page.locator("#messages-rows tbody tr")
    await row.wait_for()
    trouble = await row.inner_text()
    sent = await desk.act("Send once more", within="#messages-rows")
    await desk.page.get_by_text("Nothing is to be done here.").wait_for()
    await choose(desk, "#messages-of", "shadow")
    row = desk.page.locator("#messages-rows tbody tr", has_text="Hold is ready").first
    await row.locator("summary").press("Enter")
    text = await row.inner_text()
    await row.get_by_role("button", name="Who?").press("Enter")
    who = await desk.panel()
    await choose(desk, "#messages-of", "unreachable")
    await desk.page.wait_for_function("() => !/…$/.test(document.getElementById('messages-told').textContent)")

    assert all(each in trouble for each in ("Hold is ready", "Nobody knows: the mail server did not answer"))
    assert sent.startswith("Goes out once more")
    assert 1 == len(repeated)
    assert "Romola" in text
    assert "Tessa Told" == who
    assert [] == await obstacles_on(desk.page)


@pytest.mark.parametrize("width", [375, 1024, 1920])
async def test_no_view_keeps_anybody_out_by_day_by_night_or_in_colours_of_their_own(
    width: int, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    done(await embedded.check_out(copy, reader))
    obstacles, cut_off = {}, []
    branch = "MAIN" if width > 1300 else ""
    async with at_work(browser, embedded, size=(width, 900), branch=branch, person=ADMIN) as desk:
        header = await desk.page.evaluate("document.querySelector('header').offsetHeight")
        for view, shown in VIEWS.items():
            await desk.go(view)
            await desk.page.wait_for_selector(shown)
            if view == "lists":
                await press(desk, "Show")
            await desk.page.wait_for_function(NOBODY_LOOKS)
            obstacles[view] = await in_all_colours(desk.page)
            await desk.photograph(f"view-{view}-{width}")
            if not await desk.page.evaluate(NO_SCROLLING):
                cut_off.append(view)

    assert ([], {}) == (cut_off, {view: found for view, found in obstacles.items() if found})
    assert width < 1024 or header <= ONE_ROW


async def in_all_colours(page: Page) -> list[str]:
    """Return what keeps people out, by day, by night and in forced colours."""
    found = await obstacles_on(page)
    await page.emulate_media(color_scheme="dark")
    found += await obstacles_on(page, "color-contrast")
    await page.emulate_media(color_scheme="light", forced_colors="active")
    found += await obstacles_on(page, "color-contrast")
    chosen = "document.querySelector('#views a[aria-current]')"
    if "none" == await page.evaluate(f"getComputedStyle({chosen}).outlineStyle"):
        found.append("the chosen view cannot be told in forced colours")
    await page.emulate_media(forced_colors="none")
    return found

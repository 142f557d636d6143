"""A librarian's first day, as docs/desk.md tells it: each of its pictures is made here."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.end_to_end.browser import obstacles_on
from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done
from tests.end_to_end.processes import ROOT

PICTURES = {"guide-lend", "guide-return", "guide-keys", "guide-offline"}


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded, size=(1280, 720), branch="MAIN") as opened:
        yield opened


def test_the_guide_has_the_pictures_that_are_made_here() -> None:
    named = set(re.findall(r"pictures/desk-(guide-\w+)\.png", (ROOT / "docs" / "desk.md").read_text("utf-8")))

    assert named == PICTURES
    assert all((ROOT / "docs" / "pictures" / f"desk-{name}.png").is_file() for name in PICTURES)


async def test_a_first_day_at_the_desk(desk: Desk, embedded: EmbeddedLibrary) -> None:
    copies, reader, other = await embedded.shelve(copies=2), await embedded.enrol(), await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    for copy in copies:
        await desk.scan("copy", copy.barcode, answers="lend-answers")
    await desk.page.wait_for_selector("text=2 on loan of")
    await desk.photograph("guide-lend")
    hold = {"book_id": copies[0].book_id, "card_number": other.card_number, "pickup_branch": "MAIN"}
    done(await (await embedded.librarian()).post(f"{embedded.loans}/v1/holds", hold))

    await desk.go("return")
    headline = await desk.scan("returned", copies[0].barcode, answers="return-answers")
    await desk.page.locator("#return-answers").get_by_text("For Dorothea Brooke").wait_for()
    await desk.photograph("guide-return")

    assert headline.startswith("To the hold shelf")


async def test_a_question_mark_shows_the_keys_and_is_no_scan(desk: Desk) -> None:
    await desk.page.keyboard.type("?")
    await desk.page.wait_for_selector("dialog[open]")
    shown, obstacles = await desk.page.inner_text("dialog"), await obstacles_on(desk.page)
    await desk.photograph("guide-keys")
    await desk.page.keyboard.press("Escape")
    await desk.page.wait_for_selector("dialog", state="hidden")
    await desk.page.keyboard.type("what?")

    assert all(key in shown for key in ("Alt+1", "Alt+M", "Alt+P", "Esc"))
    assert [] == obstacles
    assert "what?" == await desk.page.input_value("#card")


async def test_the_page_says_in_big_letters_that_there_is_no_line(desk: Desk) -> None:
    await desk.page.wait_for_selector("#offline", state="attached")  # what works without a line has been loaded
    await desk.page.context.set_offline(True)
    await desk.page.wait_for_selector("#go-offline")
    await desk.page.focus("#go-offline")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("#offline-scan:focus")
    await desk.photograph("guide-offline")

    big = "() => parseFloat(getComputedStyle(document.querySelector('.offline-big')).fontSize)"
    assert await desk.page.evaluate(big) >= 40

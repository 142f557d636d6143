"""Who has forgotten the card is found at the desk page by name, telephone or e-mail address, by keyboard alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Request, Route

from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done

ISBN = "9780141439518"  # as on the back of a book
MOST_SHOWN = 10


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded) as opened:
        yield opened


async def enrol(embedded: EmbeddedLibrary, name: str, **known: object) -> dict[str, Any]:
    body = {"name": name, "category": "adult"} | known
    return done(await (await embedded.librarian()).post(f"{embedded.members}/v1/members", body))


async def enter(desk: Desk) -> str:
    """Press Enter; return the id of the member with whom the desk goes on."""
    async with desk.page.expect_request("**/v1/borrowers/*") as asked:
        await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("#copy:focus")
    return urlsplit((await asked.value).url).path.rpartition("/")[2]


def searches_of(desk: Desk) -> list[str]:
    """Return the list into which is written from now on what members is asked to look for."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.extend(parse_qs(urlsplit(request.url).query).get("q", []))

    desk.page.on("request", note)
    return asked


async def left_of_it(desk: Desk) -> str:
    """Return what is still shown of a search."""
    text = "['matches-told', 'matches'].map(id => document.getElementById(id).textContent).join('')"
    return str(await desk.page.evaluate(text))


async def test_two_people_of_one_name_are_told_apart_and_one_is_chosen_by_keyboard(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    home = {"street": "12 Hidden Lane", "city": "Somewhere"}
    mother = {"date_of_birth": "1961-05-04", "phone": "+44 20 7946 0123", "address": home}
    await enrol(embedded, "Juliane Ångström", **mother, email="juliane@readers.example")
    daughter = await enrol(embedded, "Juliane Ångström", date_of_birth="1990-12-24")
    [copy] = await embedded.shelve()
    before = await desk.page.evaluate("[location.href, history.length]")

    await desk.page.wait_for_selector("#card:focus")
    told = await desk.look_for("jul angs")
    shown = await desk.page.inner_text("#matches")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown"):
        await desk.page.keyboard.press(key)
    await desk.photograph("matches")
    named = await desk.page.evaluate("document.activeElement.getAttribute('aria-label')")
    chosen = await enter(desk)

    assert told == "2 found. Choose with the arrow keys and Enter."
    assert all(each in shown for each in ("4 May 1961", "24 December 1990", "Adult", daughter["card_number"], "123"))
    assert not any(each in shown for each in ("7946 0123", "Hidden", "Somewhere", "@"))
    assert named == f"Juliane Ångström, Born 24 December 1990, Adult, Card {daughter['card_number']}"
    assert chosen == daughter["member_id"]
    assert "" == await left_of_it(desk)
    assert (await desk.scan("copy", copy.barcode, answers="lend-answers")).startswith("Lent until")
    assert before == await desk.page.evaluate("[location.href, history.length]")
    no_photograph = "404"
    assert desk.complaints == [one for one in desk.complaints if "503" in one or no_photograph in one]


async def test_a_telephone_and_an_address_find_and_what_finds_nobody_says_so(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    pia = await enrol(embedded, "Pia Telephone", phone="+45 55 19 82 64", email="pia@readers.example")

    for written in ("55198264", "+45 55 19 82 64", "pia@readers.example"):
        assert (await desk.look_for(written)).startswith("1 found")
        assert pia["card_number"] in await desk.page.inner_text("#matches")
        await desk.page.keyboard.press("Escape")
        await desk.page.wait_for_selector("#card:focus")

    assert (await desk.look_for("Nobody-is-called-so")).startswith("Nobody is found for Nobody-is-called-so.")
    assert "" == await desk.page.inner_text("#matches")
    assert desk.complaints == [one for one in desk.complaints if "503" in one]


async def test_it_is_told_that_there_are_more_matches_and_they_come_when_asked_for(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    for number in range(MOST_SHOWN + 1):
        await enrol(embedded, f"Zacharias Many{number}")

    told = await desk.look_for("zacharias")
    await desk.page.keyboard.press("ArrowUp")  # nothing is above the field
    for _ in range(MOST_SHOWN + 1):
        await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("#matches tbody tr:last-child button:focus")

    assert told.startswith("10 shown; there are more.")
    assert (await desk.page.inner_text("#matches-told")).startswith("11 found")
    assert MOST_SHOWN + 1 == await desk.page.locator("#matches tbody tr").count()


async def test_what_is_scanned_where_names_are_typed_is_no_search(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy] = await embedded.shelve()
    for number in (copy.barcode, ISBN):  # which end as somebody's telephone does
        await enrol(embedded, "Wrong Person", phone=f"+44 20 {number[-7:]}")
    right = await enrol(embedded, "Right Person")
    asked = searches_of(desk)

    of_a_copy = await scan_instead_of_name(desk, copy.barcode)
    of_a_book = await scan_instead_of_name(desk, ISBN)
    await desk.look_for("person")
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.type(right["card_number"])  # while a match has the focus
    scanned = await enter(desk)

    assert of_a_copy == f"{copy.barcode} is a copy. First say who borrows it."
    assert of_a_book == f"No member has the card {ISBN}."
    assert asked == ["person"]
    assert scanned == right["member_id"]


async def scan_instead_of_name(desk: Desk, scanned: str) -> str:
    """Scan where a name is typed; return what is said of it."""
    await desk.page.focus("#card")
    await desk.page.keyboard.type(scanned)
    await desk.page.keyboard.press("Enter")
    await desk.page.locator("#lend-answers .answer:not(.working)", has_text=scanned).wait_for()
    return (await desk.told("#lend-answers"))[-1]


async def test_a_search_without_an_answer_is_told_and_the_next_one_counts(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    await enrol(embedded, "Quentin Quiet")

    async def unanswered(route: Route) -> None:
        await route.abort()

    await desk.page.route("**/v1/members?*", unanswered)
    await desk.page.focus("#card")
    failed = await desk.scan("card", "quentin", answers="lend-answers")
    why, left = await desk.page.inner_text("#lend-answers"), await left_of_it(desk)
    await desk.page.unroute("**/v1/members?*")
    told = await desk.look_for("quentin")

    assert failed == "Not done"
    assert "The library does not answer." in why
    assert "" == left
    assert told.startswith("1 found")
    assert "" == await desk.page.inner_text("#lend-answers")  # the failure is over


async def test_matches_that_come_late_take_nobodys_place(desk: Desk, embedded: EmbeddedLibrary) -> None:
    prompt = await enrol(embedded, "Prompt Person")
    go_on = asyncio.Event()

    async def later(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await desk.page.route("**/v1/members?q=*", later)
    await desk.page.focus("#card")
    await desk.page.keyboard.type("person")
    await desk.page.keyboard.press("Enter")
    await desk.page.get_by_text("Looking for person …").wait_for()
    await desk.page.focus("#card")
    await desk.page.keyboard.type(prompt["card_number"])
    opened = await enter(desk)
    async with desk.page.expect_response("**/v1/members?q=*") as late:
        go_on.set()
    await (await late.value).finished()
    await desk.scan("copy", "no-such-copy", answers="lend-answers")

    assert opened == prompt["member_id"]
    assert await desk.page.is_visible("#copy-form")
    assert "" == await left_of_it(desk)

"""What a scan does at the desk page wherever the caret is, on whatever screen, and however slow the line."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Dialog, Route

from tests.end_to_end.browser import obstacles_on
from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import Member, done

SIZES = {"a telephone": (375, 740), "1280 x 900 at 200 %": (640, 450)}


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded) as opened:
        yield opened


class Held:
    """A line on which acts wait until they are let go; of those let go, the answer of one may be lost."""

    def __init__(self) -> None:
        self._go_on = asyncio.Event()
        self.lost = 0

    async def carry(self, route: Route) -> None:
        await self._go_on.wait()
        if self.lost > 0:
            self.lost -= 1
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    def release(self, *, losing: int = 0) -> None:
        self.lost = losing
        self._go_on.set()


async def scan(desk: Desk, text: str) -> None:
    """Scan without looking where the caret is."""
    await desk.page.keyboard.type(text)
    await desk.page.keyboard.press("Enter")


async def held(desk: Desk, *addresses: str) -> Held:
    line = Held()
    for address in addresses:
        await desk.page.route(address, line.carry)
    return line


async def copies_of(embedded: EmbeddedLibrary, member: Member) -> set[str]:
    librarian = await embedded.librarian()
    found = await librarian.get(f"{embedded.loans}/v1/loans", member_id=member.member_id, status="open")
    return {loan["barcode"] for loan in done(found)["items"]}


async def test_what_was_scanned_for_one_reader_is_lent_and_told_to_that_reader_while_the_next_is_served(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    copies, first, second = await embedded.shelve(copies=4), await embedded.enrol(), await embedded.enrol()
    line = await held(desk, f"{embedded.loans}/v1/loans")

    await scan(desk, first.card_number)
    for copy in copies[:3]:
        await scan(desk, copy.barcode)
    await desk.page.keyboard.press("Escape")
    warned = await desk.page.inner_text("#gone-told")
    await desk.page.wait_for_selector("#gone .working")
    obstacles = await obstacles_on(desk.page)
    await scan(desk, second.card_number)
    await scan(desk, copies[3].barcode)
    line.release(losing=1)
    await desk.page.wait_for_selector("#lend-answers .good")
    await desk.page.wait_for_function("() => document.querySelectorAll('#gone .good').length === 3")

    assert warned.endswith("has left. Still under way: 3. What comes of it is shown below.")
    assert 1 == await desk.page.locator("#lend-answers .answer").count()
    assert [f"Dorothea Brooke ({first.card_number})"] == await desk.page.locator("#gone .reader").all_inner_texts()
    assert {copy.barcode for copy in copies[:3]} == await copies_of(embedded, first)
    assert {copies[3].barcode} == await copies_of(embedded, second)
    assert [] == obstacles
    await desk.page.get_by_role("button", name="Seen").click()
    assert 0 == await desk.page.locator("#gone .answer").count()


async def test_copies_that_are_scanned_before_the_member_appears_wait_for_that_card(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    copies, reader = await embedded.shelve(copies=3), await embedded.enrol()
    line = await held(desk, f"{embedded.members}/v1/members?*")

    await scan(desk, reader.card_number)
    for copy in copies:
        await scan(desk, copy.barcode)
    waiting = await desk.page.locator("#lend-answers .working").count()
    shown = await desk.page.inner_text("#reader")
    line.release(losing=1)
    await desk.page.wait_for_function("() => document.querySelectorAll('#lend-answers .good').length === 3")

    assert (4, f"Card {reader.card_number}") == (waiting, shown)
    assert {copy.barcode for copy in copies} == await copies_of(embedded, reader)


async def test_copies_behind_a_card_that_nobody_has_are_named_one_by_one(desk: Desk, embedded: EmbeddedLibrary) -> None:
    copies = await embedded.shelve(copies=2)

    for scanned in ("no-such-card-1", *(copy.barcode for copy in copies)):
        await scan(desk, scanned)
    await desk.page.wait_for_function("() => document.querySelectorAll('#lend-answers .bad').length === 3")

    assert await desk.told("#lend-answers") == [
        "No member has the card no-such-card-1.",
        *(f"{copy.barcode} is a copy. First say who borrows it." for copy in copies),
    ]


async def test_a_copy_in_the_card_field_is_known_as_one_and_the_card_behind_it_counts(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [first, second], reader = await embedded.shelve(copies=2), await embedded.enrol()

    for scanned in (first.barcode, reader.card_number, second.barcode):
        await scan(desk, scanned)
    await desk.page.wait_for_selector("#lend-answers .good")

    assert {second.barcode} == await copies_of(embedded, reader)
    assert await desk.told("#gone") == [f"{first.barcode} is a copy. First say who borrows it."]


@pytest.mark.parametrize("place", ["background", "link", "button", "list of choices"])
async def test_a_scan_is_caught_wherever_the_caret_stands(place: str, desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    where = {"link": "nav a[href='#return']", "button": "#sign-out", "list of choices": "#language"}

    await desk.settings()

    async def leave_the_field() -> None:
        if place == "background":
            await desk.page.mouse.click(4, 890)
        else:
            await desk.page.focus(where[place])

    await leave_the_field()
    await scan(desk, reader.card_number)
    await desk.page.wait_for_selector("#borrower .person")
    await leave_the_field()
    await scan(desk, copy.barcode)
    await desk.page.wait_for_selector("#lend-answers .good")
    await leave_the_field()
    await desk.page.keyboard.press("Escape")
    await desk.page.wait_for_selector("#card:focus")

    assert {copy.barcode} == await copies_of(embedded, reader)
    assert "en" == await desk.page.input_value("#language")


async def test_a_key_right_behind_the_choice_of_a_view_is_meant_for_that_view(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    reader = await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    await desk.go("return")
    await desk.page.wait_for_selector("#returned:focus")

    await desk.page.evaluate("""() => {
        document.querySelector("nav a[href='#lend']").click();
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    }""")

    await desk.page.wait_for_selector("#card:focus")
    assert desk.page.url.endswith("#lend")


async def test_a_scan_on_the_pull_list_presses_no_button_and_says_that_nothing_was_done(desk: Desk) -> None:
    await desk.go("pull")
    await desk.settings()
    await desk.page.focus("#sign-out")

    await scan(desk, "30000000000019")

    assert (await desk.page.inner_text("#told")).startswith("30000000000019 was scanned where nothing is scanned")
    assert await desk.page.is_visible("#pull")


async def test_who_types_a_reason_is_not_interrupted(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader, other = await embedded.shelve(), await embedded.enrol(), await embedded.enrol()
    librarian = await embedded.librarian()
    hold = {"book_id": copy.book_id, "member_id": other.member_id, "pickup_branch": "MAIN"}
    done(await librarian.post(f"{embedded.loans}/v1/holds", hold))

    await desk.at_the_desk(reader.card_number)
    title = await held(desk, f"{embedded.books}/v1/copies?*")
    assert "Not lent" == await desk.scan("copy", copy.barcode, answers="lend-answers")
    await desk.page.focus("#lend-answers form input")
    await desk.page.keyboard.type("Asked for")
    title.release()  # so that the row is drawn anew
    await desk.page.locator("#lend-answers").get_by_text("Middlemarch").wait_for()
    await scan(desk, " today")
    await desk.page.wait_for_selector("#lend-answers .good")

    assert "" == await desk.page.input_value("#copy")
    assert {copy.barcode} == await copies_of(embedded, reader)


async def test_a_scan_takes_the_place_of_what_was_searched_and_a_copy_is_found_by_its_barcode(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy] = await embedded.shelve(title="The Mill on the Floss")
    await desk.go("search")
    await desk.page.wait_for_selector("#words:focus")

    await scan(desk, "austen")
    await desk.page.get_by_text("Pride and Prejudice").wait_for()
    await scan(desk, copy.barcode)
    await desk.page.get_by_text("The Mill on the Floss").wait_for()
    await desk.photograph("search-copy")
    shown = await desk.page.inner_text("#search-results")
    await desk.page.mouse.click(4, 890)
    await scan(desk, "austen")
    await desk.page.get_by_text("Pride and Prejudice").wait_for()

    assert all(each in shown for each in (copy.barcode, "MAIN", "Available"))
    assert "1 found" not in await desk.page.inner_text("#search-results")


@pytest.mark.parametrize("size", SIZES)
async def test_the_newest_answer_and_the_field_are_in_sight_on_a_small_screen(
    size: str, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    copies, reader = await embedded.shelve(copies=7), await embedded.enrol()
    async with at_work(browser, embedded, size=SIZES[size]) as desk:
        await desk.at_the_desk(reader.card_number)
        for copy in copies:
            await desk.scan("copy", copy.barcode, answers="lend-answers")
        await desk.page.wait_for_selector("#borrowed tbody tr:nth-child(7)")
        await desk.photograph(f"small-{SIZES[size][0]}")
        lent = await out_of_sight(desk, "#reader", "#copy", "#lend-answers .answer:first-child")
        await desk.go("return")
        for copy in copies:
            await desk.scan("returned", copy.barcode, answers="return-answers")
        back = await out_of_sight(desk, "#returned", "#return-answers .answer:first-child")
        obstacles = await obstacles_on(desk.page)
        await desk.settings()
        settings = await out_of_sight(desk, "#branch", "#language", "#sign-out")

    assert ([], [], [], []) == (lent, back, settings, obstacles)


async def out_of_sight(desk: Desk, *elements: str) -> list[str]:
    """Return which of these one cannot see as a whole without scrolling."""
    seen = """([...elements]) => elements.filter(each => {
        const { top, bottom, left, right } = document.querySelector(each).getBoundingClientRect();
        return top < 0 || left < 0 || bottom > innerHeight || right > innerWidth || bottom === top;
    })"""
    found: list[str] = await desk.page.evaluate(f"[scrollTo(0, 0), ({seen})({list(elements)})][1]")
    return found


async def test_at_each_enter_something_is_seen_at_once_and_nothing_older_is_as_large(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [first, second], reader = await embedded.shelve(copies=2), await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    await desk.scan("copy", first.barcode, answers="lend-answers")
    line = await held(desk, f"{embedded.loans}/v1/loans", f"{embedded.loans}/v1/returns")

    await scan(desk, second.barcode)
    lending = await at_once(desk, "lend-answers")
    await desk.photograph("working")
    await desk.go("return")
    await desk.page.wait_for_selector("#returned:focus")
    await scan(desk, "no-such-copy")
    returning = await at_once(desk, "return-answers")
    line.release()
    await desk.page.wait_for_selector("#return-answers .bad")

    assert f"Lending …\n{second.barcode}" == lending
    assert "Taking back …\nno-such-copy" == returning


async def at_once(desk: Desk, answers: str) -> str:
    """Return what the newest line says while it is under way, which is the largest there is."""
    newest = desk.page.locator(f"#{answers} .answer:first-child")
    headlines = f"[...document.querySelectorAll('#{answers} .headline')]"
    sizes: list[float] = await desk.page.evaluate(
        f"{headlines}.map(each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert "true" == await newest.get_attribute("aria-busy")
    assert all(size < sizes[0] for size in sizes[1:])
    return (await desk.told(f"#{answers}"))[-1]


async def test_nobody_signs_out_or_leaves_the_page_unasked_while_scans_are_under_way(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy] = await embedded.shelve()
    line = await held(desk, f"{embedded.loans}/v1/returns")
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    desk.page.on("dialog", stay)
    await desk.settings()
    await desk.go("return")
    await desk.page.wait_for_selector("#returned:focus")
    await scan(desk, copy.barcode)
    await desk.page.click("#sign-out")
    told = await desk.page.inner_text("#told")
    await desk.page.evaluate("location.reload()")
    await desk.page.wait_for_timeout(100)
    line.release()
    await desk.page.wait_for_selector("#return-answers .good")
    gone_again = await desk.page.inner_text("#told")
    await desk.page.click("#sign-out")
    await desk.page.wait_for_selector("#sign-in:focus")

    assert told == "Still under way: 1. Sign out in a moment, when all is done."
    assert (["beforeunload"], "") == (asked, gone_again)


async def test_what_is_under_way_is_said_again_in_another_language(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    line = await held(desk, f"{embedded.loans}/v1/loans")
    await scan(desk, reader.card_number)
    await scan(desk, copy.barcode)
    await desk.page.keyboard.press("Escape")

    await desk.speak("fr")
    [told] = await desk.told("#gone")
    line.release()
    await desk.page.wait_for_selector("#gone .good")

    assert told.startswith("Prêt en cours …")
    assert (await desk.told("#gone"))[-1].startswith("Prêté jusqu'au")
    await desk.speak("en")

"""What the desk page tells a librarian when something is not as usual: nobody answers, a sign-in has ended."""

from datetime import date

import pytest
from playwright.async_api import Browser, Route

from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done

CARD = "20000000000018"
LET_THE_TOKEN_END = """refresh => {
    const kept = JSON.parse(sessionStorage["desk.tokens"]);
    sessionStorage["desk.tokens"] = JSON.stringify({ ...kept, until: 0, refresh: refresh ?? kept.refresh });
}"""


async def newest(desk: Desk, answers: str) -> str:
    return (await desk.told(f"#{answers}"))[-1]


async def unanswered(route: Route) -> None:
    await route.abort()


async def test_a_scan_that_nobody_answers_is_asked_for_again_until_somebody_does(
    browser: Browser, embedded: EmbeddedLibrary
) -> None:
    [copy] = await embedded.shelve()
    async with at_work(browser, embedded) as desk:
        await desk.at_the_desk(CARD)
        await desk.scan("copy", copy.barcode, answers="lend-answers")
        await desk.go("return")
        await desk.page.evaluate(LET_THE_TOKEN_END)
        await desk.page.route("**/v1/auth/token", unanswered)

        await desk.page.keyboard.type(copy.barcode)
        await desk.page.keyboard.press("Enter")
        await desk.page.locator("#return-answers").get_by_text("No answer yet.").wait_for()
        meanwhile = await newest(desk, "return-answers")
        await desk.page.unroute("**/v1/auth/token")
        await desk.page.locator("#return-answers").get_by_text("To the shelf").wait_for()

    assert meanwhile.split("\n")[:2] == ["Taking back …", copy.barcode]


async def test_a_sign_in_that_has_ended_is_told_with_the_way_back(browser: Browser, embedded: EmbeddedLibrary) -> None:
    async with at_work(browser, embedded, by_page=True) as desk:
        await desk.go("return")
        await desk.page.evaluate(LET_THE_TOKEN_END, "no-such-token")

        await desk.scan("returned", "no-such-copy", answers="return-answers")
        told = await newest(desk, "return-answers")
        await desk.page.click("#return-answers button")

        await desk.page.wait_for_selector("button[value=continue]:focus")
    assert "You were signed out. Sign in again." in told


async def test_a_page_that_is_opened_while_nobody_answers_says_so(browser: Browser, embedded: EmbeddedLibrary) -> None:
    async with at_work(browser, embedded) as desk:
        await desk.page.evaluate(LET_THE_TOKEN_END)
        await desk.page.route("**/v1/auth/token", unanswered)

        await desk.page.reload()
        await desk.page.wait_for_selector("#sign-in:focus")

        assert "The library does not answer." in await desk.page.inner_text("#welcome-trouble")


async def test_what_could_not_be_loaded_when_it_was_opened_is_asked_for_again(
    browser: Browser, embedded: EmbeddedLibrary
) -> None:
    reader = await embedded.enrol()
    without_kept_files = "delete Navigator.prototype.serviceWorker;"
    async with at_work(browser, embedded, beforehand=without_kept_files) as desk:
        await desk.page.route("**/reader.js", unanswered)
        await desk.page.route("**/panels/money.js", unanswered)
        await desk.page.keyboard.type(reader.card_number)
        await desk.page.keyboard.press("Enter")
        await desk.page.locator("#lend-answers").get_by_text("What is on loan cannot be shown").wait_for()
        told = await newest(desk, "lend-answers")
        await desk.page.unroute("**/reader.js")
        await desk.page.keyboard.press("Escape")
        await desk.at_the_desk(reader.card_number)
        refused = await desk.open_panel("Money")
        await desk.page.unroute("**/panels/money.js")
        await desk.page.get_by_role("button", name="Try again").press("Enter")
        await desk.page.get_by_role("heading", name="Money of Dorothea Brooke").wait_for()

    assert "The library does not answer." in told
    assert "It cannot be shown" == refused


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_days_are_those_of_the_branch_wherever_the_browser_is(
    zone: str, browser: Browser, embedded: EmbeddedLibrary
) -> None:
    [copy], librarian = await embedded.shelve(), await embedded.librarian()
    [ada] = done(await librarian.get(f"{embedded.members}/v1/members?card_number={CARD}"))["items"]
    async with at_work(browser, embedded, zone=zone) as desk:
        shown = await desk.at_the_desk(CARD)
        headline = await desk.scan("copy", copy.barcode, answers="lend-answers")
        await desk.go("return")
        await desk.scan("returned", copy.barcode, answers="return-answers")
    [loan] = done(await librarian.get(f"{embedded.loans}/v1/loans?copy_id={copy.copy_id}"))["items"]

    assert f"Lent until {in_words(loan['due_at'])}" == headline.replace(",", "")  # that browsers set or do not
    assert f"member until {in_words(ada['expires_on'])}" in shown.replace(",", "")


def in_words(moment: str) -> str:
    """Return the day of a moment in the zone of the branch, which is UTC, as it is written in Britain."""
    day = date.fromisoformat(moment[:10])
    return f"{day:%A} {day.day} {day:%B %Y}"


async def test_a_copy_that_should_not_be_in_service_is_put_aside(browser: Browser, embedded: EmbeddedLibrary) -> None:
    [repaired, lost], librarian = await embedded.shelve(copies=2), await embedded.librarian()
    for copy, status in ((repaired, "in_repair"), (lost, "lost")):
        done(await librarian.post(f"{embedded.books}/v1/copies/{copy.copy_id}/status", {"status": status}))

    async with at_work(browser, embedded) as desk:
        await desk.go("return")
        aside = await desk.scan("returned", repaired.barcode, answers="return-answers")
        why = await newest(desk, "return-answers")
        found = await desk.scan("returned", lost.barcode, answers="return-answers")
        counted = await newest(desk, "return-answers")

    assert ("Put it aside", "To the shelf") == (aside, found)
    assert "The catalogue says of this copy: in repair." in why
    assert "This copy counted as lost." in counted


async def test_each_view_has_a_title_of_its_own(browser: Browser, embedded: EmbeddedLibrary) -> None:
    async with at_work(browser, embedded) as desk:
        titles = [await desk.page.title()]
        for view in ("return", "pull", "search"):
            await desk.go(view)
            await desk.page.wait_for_selector(f"#{view}")
            titles.append(await desk.page.title())
        await desk.settings()
        await desk.page.click("#sign-out")
        await desk.page.wait_for_selector("#sign-in:focus")
        titles.append(await desk.page.title())

    assert [*(f"{each} · Library desk" for each in ("Lend", "Return", "Pull list", "Search")), "Library desk"] == titles

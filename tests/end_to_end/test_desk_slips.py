"""The slips that the desk page prints, read from the paper."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done
from tests.paper import Printed, read

WATCH_FOR_PAPER = "window.printed = 0; window.print = () => { window.printed += 1; };"


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded, beforehand=WATCH_FOR_PAPER) as opened:
        yield opened


async def open_settings(desk: Desk) -> None:
    """Open what may be chosen about slips, once."""
    if await desk.page.locator("#paper").count() == 0:
        await desk.settings()
        await desk.page.locator("#settings summary").click()
        await desk.page.wait_for_selector("#paper")


async def paper(desk: Desk, *, width: str = "80", names: str = "code") -> Printed:
    """Print the newest slip by its key."""
    before = await desk.page.evaluate("window.printed")
    await open_settings(desk)
    await desk.page.evaluate(
        "([width, names]) => { for (const [id, value] of [['paper', width], ['slip-names', names]]) {"
        " const list = document.getElementById(id); list.value = value; list.dispatchEvent(new Event('change')); } }",
        [width, names],
    )
    await desk.page.keyboard.press("Alt+p")
    await desk.page.wait_for_function("before => window.printed > before", arg=before)
    return read(await desk.page.pdf(prefer_css_page_size=True))


async def test_a_slip_of_due_dates_has_all_that_a_member_takes_home_and_no_name(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    copies, reader = await embedded.shelve(copies=2), await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    for copy in copies:
        await desk.scan("copy", copy.barcode, answers="lend-answers")

    slips = {width: await paper(desk, width=width) for width in ("58", "80", "210")}

    assert {"58": 58, "80": 80, "210": 210} == {width: slip.sizes[0][0] for width, slip in slips.items()}
    for slip in slips.values():
        assert 1 == len(slip.texts)
        words = " ".join(slip.texts[0].split())
        assert words.startswith("Please bring back")
        assert (2, 0) == (words.count("Middlemarch"), words.count("Dorothea"))


async def test_a_slip_for_the_hold_shelf_shows_a_code_or_the_name_as_chosen(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    (copy,), reader = await embedded.shelve(), await embedded.enrol()
    librarian = await embedded.librarian()
    hold = {"book_id": copy.book_id, "card_number": reader.card_number, "pickup_branch": "MAIN"}
    done(await librarian.post(f"{embedded.loans}/v1/holds", hold))
    await desk.go("return")
    await desk.scan("returned", copy.barcode, answers="return-answers")

    slip = await paper(desk)

    assert "ON HOLD FOR" in slip.texts[0].upper()
    assert all(text in slip.texts[0] for text in ("Middlemarch", copy.barcode, "MAIN"))
    assert "Dorothea" not in slip.texts[0]


async def test_slips_speak_the_language_of_the_branch_whatever_the_page_speaks(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    await open_settings(desk)
    await desk.choose_branch("MAIN")
    await desk.page.select_option("#slip-language", "fr")
    await desk.at_the_desk(reader.card_number)
    lent = await desk.scan("copy", copy.barcode, answers="lend-answers")
    slip = await paper(desk)
    await desk.choose_branch("")
    elsewhere = await desk.page.input_value("#slip-language")

    assert lent.startswith("Lent until")
    assert " ".join(slip.texts[0].split()).startswith("À rendre")
    assert ("fr", "") == (await desk.page.get_attribute("#slip", "lang"), elsewhere)


async def test_what_a_reader_takes_home_speaks_the_language_of_the_reader(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], librarian = await embedded.shelve(), await embedded.librarian()
    body = {"name": "Dorothea Brooke", "category": "adult", "language": "fr-CA"}
    reader = done(await librarian.post(f"{embedded.members}/v1/members", body))
    await open_settings(desk)
    await desk.page.select_option("#slip-language", "de")
    await desk.at_the_desk(reader["card_number"])
    await desk.scan("copy", copy.barcode, answers="lend-answers")
    slip = await paper(desk)
    await desk.open_panel("Money")
    await desk.act("Charge", kind="damage", amount="5.00")
    await desk.act("Take money", amount="2", method="cash")
    await desk.page.get_by_role("button", name="Print receipt").press("Enter")
    await desk.page.wait_for_function("() => window.printed === 2")
    receipt = read(await desk.page.pdf(prefer_css_page_size=True))

    assert " ".join(slip.texts[0].split()).startswith("À rendre")
    assert receipt.texts[0].upper().startswith("REÇU")


async def test_a_receipt_is_printed_as_the_library_has_it(desk: Desk, embedded: EmbeddedLibrary) -> None:
    reader = await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    await desk.open_panel("Money")
    await desk.act("Charge", kind="damage", amount="5.00", note="Wet pages")
    await desk.act("Take money", amount="2", method="cash")

    await desk.page.get_by_role("button", name="Print receipt").click()
    await desk.page.wait_for_function("() => window.printed === 1")
    slip = read(await desk.page.pdf(prefer_css_page_size=True))

    shown = await desk.page.get_by_role("region", name="Receipt").inner_text()
    assert slip.texts[0].upper().startswith("RECEIPT")
    assert shown.split()[1] in "".join(slip.texts[0].split())
    assert slip.texts[0].rstrip().endswith("€2.00")


async def test_without_anything_done_nothing_is_printed_and_the_page_says_so(desk: Desk) -> None:
    await desk.page.keyboard.press("Alt+p")

    await desk.page.wait_for_selector("text=Nothing to print yet")
    assert 0 == await desk.page.evaluate("window.printed")


async def test_what_makes_a_slip_a_slip_is_asked_for_again_where_it_did_not_come_at_once(
    browser: Browser, embedded: EmbeddedLibrary
) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    without_kept_files = "delete Navigator.prototype.serviceWorker;"
    async with at_work(browser, embedded, beforehand=WATCH_FOR_PAPER + without_kept_files) as desk:
        await desk.at_the_desk(reader.card_number)
        await desk.scan("copy", copy.barcode, answers="lend-answers")
        await desk.page.route("**/print.css", lambda route: route.abort())
        await desk.page.keyboard.press("Alt+p")
        await desk.page.locator("#told").get_by_text("The library does not answer.").wait_for()
        before = await desk.page.evaluate("window.printed")
        await desk.page.unroute("**/print.css")

        slip = await paper(desk)

    assert 0 == before
    assert " ".join(slip.texts[0].split()).startswith("Please bring back")

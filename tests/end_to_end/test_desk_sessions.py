"""The desk page while readers come and go: the newest verdict, what a code is, undoing, sounds, discretion, layout."""

from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page

from tests.end_to_end.browser import obstacles_on
from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done

COUNT_SOUNDS = """
window.tones = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.tones.push(this.type); return start.apply(this, at); };
"""
A_PICTURE = (  # of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NO_SCROLLING = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded, beforehand=COUNT_SOUNDS) as opened:
        yield opened


async def press(desk: Desk, button: str) -> None:
    await desk.page.get_by_role("button", name=button).first.focus()
    await desk.page.keyboard.press("Enter")


async def test_what_was_lent_by_mistake_is_taken_back_from_the_session(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy, other], reader = await embedded.shelve(copies=2, title="Romola"), await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    for barcode in (copy.barcode, other.barcode, "no-such-copy"):
        await desk.scan("copy", barcode, answers="lend-answers")
    before = await desk.page.inner_text("#session-told")

    await desk.page.get_by_role("button", name="Take back: Romola").last.press("Enter")  # the first one that was lent
    await desk.page.locator("#lend-answers").get_by_text("Taken back").wait_for()
    [loan], [stays] = await embedded.loans_of(copy), await embedded.loans_of(other)

    assert ("returned", "open") == (loan["status"], stays["status"])
    assert 1 == await desk.page.get_by_role("button", name="Take back: Romola").count()
    assert before == "This session: 2 lent, 1 not done, 0 under way"
    assert "This session: 1 lent, 1 not done, 0 under way" == await desk.page.inner_text("#session-told")


async def test_a_long_session_keeps_in_sight_what_is_new_and_what_went_wrong_and_shows_the_rest_when_asked(
    desk: Desk,
) -> None:
    await desk.go("return")
    await desk.page.evaluate("""async () => {
        const { draw } = await import("/lines.js");
        const turn = { scans: [], member: null, card: null };
        const says = { title: ({ what }) => what.barcode, done: ({ what }) => [what.kind, "Here", what.barcode] };
        for (let at = 1; at <= 70; at += 1) {
            const what = { barcode: `copy ${at}`, kind: at === 3 ? "note" : "good" };
            const scan = { kind: "return", scannedAs: "return", state: "done", late: false, turn, what };
            draw(scan, document.getElementById("return-answers"), says, { trim: () => [] });
        }
    }""")
    told = await desk.told("#return-answers")
    await press(desk, "Show 9 earlier")
    all_told = await desk.told("#return-answers")

    assert ["Here\ncopy 3", "Here\ncopy 11"] == told[:2]
    assert (61, 70) == (len(told), len(all_told))
    assert "Here\ncopy 1" == all_told[0]
    assert "3" == await desk.page.inner_text("#return-answers .note th")


async def test_a_card_among_copies_is_known_as_one_and_its_owner_can_be_served(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    first, second = await embedded.enrol(), await embedded.enrol()
    await desk.at_the_desk(first.card_number)

    refused = await desk.scan("copy", second.card_number, answers="lend-answers")
    await press(desk, "Serve Dorothea Brooke")
    await desk.page.wait_for_function(
        "card => document.getElementById('reader').textContent.includes(card)", arg=second.card_number
    )

    assert refused == "Not lent"


async def test_a_copy_of_another_reader_that_lies_here_is_returned_and_lent_in_one_go(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], before, now = await embedded.shelve(title="Romola"), await embedded.enrol(), await embedded.enrol()
    done(await embedded.check_out(copy, before))
    await desk.at_the_desk(now.card_number)

    refused = await desk.scan("copy", copy.barcode, answers="lend-answers")
    await press(desk, "It is here: return it first, and lend it")
    await desk.page.get_by_text("The loan of another reader has ended.").first.wait_for()
    loans = {loan["member_id"]: loan["status"] for loan in await embedded.loans_of(copy)}

    assert "Not lent" == refused
    assert {before.member_id: "returned", now.member_id: "open"} == loans


async def test_an_isbn_among_copies_leads_to_its_title(desk: Desk, embedded: EmbeddedLibrary) -> None:
    librarian, reader = await embedded.librarian(), await embedded.enrol()
    book = {"title": "Scenes of Clerical Life", "isbns": ["9780140436389"]}
    done(await librarian.post(f"{embedded.books}/v1/books", book))
    await desk.at_the_desk(reader.card_number)

    await desk.scan("copy", "9780140436389", answers="lend-answers")
    await press(desk, "Open the title: Scenes of Clerical Life")

    assert "Scenes of Clerical Life" == await desk.panel()


async def test_a_title_that_stays_open_takes_a_hold_of_the_reader_who_is_there_now(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], before, now = await embedded.shelve(title="Felix Holt"), await embedded.enrol(), await embedded.enrol()
    done(await embedded.check_out(copy, await embedded.enrol()))
    await desk.at_the_desk(before.card_number)
    await desk.open_panel("0 holds")
    await desk.page.focus("#copy")
    await desk.scan("copy", copy.barcode, answers="lend-answers")
    await press(desk, "Open the title: Felix Holt")
    await desk.panel()
    await desk.page.focus("#copy")
    await desk.page.keyboard.press("Escape")
    await desk.at_the_desk(now.card_number)
    await desk.panel()

    placed = await desk.act("Place a hold", pickup="MAIN")
    librarian = await embedded.librarian()
    queue = done(await librarian.get(f"{embedded.loans}/v1/hold-queues/{copy.book_id}"))["items"]

    assert placed.startswith("On hold")
    assert [now.member_id] == [hold["member_id"] for hold in queue]


async def test_only_the_newest_refusal_has_its_form_open(desk: Desk, embedded: EmbeddedLibrary) -> None:
    copies, reader, other = await embedded.shelve(copies=2), await embedded.enrol(), await embedded.enrol()
    librarian = await embedded.librarian()
    for copy in copies:
        hold = {"copy_id": copy.copy_id, "member_id": other.member_id, "pickup_branch": "MAIN"}
        done(await librarian.post(f"{embedded.loans}/v1/holds", hold))
    await desk.at_the_desk(reader.card_number)

    for copy in copies:
        assert "Not lent" == await desk.scan("copy", copy.barcode, answers="lend-answers")
    forms = await desk.page.locator("#lend-answers form").count()
    await press(desk, "Lend all the same: Middlemarch")
    await desk.page.keyboard.type("Asked for today")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("#lend-answers .good")
    [loan] = await embedded.loans_of(copies[0])

    assert 1 == forms
    assert "open" == loan["status"]


async def test_each_verdict_is_seen_at_once_and_heard_unless_sounds_are_off(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    before = len(await desk.page.evaluate("window.tones"))
    await desk.scan("copy", copy.barcode, answers="lend-answers")
    good = (await desk.page.evaluate("window.tones"))[before:]
    lent = await desk.page.get_attribute("#verdict", "class")
    await desk.scan("copy", "no-such-copy", answers="lend-answers")
    bad = (await desk.page.evaluate("window.tones"))[before + len(good) :]
    refused = await desk.page.get_attribute("#verdict", "class")
    await desk.settings()
    await desk.page.set_checked("#sounds", checked=False)
    await desk.page.focus("#copy")
    await desk.scan("copy", "no-such-copy-either", answers="lend-answers")
    silent = (await desk.page.evaluate("window.tones"))[before + len(good) + len(bad) :]

    assert (["sine"], ["square", "square"], []) == (good, bad, silent)
    assert ("verdict good", "verdict bad") == (lent, refused)


async def test_a_discreet_desk_shows_neither_names_nor_titles(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    await desk.settings()
    await desk.page.set_checked("#discreet", checked=True)
    await desk.page.focus("#card")
    await desk.at_the_desk(reader.card_number)
    await desk.scan("copy", copy.barcode, answers="lend-answers")
    await desk.page.wait_for_selector("#borrowed tbody tr")
    await desk.photograph("discreet")

    shown = await desk.page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(each => each.children.length === 0 && /Brooke|Middlemarch/.test(each.textContent))
            .filter(each => each.getClientRects().length > 0 && getComputedStyle(each).fontSize !== "0px")
            .map(each => each.outerHTML)"""
    )
    assert [] == shown


async def test_the_photograph_of_a_reader_is_shown_unless_the_desk_is_discreet(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    reader, librarian = await embedded.enrol(), await embedded.librarian()
    photo = f"{embedded.members}/v1/members/{reader.member_id}/photo"
    headers = {"Authorization": f"Bearer {librarian.token}", "Content-Type": "image/png"}
    kept = await embedded.http.put(photo, content=b64decode(A_PICTURE), headers=headers)
    looks: list[str] = []
    desk.page.on("request", lambda sent: looks.append(sent.method) if sent.url.startswith(photo) else None)
    await desk.settings()
    await desk.page.set_checked("#discreet", checked=True)
    await desk.page.focus("#card")
    await desk.at_the_desk(reader.card_number)
    discreet = (looks.copy(), await desk.page.locator("#photo").count())
    await desk.page.set_checked("#discreet", checked=False)
    await desk.page.wait_for_selector("#photo")
    name, width = await desk.page.evaluate("[photo.alt, photo.naturalWidth]")
    await desk.page.focus("#copy")
    await desk.scan("copy", "no-such-copy", answers="lend-answers")
    await desk.page.set_checked("#discreet", checked=True)
    hidden = await desk.page.is_hidden("#photo")
    await desk.page.keyboard.press("Escape")

    assert (204, [], 0) == (kept.status_code, *discreet)
    assert ("Photograph of Dorothea Brooke", 1) == (name, width)
    assert 1 == looks.count("GET"), "each look is put on record"
    assert hidden
    assert 0 == await desk.page.locator("#photo").count()


async def test_a_reader_without_a_photograph_is_no_error_of_the_page(desk: Desk, embedded: EmbeddedLibrary) -> None:
    reader = await embedded.enrol()
    photo = f"{embedded.members}/v1/members/{reader.member_id}/photo"

    async with desk.page.expect_response(lambda answer: answer.url.startswith(photo)) as asked:
        await desk.at_the_desk(reader.card_number)

    assert 204 == (await asked.value).status
    assert [] == desk.complaints
    assert 0 == await desk.page.locator("#photo").count()


async def test_a_hold_that_is_ready_is_seen_at_once_and_named_when_its_copy_comes_back(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], reader, librarian = await embedded.shelve(), await embedded.enrol(), await embedded.librarian()
    hold = {"book_id": copy.book_id, "member_id": reader.member_id, "pickup_branch": "MAIN"}
    done(await librarian.post(f"{embedded.loans}/v1/holds", hold))

    await desk.go("return")
    await desk.scan("returned", copy.barcode, answers="return-answers")
    waiting = desk.page.locator("#return-answers").get_by_text(f"For Dorothea Brooke ({reader.card_number})")
    await waiting.wait_for()
    await desk.go("lend")
    await desk.at_the_desk(reader.card_number)
    await press(desk, "1 ready on the hold shelf")

    assert "Holds of Dorothea Brooke" == await desk.panel()
    assert "ready until" in await desk.page.inner_text("#panel")


async def test_copies_of_the_book_drop_come_back_when_they_did(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    loan = done(await embedded.check_out(copy, reader))
    lent_at = datetime.fromisoformat(loan["checked_out_at"])
    await desk.go("return")

    await desk.page.fill("#returned-at", "2020-01-01T08:00")
    await desk.page.focus("#returned")
    too_early = await desk.scan("returned", copy.barcode, answers="return-answers")
    await desk.page.fill("#returned-at", f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M}")
    await desk.page.focus("#returned")
    too_late = await desk.scan("returned", copy.barcode, answers="return-answers")
    await desk.page.fill("#returned-at", "")
    await desk.page.focus("#returned")
    back = await desk.scan("returned", copy.barcode, answers="return-answers")
    [ended] = await embedded.loans_of(copy)

    assert ("Not done", "Not done", "To the shelf") == (too_early, too_late, back)
    assert datetime.fromisoformat(ended["returned_at"]) >= lent_at


async def test_all_loans_are_renewed_at_once(desk: Desk, embedded: EmbeddedLibrary) -> None:
    copies, reader = await embedded.shelve(copies=2), await embedded.enrol()
    for copy in copies:
        done(await embedded.check_out(copy, reader))
    await desk.at_the_desk(reader.card_number)
    await desk.page.wait_for_selector("#borrowed tbody tr:nth-child(2)")

    told = await desk.act("Renew all", within="#borrowed")

    assert told.startswith("Renewed")
    assert "of 2" in told


@pytest.mark.parametrize("width", [375, 1024, 1920])
async def test_panels_keep_nobody_out_on_any_screen(width: int, browser: Browser, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    obstacles, cut_off = {}, []
    async with at_work(browser, embedded, size=(width, 900)) as desk:

        async def look(name: str) -> None:
            await desk.photograph(f"{name}-{width}")
            obstacles[name] = await both_schemes(desk.page)
            if not await desk.page.evaluate(NO_SCROLLING):
                cut_off.append(name)

        await desk.at_the_desk(reader.card_number)
        await desk.scan("copy", copy.barcode, answers="lend-answers")
        await desk.page.wait_for_selector("#borrowed tbody tr")
        for button in ("0 holds", "Money", "About the reader"):
            await desk.open_panel(button)
            await desk.page.locator("#panel .act > button").first.press("Enter")
            await look(button)
        await desk.page.locator("#borrowed").get_by_role("button", name="More …").press("Enter")
        await desk.panel()
        await look("copy")
        await press(desk, "Open the title")
        await desk.panel()
        await look("title")
        await desk.page.wait_for_selector("#panel-title:focus")
        await desk.page.keyboard.press("Escape")
        await desk.page.wait_for_selector("#panel", state="hidden")
        await desk.page.keyboard.press("Escape")
        await press(desk, "New member")
        await desk.panel()
        await look("enrol")

    assert ([], {}) == (cut_off, {name: found for name, found in obstacles.items() if found})


async def both_schemes(page: Page) -> list[str]:
    """Return what keeps people out, by day, by night and in colours of their own."""
    found = await obstacles_on(page)
    await page.emulate_media(color_scheme="dark")
    found += await obstacles_on(page, "color-contrast")
    await page.emulate_media(color_scheme="light", forced_colors="active")
    found += await obstacles_on(page, "color-contrast")
    await page.emulate_media(forced_colors="none")
    return found

"""Acts at the desk page when something else came first, an answer is lost, or a copy is elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import APIResponse, Browser, Route

from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    librarian = await embedded.librarian()
    await librarian.post(f"{embedded.books}/v1/branches", {"code": "EAST", "name": "East"})  # another test may have
    async with at_work(browser, embedded) as opened:
        yield opened


async def test_an_act_whose_answer_is_lost_is_done_once(desk: Desk, embedded: EmbeddedLibrary) -> None:
    reader = await embedded.enrol()
    lost: list[APIResponse] = []

    async def lose_the_first(route: Route) -> None:
        if lost:
            await route.continue_()
            return
        lost.append(await route.fetch())
        await route.abort()

    await desk.at_the_desk(reader.card_number)
    await desk.open_panel("Money")
    await desk.page.route(f"{embedded.loans}/v1/charges", lose_the_first)
    charged = await desk.act("Charge", kind="damage", amount="3")
    librarian = await embedded.librarian()
    fines = done(await librarian.get(f"{embedded.loans}/v1/fines", member_id=reader.member_id))["items"]

    assert charged.startswith("Charged")
    assert [201] == [answer.status for answer in lost]
    assert [300] == [fine["owed"]["amount"] for fine in fines]


async def test_who_goes_on_while_the_reader_is_shown_anew_is_not_interrupted(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    reader = await embedded.enrol()
    go_on = asyncio.Event()

    async def later(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await desk.at_the_desk(reader.card_number)
    await desk.open_panel("About the reader")
    await desk.page.route(f"{embedded.loans}/v1/borrowers/*", later)
    await desk.act("Add a note", text="Reads Spanish", show_at_desk=True)
    await desk.page.locator("#panel").get_by_role("button", name="Address").press("Enter")
    await desk.page.keyboard.type("12 Hidden")
    async with desk.page.expect_response(f"{embedded.loans}/v1/borrowers/*"):
        go_on.set()
    await desk.page.get_by_text("Reads Spanish").nth(1).wait_for()  # the reader is shown anew
    await desk.page.keyboard.type(" Lane")

    assert "12 Hidden Lane" == await desk.page.input_value("#panel [name=street]")


async def test_who_stands_at_a_chip_stands_there_still_when_the_chips_are_drawn_anew(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], reader = await embedded.shelve(), await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    await desk.page.get_by_role("button", name="About the reader").focus()

    done(await embedded.check_out(copy, reader))
    await desk.page.evaluate("""async () => {
        const drawn = new Promise(shown => new MutationObserver(shown).observe(chips, { childList: true }));
        (await import("/reader.js")).refresh();
        await drawn;
    }""")
    await desk.page.keyboard.press("Enter")

    assert "Dorothea Brooke" == await desk.panel()


async def test_what_somebody_else_changed_first_is_told_and_shown_and_then_it_can_be_changed(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    reader, librarian = await embedded.enrol(), await embedded.librarian()
    await desk.at_the_desk(reader.card_number)
    await desk.open_panel("About the reader")
    done(await librarian.post(f"{embedded.members}/v1/members/{reader.member_id}/suspend", {"reason": "Was rude"}))

    stale = await desk.act("Address", city="Somewhere")
    shown = await desk.page.inner_text("#panel-body")
    fresh = await desk.act("Address", city="Somewhere")

    assert "Not done" in stale
    assert "Suspended: Was rude" in shown
    assert fresh.startswith("Address changed")


async def test_a_member_gets_another_name_and_loses_a_card_a_note_and_a_guardian(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    mother, librarian = await embedded.enrol(), await embedded.librarian()
    body = {
        "name": "Kim Lovelace",
        "category": "child",
        "notes": [{"text": "Reads Spanish", "show_at_desk": False}],
        "guardians": [{"member_id": mother.member_id, "may": ["collect"]}],
    }
    child = done(await librarian.post(f"{embedded.members}/v1/members", body))
    await desk.at_the_desk(child["card_number"])
    await desk.open_panel("About the reader")

    nameless = await desk.act("Name and category", name=" ")
    await desk.page.keyboard.press("Escape")
    verdicts = [
        await desk.act("Name and category", name="Kim Byron"),
        await desk.act("Remove"),
        await desk.act("Remove"),
        await desk.act("Stop the card", reason="Lost"),
    ]
    after = done(await librarian.get(f"{embedded.members}/v1/members/{child['member_id']}"))

    assert "Not done" in nameless
    assert ["Changed", "Note removed", "Guardian removed", "Card stopped"] == [each.split("\n")[0] for each in verdicts]
    assert ("Kim Byron", [], []) == (after["name"], after["notes"], after["guardians"])
    assert after["card_stopped_at"] is not None


async def test_what_is_to_be_cleared_and_what_is_on_its_way_is_listed_with_the_names_of_branches(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [kept], [sent] = await embedded.shelve(title="Romola"), await embedded.shelve(title="Adam Bede")
    reader, librarian = await embedded.enrol(), await embedded.librarian()
    hold = {"book_id": kept.book_id, "member_id": reader.member_id, "pickup_branch": "MAIN"}
    placed = done(await librarian.post(f"{embedded.loans}/v1/holds", hold))
    at_main = {"copy_barcode": kept.barcode, "branch": "MAIN"}
    done(await librarian.post(f"{embedded.loans}/v1/returns", at_main))
    done(await librarian.post(f"{embedded.loans}/v1/holds/{placed['hold_id']}/cancel", {}))
    done(await librarian.post(f"{embedded.loans}/v1/transits", {"copy_barcode": sent.barcode, "to_branch": "EAST"}))

    await desk.choose_branch("MAIN")
    await desk.go("pull")
    cleared = await desk.page.locator("#shelf-list tr", has_text=kept.barcode).inner_text()
    away = await desk.page.locator("#transit-list tr", has_text=sent.barcode).inner_text()

    assert "Romola" in cleared
    assert "East" in away
    done(await librarian.post(f"{embedded.loans}/v1/returns", at_main))


async def test_what_is_noted_of_a_copy_is_confirmed_before_it_is_lent_and_taken_back(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [plain], reader = await embedded.shelve(title="Romola"), await embedded.enrol()
    librarian = await embedded.librarian()
    noted = {"barcode": f"DISCS-{plain.barcode}", "branch": "MAIN", "item_type": "discs", "staff_note": "3 discs."}
    done(await librarian.post(f"{embedded.books}/v1/books/{plain.book_id}/copies", noted))
    policy = done(await librarian.get(f"{embedded.loans}/v1/policies"))
    usual = {key: value for key, value in policy.items() if key not in {"version", "made_at"}}
    lends = next(rule for rule in usual["rules"] if rule["loanable"])
    discs = lends | {"name": "discs", "category": None, "item_type": "discs", "confirm_notes": True}
    await put_policy(embedded, usual | {"rules": [discs, *usual["rules"]]})

    await desk.at_the_desk(reader.card_number)
    refused = await desk.scan("copy", noted["barcode"], answers="lend-answers")
    asked = await desk.page.inner_text("#lend-answers .answer:first-child")
    await desk.page.get_by_role("button", name="It is so: go on").press("Enter")
    await desk.page.locator("#lend-answers").get_by_text("Lent until").wait_for()
    await desk.go("return")
    held = await desk.scan("returned", noted["barcode"], answers="return-answers")
    await desk.page.locator("#return-answers").get_by_role("button", name="It is so: go on").press("Enter")
    await desk.page.locator("#return-answers").get_by_text("To the shelf").wait_for()
    await put_policy(embedded, usual)

    assert ("Not lent", "Not done") == (refused, held)
    assert "On the copy: 3 discs." in asked


async def test_a_copy_that_must_be_seen_is_renewed_when_it_is_scanned_or_said_to_be_here(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], reader, librarian = (
        await embedded.shelve(title="Romola"),
        await embedded.enrol(),
        await embedded.librarian(),
    )
    policy = done(await librarian.get(f"{embedded.loans}/v1/policies"))
    usual = {key: value for key, value in policy.items() if key not in {"version", "made_at"}}
    await put_policy(embedded, usual | {"rules": [rule | {"unseen_renewals": 0} for rule in usual["rules"]]})
    await desk.at_the_desk(reader.card_number)
    await desk.scan("copy", copy.barcode, answers="lend-answers")
    here = "The copy is here: renew: Romola"

    await desk.page.locator("#borrowed").get_by_role("button", name="Renew: Romola").press("Enter")
    await desk.page.get_by_text("Bring the copy, and it is renewed here.").first.wait_for()
    await desk.page.get_by_role("button", name=here).press("Enter")
    await desk.page.locator("#lend-answers .answer:first-child").get_by_text("Renewed until").wait_for()
    refused = await desk.scan("copy", copy.barcode, answers="lend-answers")
    await desk.page.get_by_text("This reader has it already.").wait_for()
    await desk.page.get_by_role("button", name=here).first.press("Enter")
    await desk.page.locator("#lend-answers .answer:first-child").get_by_text("Renewed until").wait_for()
    [loan] = await embedded.loans_of(copy)
    await put_policy(embedded, usual)

    assert ("Not lent", 2) == (refused, loan["renewals"])


async def put_policy(embedded: EmbeddedLibrary, policy: dict[str, Any]) -> None:
    """Put a policy in force in place of the present one."""
    admin = await embedded.admin()
    present = await admin.get(f"{embedded.loans}/v1/policies")
    headers = {"Authorization": f"Bearer {admin.token}", "If-Match": present.headers["etag"]}
    done(await embedded.http.put(f"{embedded.loans}/v1/policies", json=policy, headers=headers))

"""Acts of a desk that the library refuses, each by keyboard alone: it is told in the form, and nothing is done."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import Copy, Member, done
from tests.end_to_end.test_desk_acts import asked_to_join, found

LONG_AGO = "2020-01-01"


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded, size=(1920, 1000)) as opened:
        yield opened


def heads(verdicts: list[str]) -> list[str]:
    return [each.split("\n")[0] for each in verdicts]


async def hold(embedded: EmbeddedLibrary, copy: Copy, reader: Member) -> dict[str, Any]:
    body = {"book_id": copy.book_id, "member_id": reader.member_id, "pickup_branch": "MAIN"}
    return done(await (await embedded.librarian()).post(f"{embedded.loans}/v1/holds", body))


async def test_what_cannot_be_on_record_of_a_member_is_refused(desk: Desk, embedded: EmbeddedLibrary) -> None:
    reader, other, librarian = await embedded.enrol(), await embedded.enrol(), await embedded.librarian()
    member = f"{embedded.members}/v1/members/{reader.member_id}"
    await desk.at_the_desk(reader.card_number)
    await desk.open_panel("About the reader")

    refused = [
        await desk.act("Renew the membership", expires_on=LONG_AGO),
        await desk.act("New card", card_number=other.card_number, reason="Lost"),
        await desk.act("Block", action="hold", reason="Never fetches", until=LONG_AGO),
        await desk.act("Suspend", reason="Was rude", until=LONG_AGO),
    ]
    done(await librarian.post(f"{member}/suspend", {"reason": "Was rude"}))
    refused.append(
        await desk.act("Add a note", text="Reads Spanish", show_at_desk=True)
    )  # of what is not shown any more
    await desk.page.get_by_text("Suspended: Was rude").wait_for()
    done(await librarian.post(f"{member}/reinstate", {}))
    refused.append(await desk.act("Reinstate"))
    after = await found(embedded, "members", f"members/{reader.member_id}")
    blocks = (await found(embedded, "members", f"members/{reader.member_id}/blocks"))["items"]

    assert ["Not done"] * 6 == heads(refused)
    assert ("active", reader.card_number, [], []) == (after["status"], after["card_number"], after["notes"], blocks)


async def test_money_that_cannot_be_is_refused_and_several_debts_are_paid_at_once(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    reader = await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    await desk.open_panel("Money")

    nothing = await desk.act("Charge", kind="damage", amount="0")
    charged = [await desk.act("Charge", kind=kind, amount="3.00") for kind in ("damage", "card")]
    more_than_owed = await desk.act("Waive", amount="9", reason="A regular")
    both = await desk.act("Take money", amount="6", method="card")
    fines = (await found(embedded, "loans", "fines", member_id=reader.member_id))["items"]

    assert ["Not done", "Charged", "Charged", "Not done"] == heads([nothing, *charged, more_than_owed])
    assert both.startswith("Taken")
    assert [(300, 0, 0)] * 2 == [tuple(each[part]["amount"] for part in ("paid", "waived", "owed")) for each in fines]


async def test_what_others_did_with_a_hold_meanwhile_is_told(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], first, second = await embedded.shelve(title="Romola"), await embedded.enrol(), await embedded.enrol()
    librarian = await embedded.librarian()
    done(await embedded.check_out(copy, await embedded.enrol()))
    firsts, _ = await hold(embedded, copy, first), await hold(embedded, copy, second)
    await desk.go("search")
    await desk.scan_words(copy.barcode)
    await desk.page.get_by_role("button", name="Romola").focus()
    await desk.page.keyboard.press("Enter")
    await desk.panel()
    await desk.page.get_by_role("button", name="Open the title").press("Enter")
    await desk.page.get_by_role("button", name="Put first").wait_for()
    await hold(embedded, copy, await embedded.enrol())
    late = await desk.act("Put first")  # somebody has joined the queue since
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("Escape")
    await desk.go("lend")
    await desk.at_the_desk(first.card_number)
    await desk.open_panel("1 hold")
    done(await librarian.post(f"{embedded.loans}/v1/holds/{firsts['hold_id']}/cancel", {}))

    refused = [await desk.act("Freeze", until=""), await desk.act("Other place", pickup="MAIN")]

    assert ["Not done"] * 3 == heads([late, *refused])
    assert 2 == len((await found(embedded, "loans", f"hold-queues/{copy.book_id}"))["items"])


async def test_what_others_did_with_a_copy_meanwhile_is_told(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(title="Felix Holt"), await embedded.enrol()

    async def open_copy() -> None:
        await desk.go("search")
        await desk.scan_words(copy.barcode)
        await desk.page.get_by_role("button", name="Felix Holt").focus()
        await desk.page.keyboard.press("Enter")
        await desk.panel()

    refused = []
    for name, typed in (("Says it was returned", {"reason": "In the drop"}), ("Lost", {"reason": "On a train"})):
        done(await embedded.check_out(copy, reader))
        await open_copy()
        done(await embedded.give_back(copy))
        refused.append(await desk.act(name, **typed))
        await desk.page.keyboard.press("Escape")
        await desk.page.keyboard.press("Escape")
    loan = done(await embedded.check_out(copy, reader))
    librarian = await embedded.librarian()
    for name, verb in (("End the claim", "claim-returned"), ("Found", "declare-lost")):
        done(await librarian.post(f"{embedded.loans}/v1/loans/{loan['loan_id']}/{verb}", {}))
        await open_copy()
        done(await embedded.give_back(copy))
        refused.append(await desk.act(name, reason="On the shelf"))
        await desk.page.keyboard.press("Escape")
        await desk.page.keyboard.press("Escape")
        loan = done(await embedded.check_out(copy, reader))

    assert ["Not done"] * 4 == heads(refused)


async def test_of_all_loans_those_are_not_renewed_that_somebody_waits_for_and_it_is_said_why(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [plain], [wanted], reader = await embedded.shelve(), await embedded.shelve(title="Romola"), await embedded.enrol()
    for copy in (plain, wanted):
        done(await embedded.check_out(copy, reader))
    await hold(embedded, wanted, await embedded.enrol())
    await desk.at_the_desk(reader.card_number)
    await desk.page.wait_for_selector("#borrowed tbody tr:nth-child(2)")

    told = await desk.act("Renew all", within="#borrowed")

    assert "1 of 2" in told
    assert len(told.splitlines()) > 2, "why the other one was not"
    assert [1, 0] == [(await embedded.loans_of(copy))[0]["renewals"] for copy in (plain, wanted)]


async def test_a_request_to_join_gets_nobody_elses_card(desk: Desk, embedded: EmbeddedLibrary) -> None:
    reader, token = await embedded.enrol(), await asked_to_join(embedded, "Harold Transome")
    body = {"confirmation_token": token}
    assert (await embedded.anybody.post(f"{embedded.members}/v1/applications/confirm", body)).is_success
    await desk.open_panel("Requests to join")
    within = "#panel section[aria-label='Harold Transome']"

    refused = await desk.act("Make a member", within=within, card_number=reader.card_number)
    forgotten = await desk.act("Forget the request", within=within, sure=True)

    assert ["Not done", "Request forgotten"] == heads([refused, forgotten])


async def test_a_copy_of_the_book_drop_comes_back_as_of_the_day_on_which_it_was_dropped(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], reader, librarian = await embedded.shelve(), await embedded.enrol(), await embedded.librarian()
    yesterday, before = (datetime.now(UTC) - timedelta(days=days) for days in (1, 3))
    on_paper = {"copy_barcode": copy.barcode, "card_number": reader.card_number}
    on_paper |= {"lent_at": before.isoformat(), "reason": "No power"}
    done(await librarian.post(f"{embedded.loans}/v1/loans", on_paper))
    await desk.go("return")

    await desk.page.fill("#returned-at", f"{yesterday:%Y-%m-%dT%H:%M}")
    await desk.page.focus("#returned")
    back = await desk.scan("returned", copy.barcode, answers="return-answers")
    [ended] = await embedded.loans_of(copy)

    assert "To the shelf" == back
    assert f"{yesterday:%Y-%m-%dT%H:%M}" == ended["returned_at"][:16]


async def test_what_is_not_to_be_pulled_any_more_is_not_missing(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader, librarian = (
        await embedded.shelve(title="The Moonstone"),
        await embedded.enrol(),
        await embedded.librarian(),
    )
    placed = await hold(embedded, copy, reader)
    await desk.choose_branch("MAIN")
    await desk.go("pull")
    missing = desk.page.get_by_role("button", name="Not on the shelf: The Moonstone")
    await missing.wait_for()
    done(await librarian.post(f"{embedded.loans}/v1/holds/{placed['hold_id']}/cancel", {}))

    await missing.press("Enter")
    await desk.page.locator("#pull-trouble").get_by_text("Not done").wait_for()

    assert "in_service" == (await embedded.look_up(copy))["status"]

"""What a desk does besides lending, each act by keyboard alone at the desk page: with its refusal and its success."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.end_to_end.desk import Desk, at_work
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import ApiClient, Member, done
from tests.end_to_end.plugin import WEBSITE

NEXT_YEAR = str(datetime.now(UTC).date() + timedelta(days=400))


@pytest.fixture
async def desk(browser: Browser, embedded: EmbeddedLibrary) -> AsyncIterator[Desk]:
    async with at_work(browser, embedded, size=(1920, 1000)) as opened:
        yield opened


async def found(embedded: EmbeddedLibrary, service: str, path: str, **asked: Any) -> dict[str, Any]:
    return done(await (await embedded.librarian()).get(f"{embedded.services[service]}/v1/{path}", **asked))


async def branch_east(embedded: EmbeddedLibrary) -> None:
    librarian = await embedded.librarian()
    await librarian.post(f"{embedded.books}/v1/branches", {"code": "EAST", "name": "East"})  # another test may have


async def holds_of(embedded: EmbeddedLibrary, member: Member) -> list[dict[str, Any]]:
    return list((await found(embedded, "loans", "holds", member_id=member.member_id))["items"])


async def test_a_hold_is_placed_moved_frozen_and_cancelled(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(title="Romola"), await embedded.enrol()
    await branch_east(embedded)
    await desk.page.reload()  # the desk learns of branches when it is opened
    await desk.at_the_desk(reader.card_number)

    title = await desk.open_panel("0 holds")
    unknown = await desk.act("Place a hold", item="no-such-copy", pickup="MAIN")
    placed = await desk.act("Place a hold", item=copy.barcode, pickup="MAIN")
    moved = await desk.act("Other place", pickup="EAST")
    [at_east] = await holds_of(embedded, reader)
    frozen = await desk.act("Freeze", until=NEXT_YEAR)
    [asleep] = await holds_of(embedded, reader)
    thawed = await desk.act("Wait again")
    cancelled = await desk.act("Cancel", reason="Bought it")
    [over] = await holds_of(embedded, reader)

    assert title == "Holds of Dorothea Brooke"
    assert "Not done" in unknown
    assert "No copy and no book has the code no-such-copy." in unknown
    assert [each.split("\n")[0] for each in (placed, moved, frozen, thawed, cancelled)] == [
        "On hold", "Moved", "Frozen", "Waits again", "Cancelled",
    ]  # fmt: skip
    assert ("EAST", True, "cancelled") == (at_east["pickup_branch"], asleep["suspended"], over["status"])


async def test_money_is_charged_taken_in_parts_and_waived_for_a_reason(desk: Desk, embedded: EmbeddedLibrary) -> None:
    reader = await embedded.enrol()
    await desk.at_the_desk(reader.card_number)

    await desk.open_panel("Money")
    await desk.act("Charge", kind="damage", amount="5.00", note="Wet pages")
    too_much = await desk.act("Take money", amount="9", method="cash")
    await desk.page.keyboard.press("Escape")
    part = await desk.act("Take money", amount="2", method="cash")
    receipt = await desk.page.get_by_role("region", name="Receipt").inner_text()
    waived = await desk.act("Waive", amount="1,50", reason="A regular")
    rest = await desk.act("Take money", amount="1.50", method="card")
    [fine] = (await found(embedded, "loans", "fines", member_id=reader.member_id))["items"]

    assert "Not done" in too_much
    assert part.startswith("Taken")
    assert "Cash" in receipt
    assert waived.startswith("Waived")
    assert "Still owed: €0.00" in rest
    assert [350, 150, 0] == [fine[part]["amount"] for part in ("paid", "waived", "owed")]


async def test_what_is_on_record_of_a_member_is_changed(desk: Desk, embedded: EmbeddedLibrary) -> None:
    reader, mother = await embedded.enrol(), await embedded.enrol()
    await desk.at_the_desk(reader.card_number)
    await desk.open_panel("About the reader")

    verdicts = [
        await desk.act("Address", street="12 Hidden Lane", city="Somewhere"),
        await desk.act("Renew the membership", expires_on=NEXT_YEAR),
        await desk.act("New card", card_number=f"NEW-{reader.card_number}", reason="Lost"),
        await desk.act("Block", action="hold", reason="Never fetches"),
        await desk.act("Lift"),
        await desk.act("Suspend", reason="Was rude"),
        await desk.act("Reinstate"),
        await desk.act("Add a note", text="Reads Spanish", show_at_desk=True),
        await desk.act("Add a guardian", card=mother.card_number),
        await desk.act("Message for the desk", text="Has our umbrella"),
    ]
    short = await desk.act("PIN", pin="1")
    pin = await desk.act("PIN", pin="4711")
    nobody = await desk.act("Add a guardian", card="no-such-card")
    after = await found(embedded, "members", f"members/{reader.member_id}")
    await desk.page.keyboard.press("Escape")
    told = await desk.act("Done", within="#chips")

    assert [each.split("\n")[0] for each in verdicts] == [
        "Address changed", "Membership renewed", "New card given", "Blocked", "Block lifted", "Suspended", "Reinstated",
        "Note added", "Guardian added", "Message left",
    ]  # fmt: skip
    assert "Not done" in short
    assert pin.startswith("PIN set")
    assert "Not done" in nobody
    assert "12 Hidden Lane" == after["address"]["street"]
    assert (NEXT_YEAR, f"NEW-{reader.card_number}", True) == (
        after["expires_on"],
        after["card_number"],
        after["has_pin"],
    )
    assert [mother.member_id] == [each["member_id"] for each in after["guardians"]]
    assert told.startswith("Message done")


async def test_who_is_known_already_is_shown_before_a_member_is_enrolled(desk: Desk, embedded: EmbeddedLibrary) -> None:
    librarian = await embedded.librarian()
    body = {"name": "Celia Twin", "category": "adult", "date_of_birth": "1990-01-02"}
    done(await librarian.post(f"{embedded.members}/v1/members", body))

    await desk.page.focus("#enrol")
    await desk.page.keyboard.press("Enter")
    await desk.panel()
    first = await desk.act("Enrol", name="Celia Twin", date_of_birth="1990-01-02")
    known = await desk.page.inner_text("#panel [role=status]")
    second = await desk.act("Enrol", name="Celia Twin", date_of_birth="1990-01-02")
    await desk.page.wait_for_selector("#copy:focus, #borrower .person")
    both = (await found(embedded, "members", "members", q="Celia Twin"))["items"]

    assert "1 member is perhaps the same person" in first
    assert "2 January 1990" in known
    assert second.startswith("Enrolled")
    assert 2 == len(both)


async def asked_to_join(embedded: EmbeddedLibrary, name: str) -> str:
    """Apply for a membership by the library's website; return the token by which the address is confirmed."""
    admin = await embedded.admin()
    headers = {"Authorization": f"Bearer {admin.token}", "If-Match": "*"}
    items = done(await admin.get(f"{embedded.members}/v1/categories"))["items"]
    online = [each | {"applications": each["category"] == "adult"} for each in items]
    done(await embedded.http.put(f"{embedded.members}/v1/categories", json={"items": online}, headers=headers))
    form = {"grant_type": "client_credentials", "scope": "members:recover"}
    [(client, registered)] = WEBSITE.items()
    asked = await embedded.http.post(
        f"{embedded.members}/v1/auth/token", data=form, auth=(client, str(registered["secret"]))
    )
    website = ApiClient(embedded.http, done(asked)["access_token"])
    body = {"name": name, "category": "adult", "email": f"{name.lower().replace(' ', '-')}@readers.example"}
    return str(done(await website.post(f"{embedded.members}/v1/applications", body))["confirmation_token"])


async def test_who_asked_to_join_becomes_a_member_or_is_forgotten(desk: Desk, embedded: EmbeddedLibrary) -> None:
    token = await asked_to_join(embedded, "Esther Lyon")
    other = await asked_to_join(embedded, "Nobody Real")

    async def act(name: str, who: str, **typed: str | bool) -> str:
        return await desk.act(name, within=f"#panel section[aria-label='{who}']", **typed)

    await desk.open_panel("Requests to join")
    early = await desk.page.inner_text("#panel-body")
    confirmed = await embedded.anybody.post(
        f"{embedded.members}/v1/applications/confirm", {"confirmation_token": token}
    )
    await embedded.anybody.post(f"{embedded.members}/v1/applications/confirm", {"confirmation_token": other})
    await desk.page.press("#panel-close", "Enter")
    await desk.open_panel("Requests to join")
    forgotten = await act("Forget the request", "Nobody Real", sure=True)
    left = await desk.page.inner_text("#panel-body")
    accepted = await act("Make a member", "Esther Lyon", card_number="")
    await desk.page.wait_for_selector("#copy:focus")
    at_the_desk = await desk.page.inner_text("#reader")

    assert "Esther Lyon" not in early
    assert confirmed.is_success
    assert forgotten.startswith("Request forgotten")
    assert "e-mail address confirmed on" in left
    assert "Nobody Real" not in left
    assert accepted.startswith("Is a member now")
    assert at_the_desk.startswith("Esther Lyon")


async def test_a_loan_gets_another_due_date_is_claimed_and_lost_and_found(
    desk: Desk, embedded: EmbeddedLibrary
) -> None:
    [copy], reader = await embedded.shelve(title="Felix Holt"), await embedded.enrol()
    done(await embedded.check_out(copy, reader))
    await desk.at_the_desk(reader.card_number)
    await desk.page.wait_for_selector("#borrowed tbody tr")
    await desk.page.get_by_role("button", name="More …: Felix Holt").focus()
    await desk.page.keyboard.press("Enter")
    await desk.panel()

    past = await desk.act("Other due date", due_on="2020-01-01", reason="Holiday")
    due = await desk.act("Other due date", due_on=str(datetime.now(UTC).date() + timedelta(days=9)), reason="Holiday")
    claimed = await desk.act("Says it was returned", reason="In the drop")
    ended = await desk.act("End the claim", **{"as": "found_on_shelf"})
    states = [loan["status"] for loan in await embedded.loans_of(copy)]
    done(await embedded.check_out(copy, reader))
    await desk.go("search")
    await desk.scan_words(copy.barcode)
    await desk.page.get_by_role("button", name="Felix Holt").focus()
    await desk.page.keyboard.press("Enter")
    await desk.panel()
    lost = await desk.act("Lost", reason="On a train")
    back = await desk.act("Found", reason="It came by post")

    assert "Not done" in past
    assert [each.split("\n")[0] for each in (due, claimed, ended, lost, back)] == [
        "Due date set", "Noted", "Ended", "Noted as lost", "Noted as found",
    ]  # fmt: skip
    assert ["returned"] == states


async def test_a_copy_is_noted_sent_on_and_marked_as_damaged(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy] = await embedded.shelve(title="Silas Marner")
    await branch_east(embedded)
    await desk.page.reload()
    await desk.go("search")
    await desk.scan_words(copy.barcode)
    await desk.page.get_by_role("button", name="Silas Marner").focus()
    await desk.page.keyboard.press("Enter")
    await desk.panel()

    lent = done(await embedded.check_out(copy, await embedded.enrol()))
    on_loan = await desk.act("Send to a branch", to_branch="EAST")
    await desk.page.keyboard.press("Escape")
    librarian = await embedded.librarian()
    done(await librarian.post(f"{embedded.loans}/v1/returns", {"copy_barcode": lent["barcode"]}))
    noted = await desk.act("Note", text="Map in the back")
    sent = await desk.act("Send to a branch", to_branch="EAST")
    damaged = await desk.act("Status", status="damaged", reason="Wet")
    after = await embedded.look_up(copy)

    assert (noted.split("\n")[0], damaged.split("\n")[0]) == ("Noted", "Status changed")
    assert "East" in sent
    assert "Not done" in on_loan
    assert ("Map in the back", "damaged") == (after["staff_note"], after["status"])


async def test_a_title_shows_its_queue_and_takes_a_hold_from_a_refusal(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], first, second, third = (
        await embedded.shelve(title="Daniel Deronda"),
        *[await embedded.enrol() for _ in range(3)],
    )
    done(await embedded.check_out(copy, first))
    await desk.at_the_desk(second.card_number)
    assert "Not lent" == await desk.scan("copy", copy.barcode, answers="lend-answers")
    await desk.page.get_by_role("button", name="Open the title: Daniel Deronda").focus()
    await desk.page.keyboard.press("Enter")
    title = await desk.panel()
    placed = await desk.act("Place a hold", pickup="MAIN")
    twice = await desk.act("Place a hold", pickup="MAIN")
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("Escape")
    await desk.go("search")
    await desk.scan_words("Deronda")
    await desk.page.get_by_role("button", name="Daniel Deronda").first.focus()
    await desk.page.keyboard.press("Enter")
    await desk.panel()
    other = await desk.act("Place a hold for a card", card=third.card_number)
    firsts = await desk.act("Put first")
    queue = (await found(embedded, "loans", f"hold-queues/{copy.book_id}"))["items"]

    assert title == "Daniel Deronda"
    assert placed.startswith("On hold")
    assert "Not done" in twice
    assert other.startswith("On hold")
    assert firsts.startswith("Is first now")
    assert [third.member_id, second.member_id] == [each["member_id"] for each in queue]


async def test_what_is_not_on_the_shelf_is_noted_and_that_is_undone(desk: Desk, embedded: EmbeddedLibrary) -> None:
    [copy], reader = await embedded.shelve(title="Adam Bede"), await embedded.enrol()
    librarian = await embedded.librarian()
    hold = {"book_id": copy.book_id, "member_id": reader.member_id, "pickup_branch": "MAIN"}
    done(await librarian.post(f"{embedded.loans}/v1/holds", hold))
    await desk.choose_branch("MAIN")
    await desk.go("pull")

    await desk.page.get_by_role("button", name="Not on the shelf: Adam Bede").focus()
    await desk.page.keyboard.press("Enter")
    await desk.page.get_by_role("button", name="It is there after all").wait_for()
    missing = await desk.verdict()
    back = await desk.act("It is there after all", within="#pull-trouble")

    assert "Noted as missing: Adam Bede" in missing
    assert back.startswith("Back in service")
    assert "in_service" == (await embedded.look_up(copy))["status"]


async def test_a_copy_without_a_record_is_added_and_lent(desk: Desk, embedded: EmbeddedLibrary) -> None:
    reader = await embedded.enrol()
    barcode = f"GUEST-{reader.card_number}"
    await desk.go("search")
    await desk.page.focus("#fast-add")
    await desk.page.keyboard.press("Enter")
    await desk.panel()
    added = await desk.act("Copy without a record", title="A guest's book", barcode=barcode, home_branch="MAIN")
    taken = await desk.act("Copy without a record", title="Another", barcode=barcode, home_branch="MAIN")
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("Escape")
    await desk.go("lend")
    await desk.at_the_desk(reader.card_number)
    lent = await desk.scan("copy", barcode, answers="lend-answers")

    assert added.startswith("Added")
    assert "Not done" in taken
    assert lent.startswith("Lent until")

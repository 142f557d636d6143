"""What a head of circulation met in one week, played from end to end in a running library."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done, eventually

NEW_YORK = ZoneInfo("America/New_York")


async def test_an_emergency_closing_moves_what_is_due_on_its_day_by_the_clock_of_the_branch(
    embedded: EmbeddedLibrary,
) -> None:
    admin, desk, member = await embedded.admin(), await embedded.librarian(), await embedded.enrol()
    branch = {"code": "NYC", "name": "New York", "timezone": NEW_YORK.key}
    assert (await admin.post(f"{embedded.books}/v1/branches", branch)).status_code in {201, 409}
    (copy,) = await embedded.shelve(title="Washington Square")
    lend = {"copy_barcode": copy.barcode, "card_number": member.card_number, "branch": "NYC"}
    loan = done(await desk.post(f"{embedded.loans}/v1/loans", lend))
    due_at = datetime.fromisoformat(loan["due_at"]).astimezone(NEW_YORK)
    day = due_at.date().isoformat()
    closures = f"{embedded.loans}/v1/calendars/NYC/closures"

    unknown = await admin.post(f"{embedded.loans}/v1/calendars/NCY/closures", {"from": day, "to": day, "name": "Flood"})
    closed = done(await admin.post(closures, {"from": day, "to": day, "name": "Burst pipe"}))

    assert "23:59:59" == due_at.time().isoformat()
    assert (422, ["NYC"]) == (unknown.status_code, unknown.json()["errors"][0]["did_you_mean"])
    assert [loan["loan_id"]] == [moved["loan_id"] for moved in closed["loans"]]
    moved = done(await desk.get(f"{embedded.loans}/v1/loans/{loan['loan_id']}"))
    later = datetime.fromisoformat(moved["due_at"]).astimezone(NEW_YORK)
    assert (1, "23:59:59") == ((later.date() - due_at.date()).days, later.time().isoformat())
    assert NEW_YORK.key == done(await desk.get(f"{embedded.loans}/v1/calendars/NYC"))["timezone"]


async def test_a_lost_copy_that_is_paid_for_lets_its_reader_borrow_again_and_its_price_comes_back_with_it(
    embedded: EmbeddedLibrary,
) -> None:
    desk, member = await embedded.librarian(), await embedded.enrol()
    lost, next_one = await embedded.shelve(copies=2, title="Lost Illusions")
    loan_id = done(await embedded.check_out(lost, member))["loan_id"]
    at = f"{embedded.loans}/v1/loans/{loan_id}"
    done(await desk.post(f"{at}/declare-lost", {"reason": "Left on the train."}))
    stopped = await embedded.check_out(next_one, member)
    pay = f"{embedded.loans}/v1/borrowers/{member.member_id}/payments"

    paid = [
        done(await desk.post(pay, {"amount": {"amount": 3000, "currency": "EUR"}, "reference": f"till-{loan_id}"}))
        for _ in range(2)
    ]

    assert "fines-owed" in {error["code"] for error in stopped.json()["errors"]}
    assert paid[0] == paid[1]
    assert "lost_and_paid" == done(await desk.get(at))["status"]
    account = done(await desk.get(f"{embedded.loans}/v1/borrowers/{member.member_id}"))
    assert (0, 0, []) == (account["open_loans"], account["overdue"], account["refusals"])
    done(await embedded.check_out(next_one, member))
    await embedded.shows(lost, "unavailable")
    scan = done(await embedded.give_back(lost))
    assert (loan_id, "returned") == (scan["loan"]["loan_id"], scan["loan"]["status"])
    fines = done(await desk.get(f"{embedded.loans}/v1/fines", loan_id=loan_id))["items"]
    assert {"lost": 2500, "processing": 0} == {fine["reason"]: fine["refunded"]["amount"] for fine in fines}
    await embedded.shows(lost, "available")


async def test_who_waits_for_a_book_and_asks_to_be_erased_is_gone_soon_and_the_next_one_is_served(
    embedded: EmbeddedLibrary,
) -> None:
    admin, desk = await embedded.admin(), await embedded.librarian()
    reader, leaver, behind = [await embedded.enrol() for _ in range(3)]
    (copy,) = await embedded.shelve(title="Persuasion")
    done(await embedded.check_out(copy, reader))
    holds: list[dict[str, Any]] = []
    for member in (leaver, behind):
        body = {"book_id": copy.book_id, "card_number": member.card_number, "pickup_branch": "MAIN"}
        holds.append(done(await desk.post(f"{embedded.loans}/v1/holds", body)))

    done(await admin.post(f"{embedded.members}/v1/members/{leaver.member_id}/erasure"))

    async def is_gone() -> bool:
        return (await admin.get(f"{embedded.members}/v1/members/{leaver.member_id}")).status_code == 404

    await eventually(is_gone)
    assert 404 == (await desk.get(f"{embedded.loans}/v1/holds/{holds[0]['hold_id']}")).status_code
    scan = done(await embedded.give_back(copy))
    assert (holds[1]["hold_id"], "hold_shelf") == (scan["hold"]["hold_id"], scan["next"])

"""What a head of circulation met in one week, played from end to end in a running library."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.end_to_end.gears import KIOSK_SECRET, EmbeddedLibrary
from tests.end_to_end.library import ApiClient, Copy, code_of, done, eventually

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


async def test_a_collection_that_moves_is_at_home_in_its_new_branch_as_soon_as_each_copy_is_back(
    embedded: EmbeddedLibrary,
) -> None:
    admin, desk, member = await embedded.admin(), await embedded.librarian(), await embedded.enrol()
    branch = {"code": "ANNEX", "name": "The annex"}
    assert (await admin.post(f"{embedded.books}/v1/branches", branch)).status_code in {201, 409}
    lent, at_home = await embedded.shelve(copies=2, title="The Spoils of Poynton")
    done(await embedded.check_out(lent, member))
    await embedded.shows(lent, "on_loan")

    async def scanned(copy: Copy, branch: str) -> dict[str, Any]:
        return done(await desk.post(f"{embedded.loans}/v1/returns", {"copy_barcode": copy.barcode, "branch": branch}))

    async def moved(copy: Copy) -> httpx.Response:
        headers = {"Authorization": f"Bearer {desk.token}", "If-Match": "*"}
        headers["Content-Type"] = "application/merge-patch+json"
        address = f"{embedded.books}/v1/copies/{copy.copy_id}"
        return await embedded.http.patch(address, content=json.dumps({"branch": "ANNEX"}), headers=headers)

    async def is_at_home_in_the_annex(copy: Copy) -> None:
        async def it_is() -> bool:
            return bool((await scanned(copy, "ANNEX"))["next"] == "shelf")

        await eventually(it_is)

    assert "copy-on-loan" == code_of(await moved(lent))
    assert "transit" == (await scanned(at_home, "ANNEX"))["next"]
    assert "ANNEX" == done(await moved(at_home))["branch"]
    await is_at_home_in_the_annex(at_home)
    scan = await scanned(lent, "MAIN")
    assert ("returned", "shelf") == (scan["loan"]["status"], scan["next"])
    await embedded.shows(lent, "available")
    assert "ANNEX" == done(await moved(lent))["branch"]
    await is_at_home_in_the_annex(lent)
    done(await embedded.check_out(lent, member))
    assert ["transit", "shelf"] == [(await scanned(lent, branch))["next"] for branch in ("MAIN", "ANNEX")]


async def test_who_waits_for_a_book_that_is_merged_gets_a_copy_of_the_one_that_stays(embedded: EmbeddedLibrary) -> None:
    desk, reader, waiting = await embedded.librarian(), await embedded.enrol(), await embedded.enrol()
    (lent,), (at_home,) = await embedded.shelve(title="Silas Marner"), await embedded.shelve(title="Silas Marner, too")
    loan_id = done(await embedded.check_out(lent, reader))["loan_id"]
    body = {"book_id": lent.book_id, "card_number": waiting.card_number, "pickup_branch": "MAIN"}
    hold = f"{embedded.loans}/v1/holds/{done(await desk.post(f'{embedded.loans}/v1/holds', body))['hold_id']}"

    done(await desk.post(f"{embedded.books}/v1/books/{lent.book_id}/merge", {"into": at_home.book_id}))

    async def has_followed() -> bool:
        held = done(await desk.get(hold))
        return held["target"] is not None and bool(held["title"] == "Silas Marner, too")

    await eventually(has_followed)
    held, loan = done(await desk.get(hold)), done(await desk.get(f"{embedded.loans}/v1/loans/{loan_id}"))
    assert (at_home.book_id, at_home.barcode) == (held["book_id"], held["target"]["barcode"])
    assert at_home.book_id == loan["book_id"]
    assert "hold_shelf" == done(await embedded.give_back(at_home))["next"]


async def test_a_stolen_secret_of_a_kiosk_opens_little_and_nothing_once_the_kiosk_is_struck_off(tmp_path: Path) -> None:
    kiosk = {"kiosk": {"secret": KIOSK_SECRET, "scopes": "loans:write"}}
    form = {"grant_type": "client_credentials", "client_id": "kiosk", "client_secret": KIOSK_SECRET}
    async with EmbeddedLibrary(DATA_DIR=str(tmp_path), MEMBERS_CLIENTS=json.dumps(kiosk)) as library:
        token = f"{library.members}/v1/auth/token"
        thief = ApiClient(library.http, done(await library.http.post(token, data=form))["access_token"])
        member, (copy,) = await library.enrol(), await library.shelve()
        lend = {"copy_barcode": copy.barcode, "card_number": member.card_number}

        for_years = await thief.post(f"{library.loans}/v1/loans", lend | {"due_at": "2036-01-01T12:00:00Z"})
        done(await thief.post(f"{library.loans}/v1/loans", lend))
        backdated = {"copy_barcode": copy.barcode, "returned_at": "2026-01-01T12:00:00Z"}
        too_early = await thief.post(f"{library.loans}/v1/returns", backdated)
        curious = await thief.get(f"{library.members}/v1/members/{member.member_id}")

        assert 0 == await asyncio.to_thread(library.process.end)
        library.process.environment["MEMBERS_CLIENTS"] = "{}"
        await asyncio.to_thread(library.process.start)
        struck_off = await library.http.post(token, data=form)
        lent = await library.loans_of(copy)

    assert [(403, ["staff-only"])] * 2 == [
        (refused.status_code, [error["code"] for error in refused.json()["errors"]])
        for refused in (for_years, too_early)
    ]
    assert 403 == curious.status_code
    assert (401, "invalid_client") == (struck_off.status_code, struck_off.json()["error"])
    assert ["open"] == [loan["status"] for loan in lent]

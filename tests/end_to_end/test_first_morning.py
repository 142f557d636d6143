"""The first morning after a library has moved in: what the desk finds is what the old system knew."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import ApiClient, done, eventually

KIOSK = {"id": "child-desk", "secret": "a secret that only this morning knows"}
SCOPES = ["loans:write", "members:verify"]
BOOKS: list[dict[str, Any]] = [
    {
        "title": "The First Morning", "isbn": "9780000900012",
        "copies": [{"barcode": f"FM-{n}", "branch": "DAWN", "shelf_mark": f"M {n}"} for n in range(1, 5)],
    },
    {
        "title": "A Late Return", "isbn": "9780000900029",
        "copies": [
            {"barcode": "LR-1", "branch": "DAWN", "shelf_mark": "R 1"},
            {"barcode": "LR-2", "branch": "DUSK", "shelf_mark": "R 2"},
            {"barcode": "LR-3", "branch": "DAWN", "shelf_mark": "M 9", "status": "missing"},
            {"barcode": "LR-TYPO", "branch": "DAWN", "shelf_mark": "R 4"},
        ],
    },
]  # fmt: skip
PARENT: dict[str, Any] = {
    "card_number": "FM-PARENT", "given_name": "Vera", "family_name": "Dawn", "category": "adult", "pin": "4819",
}  # fmt: skip
CHILD: dict[str, Any] = {
    "card_number": "FM-CHILD", "given_name": "Tom", "family_name": "Dawn", "category": "child",
    "date_of_birth": "2017-05-01", "pin": "1397", "guardians": [{"card_number": "FM-PARENT", "may": ["see"]}],
}  # fmt: skip
LOANS: list[dict[str, Any]] = [
    {
        "barcode": "FM-1", "card_number": "FM-PARENT", "checked_out_at": "2026-01-05", "due_at": "2026-01-26",
        "renewals": 1, "branch": "DAWN",
    },
    {
        "barcode": "LR-1", "card_number": "FM-PARENT", "checked_out_at": "2026-01-05", "due_at": "2031-01-26",
        "branch": "DAWN",
    },
]  # fmt: skip
HOLDS: list[dict[str, Any]] = [
    {"isbn": "9780000900012", "card_number": "FM-CHILD", "placed_at": "2026-01-07", "pickup_branch": "DAWN"},
    {
        "isbn": "9780000900012", "card_number": "FM-PARENT", "placed_at": "2026-01-06", "pickup_branch": "DAWN",
        "status": "ready", "copy_barcode": "FM-2", "pickup_until": "2031-01-31",
    },
]  # fmt: skip
FINES: list[dict[str, Any]] = [
    {"card_number": "FM-PARENT", "reason": "overdue", "amount": 400, "paid": 150, "since": "2026-01-02"},
]


@pytest.fixture(scope="module")
async def morning() -> AsyncIterator[EmbeddedLibrary]:
    """The library into which another has moved this night."""
    clients = {KIOSK["id"]: {"secret": KIOSK["secret"], "scopes": SCOPES}}
    async with EmbeddedLibrary(MEMBERS_CLIENTS=json.dumps(clients)) as library:
        admin = await library.admin()
        for code in ("DAWN", "DUSK"):
            done(await admin.post(f"{library.books}/v1/branches", {"code": code, "name": code.title()}))
        for records, address in (
            (BOOKS, f"{library.books}/v1/imports?format=json"),
            ([PARENT, CHILD], f"{library.members}/v1/imports?format=json"),
            (LOANS, f"{library.loans}/v1/imports?what=loans&format=json"),
            (HOLDS, f"{library.loans}/v1/imports?what=holds&format=json"),
            (FINES, f"{library.loans}/v1/imports?what=fines&format=json"),
        ):
            found = await imported(library, records, address)
            assert ("done", len(records)) == (found["state"], found["created"]), found
        yield library


async def imported(library: EmbeddedLibrary, records: list[dict[str, Any]], address: str) -> dict[str, Any]:
    admin = await library.admin()
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": "application/json"}
    job = await library.http.post(address, content=json.dumps(records).encode(), headers=headers)
    place = f"{address.partition('/v1/')[0]}/v1/imports/{done(job)['import_id']}"
    found: dict[str, Any] = {}

    async def ended() -> bool:
        found.update(done(await admin.get(place)))
        return found["state"] in {"done", "failed"}

    await eventually(ended)
    return found


async def kiosk(library: EmbeddedLibrary) -> ApiClient:
    form = {"grant_type": "client_credentials", "client_id": KIOSK["id"], "client_secret": KIOSK["secret"]}
    answer = done(await library.http.post(f"{library.members}/v1/auth/token", data=form))
    return ApiClient(library.http, answer["access_token"])


async def test_both_sides_agree_and_the_same_files_again_change_nothing(morning: EmbeddedLibrary) -> None:
    admin = await morning.admin()

    async def agree() -> bool:
        report = done(await admin.get(f"{morning.loans}/v1/consistency"))
        return not (report["disagreements"] or report["in_two_places"] or report["balances_wrong"])

    await eventually(agree)
    for records, what in ((LOANS, "loans"), (HOLDS, "holds"), (FINES, "fines")):
        again = await imported(morning, records, f"{morning.loans}/v1/imports?what={what}&format=json")
        assert (len(records), 0) == (again["skipped"], again["created"]), again


async def test_what_is_overdue_owed_and_waited_for_is_what_it_was(morning: EmbeddedLibrary) -> None:
    desk = await morning.librarian()
    overdue = done(await desk.get(f"{morning.loans}/v1/loans", overdue="true", branch="DAWN"))["items"]
    parent = overdue[0]["member_id"]
    fines = done(await desk.get(f"{morning.loans}/v1/fines", member_id=parent))["items"]
    held = done(await desk.get(f"{morning.loans}/v1/holds", member_id=parent))["items"]

    assert [("FM-1", 1, "2026-01-26T23:59:59Z")] == [
        (one["barcode"], one["renewals"], one["due_at"]) for one in overdue
    ]
    assert [(400, 250)] == [(one["amount"]["amount"], one["owed"]["amount"]) for one in fines]
    assert [("ready", "2031-01-31T23:59:59Z")] == [(one["status"], one["pickup_until"]) for one in held]


async def test_the_pull_list_names_one_free_copy_for_the_child_who_waits(morning: EmbeddedLibrary) -> None:
    desk = await morning.librarian()
    listed: list[str] = []

    async def chosen() -> bool:
        listed[:] = [
            one["barcode"]
            for one in done(await desk.get(f"{morning.loans}/v1/holds/pull-list", branch="DAWN"))["items"]
        ]
        return bool(listed)

    await eventually(chosen)
    assert 1 == len(listed)
    assert listed[0] in {"FM-3", "FM-4"}, "one is lent, one lies on the hold shelf"


async def test_a_child_without_an_address_borrows_by_card_and_pin(morning: EmbeddedLibrary) -> None:
    machine = await kiosk(morning)
    proof = {"card_number": "FM-CHILD", "pin": "1397"}

    proved = done(await machine.post(f"{morning.members}/v1/members/verify", proof))
    wrong = await machine.post(f"{morning.members}/v1/members/verify", proof | {"pin": "7531"})
    body = {"copy_barcode": "LR-2", "card_number": "FM-CHILD"}
    loan = done(await machine.post(f"{morning.loans}/v1/loans", body))
    mine = await ApiClient(morning.http, proved["access_token"]).get(f"{morning.loans}/v1/loans/mine", status="open")

    assert (401, proved["member_id"]) == (wrong.status_code, loan["member_id"])
    assert ["LR-2"] == [one["barcode"] for one in done(mine)["items"]]


async def test_the_parent_sees_what_the_child_has_and_the_child_does_not_see_the_parents(
    morning: EmbeddedLibrary,
) -> None:
    async def signed_in(card_number: str, pin: str) -> tuple[str, ApiClient]:
        proof = {"card_number": card_number, "pin": pin}
        proved = done(await (await kiosk(morning)).post(f"{morning.members}/v1/members/verify", proof))
        return proved["member_id"], ApiClient(morning.http, proved["access_token"])

    (child_id, child), (parent_id, parent) = await signed_in("FM-CHILD", "1397"), await signed_in("FM-PARENT", "4819")

    wards = done(await parent.get(f"{morning.members}/v1/members/me/wards"))["items"]
    seen = done(await parent.get(f"{morning.loans}/v1/loans/mine", member_id=child_id, status="open"))["items"]
    refused = await child.get(f"{morning.loans}/v1/loans/mine", member_id=parent_id, status="open")

    assert [child_id] == [one["member_id"] for one in wards]
    assert ["LR-2"] == [one["barcode"] for one in seen]
    assert (404, "member-not-found") == (refused.status_code, refused.json()["code"])


async def test_a_mistyped_barcode_is_corrected(morning: EmbeddedLibrary) -> None:
    desk = await morning.librarian()
    (copy,) = done(await desk.get(f"{morning.books}/v1/copies", barcode="LR-TYPO"))["items"]
    address = f"{morning.books}/v1/copies/{copy['copy_id']}"
    headers = {"Authorization": f"Bearer {desk.token}", "If-Match": (await desk.get(address)).headers["etag"]}

    done(await morning.http.patch(address, json={"barcode": "LR-4"}, headers=headers))

    assert [] == done(await desk.get(f"{morning.books}/v1/copies", barcode="LR-TYPO"))["items"]
    (found,) = done(await desk.get(f"{morning.books}/v1/copies", barcode="LR-4"))["items"]
    assert copy["copy_id"] == found["copy_id"]


async def test_stocktaking_of_a_shelf_finds_what_is_wrong_there(morning: EmbeddedLibrary) -> None:
    desk = await morning.librarian()
    shelf = {"branch": "DAWN", "shelf_mark_from": "M", "shelf_mark_to": "N"}
    inventory = done(await desk.post(f"{morning.books}/v1/inventories", shelf))
    address = f"{morning.books}/v1/inventories/{inventory['inventory_id']}"

    done(await desk.post(f"{address}/scans", {"barcodes": ["FM-3", "LR-3", "LR-1", "NOBODYS"]}))

    found = done(await desk.get(address))
    told = {name: {one["barcode"] for one in found[name]} for name in ("missing", "misplaced", "wrong_status")}
    assert {"missing": {"FM-4"}, "misplaced": {"LR-1"}, "wrong_status": {"LR-3", "LR-1"}} == told, "one is lent"
    assert ["NOBODYS"] == found["unknown"]

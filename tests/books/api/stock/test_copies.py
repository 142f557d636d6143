from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.books.api.conftest import Service, problem
from tests.books.makers import NOW, any_id

FULL = {
    "barcode": "Ab-1",
    "branch": "main",
    "item_type": "dvd",
    "shelf_mark": "AUS 823.7",
    "condition": "worn",
    "staff_note": "Two discs.",
    "price": {"amount": 1290, "currency": "EUR"},
}


async def test_a_copy_is_added_and_shown(service: Service) -> None:
    book, _ = await service.shelve()

    answer = await service.post(f"/v1/books/{book['book_id']}/copies", FULL)

    copy = answer.json()
    expected = FULL | {
        **dict.fromkeys(("location", "volume", "volume_key", "note", "external_id", "transit_to", "last_seen_at")),
        "keep_reason": None,
        "temporary": None,
        "stands": {"branch": "MAIN", "location": None, "why": "home", "since": "2026-03-02T10:00:00Z"},
        "holdable": True,
        "suppressed": False,
        "tags": [],
        "attributes": [],
        "bound_with": [],
        "version": 1,
        "copy_id": copy["copy_id"],
        "number": copy["number"],
        "book_id": book["book_id"],
        "branch": "MAIN",
        "status": "in_service",
        "status_since": "2026-03-02T10:00:00Z",
        "availability": "available",
        "due_at": None,
        "added_at": "2026-03-02T10:00:00Z",
    }
    assert (201, expected) == (answer.status_code, copy)
    assert (f"/v1/copies/{copy['copy_id']}", '"1-s"') == (answer.headers["location"], answer.headers["etag"])
    shown = await service.get(answer.headers["location"], by="librarian")
    assert (copy, '"1-s"') == (shown.json(), shown.headers["etag"])


async def test_the_tag_of_a_copy_that_is_out_tells_what_staff_read_from_what_all_do(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    path = f"/v1/copies/{copy['copy_id']}"
    await service.change("PATCH", path, {"staff_note": "Watch the maps."})
    await service.library.hear(UUID(copy["copy_id"]), "on_loan", sequence=1)

    tags = [(await service.get(path, by=who)).headers["etag"] for who in ("librarian", None)]

    assert tags[0] != tags[1]


async def test_a_copy_is_a_book_in_service_unless_something_else_is_said(service: Service) -> None:
    _, (copy,) = await service.shelve("1")

    assert ("book", None, None, None) == (copy["item_type"], copy["shelf_mark"], copy["condition"], copy["price"])


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"branch": "NOWHERE"}, "/branch", "unknown-branch"),
        ({"barcode": "ü"}, "/barcode", "invalid-barcode"),
        ({"barcode": ""}, "/barcode", "text-empty"),
        ({"item_type": "Two Words"}, "/item_type", "invalid-item-type"),
        ({"price": {"amount": -1, "currency": "EUR"}}, "/price/amount", "greater-than-equal"),
        ({"price": {"amount": 1.5, "currency": "EUR"}}, "/price/amount", None),
        ({"price": {"amount": 1, "currency": "euro"}}, "/price/currency", None),
        ({"price": 12}, "/price", None),
        ({"status": "sleeping"}, "/status", None),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_at_its_place(
    service: Service, wrong: dict[str, Any], pointer: str, code: str | None
) -> None:
    book, _ = await service.shelve()

    answer = await service.post(f"/v1/books/{book['book_id']}/copies", {"barcode": "1", "branch": "MAIN"} | wrong)

    assert 422 == answer.status_code
    (error,) = answer.json()["errors"]
    assert pointer == error["pointer"]
    assert code in (None, error["code"])


async def test_the_same_request_again_brings_the_same_copy(service: Service) -> None:
    book, _ = await service.shelve()
    path = f"/v1/books/{book['book_id']}/copies"

    first = await service.post(path, FULL, key="k-1")
    again = await service.post(path, FULL, key="k-1")

    assert (first.content, "true") == (again.content, again.headers["idempotency-replayed"])


@pytest.mark.parametrize("barcode", ["Ab-1", "AB-1", "%20ab-1%20"])
async def test_a_copy_is_looked_up_by_its_barcode(service: Service, barcode: str) -> None:
    _, (copy,) = await service.shelve("Ab-1")

    assert {"items": [copy], "next_cursor": None} == (await service.get(f"/v1/copies?barcode={barcode}")).json()


@pytest.mark.parametrize("barcode", ["2", "no%20such", "%E2%82%AC", "'%20OR%201=1", "%25"])
async def test_a_barcode_that_no_copy_has_finds_none(service: Service, barcode: str) -> None:
    assert {"items": [], "next_cursor": None} == (await service.get(f"/v1/copies?barcode={barcode}")).json()


@pytest.mark.parametrize(
    "query", ["?barcode=", "?barcode=1&barcode=2", "?colour=red", "?status=no", f"?barcode={'x' * 65}"]
)
async def test_copies_are_looked_up_by_one_barcode(service: Service, query: str) -> None:
    assert (422, "invalid-request") == problem(await service.get(f"/v1/copies{query}"))


async def test_a_copy_on_loan_shows_until_when(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    path = f"/v1/copies/{copy['copy_id']}"
    seen = await service.get(path)
    for days in (21, 42):
        due = NOW + timedelta(days=days)
        await service.library.hear(UUID(copy["copy_id"]), "on_loan", sequence=days, due_at=due)

        after = await service.get(path, if_none_match=seen.headers["etag"])

        assert (200, "on_loan") == (after.status_code, after.json()["availability"])
        assert due.isoformat().replace("+00:00", "Z") == after.json()["due_at"]
        assert 304 == (await service.get(path, if_none_match=after.headers["etag"])).status_code
        seen = after


async def test_why_a_copy_is_not_lent_is_told_in_the_language_that_is_asked_for(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": "in_repair", "reason": "torn"})
    service.http.headers["Accept-Language"] = "de"

    answer = await service.get("/v1/copies/lendability?barcode=1", by="loans")

    assert ["Dieses Exemplar wird gerade repariert."] == [each["detail"] for each in answer.json()["refusals"]]
    assert "de" == answer.headers["content-language"]


async def test_a_status_is_changed_with_a_reason_that_is_not_shown_to_the_public(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    service.library.clock.pass_by(timedelta(hours=1))

    answer = await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": "in_repair", "reason": "torn"})

    changed = {
        "status": "in_repair",
        "status_since": "2026-03-02T11:00:00Z",
        "availability": "unavailable",
        "version": 2,
    }
    assert (200, copy | changed) == (answer.status_code, answer.json())
    assert answer.headers["etag"].startswith('"2')
    assert answer.headers["etag"] == (await service.get(f"/v1/copies/{copy['copy_id']}")).headers["etag"]


async def test_withdrawn_is_final_unless_an_admin_says_otherwise(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    path = f"/v1/copies/{copy['copy_id']}/status"
    assert 200 == (await service.post(path, {"status": "withdrawn"})).status_code

    refused = await service.post(path, {"status": "in_service"})
    allowed = await service.post(path, {"status": "in_service"}, by="admin")

    assert (409, "copy-withdrawn") == problem(refused)
    assert (200, "in_service") == (allowed.status_code, allowed.json()["status"])


@pytest.mark.parametrize(
    "body", [{"status": "MISSING"}, {"status": "sleeping"}, {}, {"status": "missing", "reason": ""}], ids=str
)
async def test_a_status_is_one_of_the_words_of_the_table(service: Service, body: dict[str, Any]) -> None:
    _, (copy,) = await service.shelve("1")

    answer = await service.post(f"/v1/copies/{copy['copy_id']}/status", body)

    assert (422, "invalid-request") == problem(answer)


@pytest.mark.parametrize(("by", "status"), [(None, 401), ("member", 403), ("kiosk", 403), ("loans", 403)])
async def test_only_cataloguers_change_a_status(service: Service, by: str | None, status: int) -> None:
    _, (copy,) = await service.shelve("1")

    answer = await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": "missing"}, by=by)

    assert status == answer.status_code


async def test_lending_asks_whether_a_copy_may_be_lent(service: Service) -> None:
    book, _ = await service.shelve()
    copy = (await service.post(f"/v1/books/{book['book_id']}/copies", FULL)).json()

    by_barcode = await service.get("/v1/copies/lendability?barcode=AB-1", by="loans")
    by_id = await service.get(f"/v1/copies/lendability?copy_id={copy['copy_id']}", by="loans")

    expected = {
        "copy_id": copy["copy_id"],
        "book_id": book["book_id"],
        "barcode": "Ab-1",
        "title": "Emma",
        "branch": "MAIN",
        "item_type": "dvd",
        "price": {"amount": 1290, "currency": "EUR"},
        "lendable": True,
        "refusals": [],
        "desk_branch": None,
        "timezone": "UTC",
        "status_since": copy["status_since"],
        "hidden": False,
        "volume_key": None,
        "location": copy["location"],
        "staff_note": copy["staff_note"],
    }
    assert (200, expected, expected) == (by_barcode.status_code, by_barcode.json(), by_id.json())
    assert '"hidden":false' in by_id.text.replace(" ", "")
    assert "application/json" == by_id.headers["content-type"]


@pytest.mark.parametrize(("asked", "reported"), [("main", "MAIN"), ("%20Main%20", "MAIN"), ("ATLANTIS", None)])
async def test_lending_learns_how_the_library_writes_the_branch_that_asks(
    service: Service, asked: str, reported: str | None
) -> None:
    await service.shelve("1")

    answer = await service.get(f"/v1/copies/lendability?barcode=1&branch={asked}", by="loans")

    assert (200, True, reported) == (answer.status_code, answer.json()["lendable"], answer.json()["desk_branch"])


async def test_lending_learns_in_which_zone_it_is_asked(service: Service) -> None:
    await service.shelve("1")
    body = {"code": "EAST", "name": "Eastern branch", "timezone": "Europe/Vienna"}
    assert 201 == (await service.post("/v1/branches", body)).status_code

    zones = [
        (await service.get(f"/v1/copies/lendability?barcode=1{asked}", by="loans")).json()["timezone"]
        for asked in ("", "&branch=east", "&branch=main")
    ]

    assert ["UTC", "Europe/Vienna", "UTC"] == zones


@pytest.mark.parametrize("status", ["reference_only", "in_repair", "missing", "withdrawn"])
async def test_a_copy_that_is_not_lent_says_why(service: Service, status: str) -> None:
    _, (copy,) = await service.shelve("1")
    await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": status})

    answer = (await service.get("/v1/copies/lendability?barcode=1", by="loans")).json()

    (refusal,) = answer["refusals"]
    assert (False, None) == (answer["lendable"], answer["price"])
    assert ("copy-not-lendable", status) == (refusal["code"], refusal["status"])
    assert refusal["detail"]


@pytest.mark.parametrize(("by", "status"), [(None, 401), ("member", 403), ("librarian", 403), ("kiosk", 403)])
async def test_only_lending_asks_for_lendability(service: Service, by: str | None, status: int) -> None:
    assert status == (await service.get("/v1/copies/lendability?barcode=1", by=by)).status_code


@pytest.mark.parametrize(
    "query",
    ["", f"barcode=1&copy_id={any_id()}", "copy_id=17", "barcode=1&barcode=2", "isbn=1"],
    ids=["nothing", "both", "no id", "two barcodes", "an ISBN"],
)
async def test_lendability_is_asked_of_exactly_one_copy(service: Service, query: str) -> None:
    answer = await service.get(f"/v1/copies/lendability?{query}", by="loans")

    assert 422 == answer.status_code


async def test_a_copy_that_was_sent_elsewhere_or_seen_since_is_not_answered_304(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    path, tags = f"/v1/copies/{copy['copy_id']}", list[str]()
    inventory = (await service.post("/v1/inventories", {"branch": "MAIN"})).json()["inventory_id"]

    for sequence, branch in enumerate(("EAST", "WEST"), start=1):
        await service.library.hear(UUID(copy["copy_id"]), "in_transit", sequence=sequence, transit_to=branch)
        tags.append((await service.get(path)).headers["etag"])
    await service.post(f"/v1/inventories/{inventory}/scans", {"barcodes": ["1"]})
    seen = await service.get(path, if_none_match=tags[-1])

    assert (200, "WEST", "2026-03-02T10:00:00Z") == (
        seen.status_code,
        seen.json()["transit_to"],
        seen.json()["last_seen_at"],
    )
    assert 3 == len({*tags, seen.headers["etag"]})
    assert 304 == (await service.get(path, if_none_match=seen.headers["etag"])).status_code
    assert 200 == (await service.change("PATCH", path, {"note": "Wet."}, if_match=tags[0])).status_code

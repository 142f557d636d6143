"""The whole conversation: catalogue, member, check-out, event, return, in both gears and as separate processes."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jsonschema

from loans_service.persistence.messages import SCHEMAS
from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Library, code_of, done, eventually
from tests.end_to_end.witness import Seen


async def test_a_book_is_catalogued_lent_seen_by_its_reader_and_returned(library: Library) -> None:
    (copy,) = await library.shelve()
    reader = await library.enrol()

    assert "available" == (await library.look_up(copy))["availability"]

    answer = await library.check_out(copy, reader)

    assert 201 == answer.status_code, answer.text
    loan = answer.json()
    assert f"/v1/loans/{loan['loan_id']}" in answer.headers["location"]
    assert (copy.copy_id, copy.book_id, copy.barcode) == (loan["copy_id"], loan["book_id"], loan["barcode"])
    assert (reader.member_id, "Middlemarch", "MAIN", "open") == (
        loan["member_id"], loan["title"], loan["branch"], loan["status"],
    )  # fmt: skip
    assert loan["due_at"].endswith("T23:59:59Z")
    assert 21 == (_moment(loan["due_at"]).date() - _moment(loan["checked_out_at"]).date()).days
    assert (0, 2) == (loan["renewals"], loan["renewals_left"])
    assert loan["due_at"] == (await library.shows(copy, "on_loan"))["due_at"]

    themself = await library.signed_in(reader.person)
    mine = done(await themself.get(f"{library.loans}/v1/loans/mine"))["items"]
    assert [loan["loan_id"]] == [one["loan_id"] for one in mine]
    shown = await themself.get(f"{library.loans}/v1/loans/{loan['loan_id']}")
    assert (200, "open") == (shown.status_code, shown.json()["status"])

    returned = done(await library.give_back(copy))

    assert (loan["loan_id"], "returned", "shelf") == (
        returned["loan"]["loan_id"], returned["loan"]["status"], returned["next"],
    )  # fmt: skip
    assert (await library.shows(copy, "available"))["due_at"] is None
    again = done(await library.give_back(copy))
    assert again["loan"] is None


async def test_a_returned_copy_waits_for_whoever_holds_it_and_a_missed_one_for_nobody(library: Library) -> None:
    (copy,) = await library.shelve()
    reader, next_reader = await library.enrol(), await library.enrol()
    loan = done(await library.check_out(copy, reader))
    themself, desk = await library.signed_in(next_reader.person), await library.librarian()
    held = done(await themself.post(f"{library.loans}/v1/holds", {"book_id": copy.book_id, "pickup_branch": "MAIN"}))
    assert ("waiting", 1) == (held["status"], held["position"])
    assert "held-by-other" == code_of(await desk.post(f"{library.loans}/v1/loans/{loan['loan_id']}/renew", {}))

    scan = done(await library.give_back(copy))

    assert ("hold_shelf", held["hold_id"]) == (scan["next"], scan["hold"]["hold_id"])
    await library.shows(copy, "on_hold_shelf")
    (mine,) = done(await themself.get(f"{library.loans}/v1/holds/mine"))["items"]
    assert ("ready", True) == (mine["status"], mine["pickup_until"].endswith("T23:59:59Z"))
    assert "copy-held-for-other" == code_of(await library.check_out(copy, reader))

    fetched = done(await library.check_out(copy, next_reader))
    lost = done(await desk.post(f"{library.loans}/v1/loans/{fetched['loan_id']}/declare-lost", {}))
    assert "lost" == lost["status"]
    assert (await library.shows(copy, "unavailable"))["due_at"] is None


async def test_one_hold_stops_one_copy_and_another_is_pulled_when_that_is_not_found(library: Library) -> None:
    copies = await library.shelve(copies=3)
    reader, other = await library.enrol(), await library.enrol()
    desk = await library.librarian()
    hold = {"book_id": copies[0].book_id, "member_id": reader.member_id, "pickup_branch": "MAIN"}
    held = done(await desk.post(f"{library.loans}/v1/holds", hold))
    path = f"{library.loans}/v1/holds/{held['hold_id']}"
    (targeted,) = [copy for copy in copies if copy.copy_id == held["target"]["copy_id"]]
    taken, free = [copy for copy in copies if copy != targeted]

    assert "copy-held-for-other" == code_of(await library.check_out(targeted, other))
    assert 201 == (await library.check_out(taken, other)).status_code
    done(await desk.post(f"{path}/not-found", {}))

    async def another_is_pulled() -> bool:
        target = done(await desk.get(path))["target"]
        return target is not None and target["copy_id"] == free.copy_id

    await eventually(another_is_pulled)
    listed = done(await desk.get(f"{library.loans}/v1/holds/pull-list", branch="MAIN", limit=100))["items"]
    assert [free.barcode] == [item["barcode"] for item in listed if item["hold_id"] == held["hold_id"]]


async def test_a_copy_that_is_added_is_pulled_for_whoever_waits(library: Library) -> None:
    (copy,) = await library.shelve()
    reader, waiting = await library.enrol(), await library.enrol()
    desk = await library.librarian()
    done(await library.check_out(copy, reader))
    hold = {"book_id": copy.book_id, "member_id": waiting.member_id}
    held = done(await desk.post(f"{library.loans}/v1/holds", hold))
    assert held["target"] is None

    new = await library.label(copy.book_id)

    async def it_is_pulled() -> bool:
        target = done(await desk.get(f"{library.loans}/v1/holds/{held['hold_id']}"))["target"]
        return target is not None and target["copy_id"] == new.copy_id

    await eventually(it_is_pulled)


async def test_a_reader_sees_no_loans_but_their_own(library: Library) -> None:
    (copy,) = await library.shelve()
    reader, other = await library.enrol(), await library.enrol()
    loan = done(await library.check_out(copy, reader))

    stranger = await library.signed_in(other.person)

    assert [] == done(await stranger.get(f"{library.loans}/v1/loans/mine"))["items"]
    assert 404 == (await stranger.get(f"{library.loans}/v1/loans/{loan['loan_id']}")).status_code
    assert 403 == (await stranger.get(f"{library.loans}/v1/loans", member_id=reader.member_id)).status_code
    assert 403 == (await stranger.post(f"{library.loans}/v1/returns", {"copy_barcode": copy.barcode})).status_code
    nobody = await library.anybody.get(f"{library.loans}/v1/loans/mine")
    assert 401 == nobody.status_code
    assert nobody.headers["www-authenticate"].startswith("Bearer")


async def test_everything_that_speaks_against_a_loan_is_said_at_once(library: Library) -> None:
    (copy,) = await library.shelve()
    reader = await library.enrol()
    done(await library.check_out(copy, reader))
    desk = await library.librarian()

    refused = await desk.post(
        f"{library.loans}/v1/loans", {"copy_barcode": copy.barcode, "card_number": "29999999999999"}
    )

    assert 404 == refused.status_code
    assert "member-not-found" == code_of(refused)
    assert ["member-not-found", "copy-on-loan"] == [error["code"] for error in refused.json()["errors"]]


async def test_the_world_hears_of_a_loan_and_its_return_in_order(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()

    loan = done(await production.check_out(copy, reader))
    returned = done(await production.give_back(copy))["loan"]

    events = await production.witness.of_copy(copy.copy_id, 4)
    assert [
        ("loans.loan.checked_out", None),
        ("loans.copy.availability_changed", "on_loan"),
        ("loans.loan.returned", None),
        ("loans.copy.availability_changed", "available"),
    ] == [(event.type, event.data.get("availability")) for event in _told_in_pairs(events)]
    assert _grows(event.sequence for event in events)
    for event in events:
        _is_sound(event)
    by_type = {event.type: event.data for event in events}
    assert loan["loan_id"] == by_type["loans.loan.checked_out"]["loan_id"]
    assert reader.member_id == by_type["loans.loan.checked_out"]["member_id"]
    assert loan["due_at"] == by_type["loans.loan.checked_out"]["due_at"]
    assert returned["returned_at"] == by_type["loans.loan.returned"]["returned_at"]


def _told_in_pairs(events: list[Seen]) -> list[Seen]:
    """Order the two events of each act by their type: which of them comes first is nobody's concern."""
    acts = [events[start : start + 2] for start in range(0, len(events), 2)]
    return [event for act in acts for event in sorted(act, key=lambda event: event.type, reverse=True)]


def _is_sound(event: Seen) -> None:
    """Check envelope, transport and data against section 8 of the contract."""
    attributes = event.attributes
    assert UUID(event.id).version == 7
    assert ("/loans", "application/json") == (attributes["source"], attributes["datacontenttype"])
    assert event.type in attributes["dataschema"]
    assert attributes["time"] <= datetime.now(UTC)
    assert attributes["correlationid"]
    assert (event.type, "application/cloudevents+json", True) == (
        event.routing_key, event.content_type, event.persistent,
    )  # fmt: skip
    jsonschema.validate(event.data, SCHEMAS[event.type], format_checker=jsonschema.FormatChecker())
    assert event.subject == event.data["copy_id"]


def _grows(numbers: Iterable[int]) -> bool:
    return all(first < second for first, second in itertools.pairwise(numbers))


def _moment(text: Any) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)

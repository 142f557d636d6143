"""Holds of another system come in."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loans_service.adapters.sql_tables import circulation_records, holds
from shared.kernel.file_records import Counts
from tests.loans.application.moving_in.conftest import NewHome
from tests.loans.makers import ADA, EMMA, EMMA_COPY

HOLD = {"card_number": "ADA", "book_id": str(EMMA), "placed_at": "2026-02-01T10:00:00Z", "pickup_branch": "main"}
KIMS = HOLD | {"card_number": "KIM", "placed_at": "2026-01-15"}


async def queue(home: NewHome) -> list[Any]:
    rows = sorted(await home.rows(holds), key=lambda row: row["queue_order"])
    return [(row["member_id"] == ADA and "ADA") or "KIM" for row in rows]


async def test_holds_wait_in_the_order_of_their_dates_whatever_the_order_of_the_file(home: NewHome) -> None:
    whole = await home.bring("holds", HOLD, KIMS)

    assert (Counts(read=2, created=2), ()) == (whole.counts, whole.errors)
    assert ["KIM", "ADA"] == await queue(home)
    assert [("loans.hold.placed", True)] * 2 == await home.told()


async def test_who_has_waited_for_longer_elsewhere_comes_before_those_who_wait_here(home: NewHome) -> None:
    for barcode in (home.branch.catalogue.copies[0].barcode, "C2"):
        await home.branch.check_out(barcode, card="KIM")
    await home.branch.hold(card="ADA")

    await home.bring("holds", KIMS)

    assert ["KIM", "ADA"] == await queue(home)


async def test_the_worker_finds_the_copies_that_are_to_be_pulled(home: NewHome) -> None:
    await home.bring("holds", HOLD)

    await home.branch.choose_targets()

    (record,) = await home.rows(circulation_records)
    assert "requested" == record["status"]
    assert ("loans.copy.availability_changed", False) in await home.told(), "this happens now"


async def test_a_copy_on_the_hold_shelf_lies_there_for_its_member(home: NewHome) -> None:
    ready = HOLD | {"status": "ready", "copy_barcode": "30000000000019", "pickup_until": "2026-03-05"}

    whole = await home.bring("holds", ready)

    (hold,), (record,) = await home.rows(holds), await home.rows(circulation_records)
    assert Counts(read=1, created=1) == whole.counts
    assert ("ready", EMMA_COPY, datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)) == (
        hold["status"], hold["copy_id"], hold["pickup_until"]
    )  # fmt: skip
    assert ("hold_shelf", "MAIN", hold["hold_id"]) == (record["status"], record["branch"], record["hold_id"])
    assert {
        ("loans.hold.placed", True), ("loans.hold.ready", True), ("loans.copy.availability_changed", True)
    } == set(await home.told())  # fmt: skip
    assert "fulfilled" == await after_check_out(home)


async def after_check_out(home: NewHome) -> str:
    await home.branch.check_out("30000000000019", card="ADA")
    (hold,) = await home.rows(holds)
    return str(hold["status"])


async def test_a_copy_on_its_way_reaches_the_hold_shelf_by_a_scan(home: NewHome) -> None:
    await home.bring("holds", HOLD | {"status": "in_transit", "copy_barcode": "C2"})

    (record,) = await home.rows(circulation_records)
    assert ("in_transit", "MAIN") == (record["status"], record["branch"])
    assert "hold_shelf" == (await home.branch.scan("C2", branch="MAIN")).next


async def test_the_same_file_again_changes_nothing(home: NewHome) -> None:
    of_copy = KIMS | {"book_id": None, "barcode": "C2", "external_id": "r-2"}
    await home.bring("holds", HOLD, of_copy)
    before = await home.rows(holds)

    again = await home.bring("holds", HOLD, of_copy)

    assert Counts(read=2, skipped=2) == again.counts
    assert before == await home.rows(holds)


async def test_who_waits_already_does_not_wait_twice(home: NewHome) -> None:
    await home.branch.hold(card="ADA")

    whole = await home.bring("holds", HOLD)

    assert Counts(read=1, skipped=1) == whole.counts


async def test_limits_are_reported_and_hold_nothing_up(home: NewHome) -> None:
    await home.branch.put_policy(terms=[{"category": None, "most_loans": 9, "most_holds": 0, "most_overdue": 1,
                                         "most_owed": {"amount": 1000, "currency": "EUR"}}])  # fmt: skip

    whole = await home.bring("holds", HOLD)

    assert Counts(read=1, created=1) == whole.counts
    assert ["hold-limit-reached"] == [error.code for error in whole.errors]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"book_id": "nonsense"}, ["book-not-found"]),
        ({"book_id": None}, ["book-not-named"]),
        ({"barcode": "C2"}, ["book-not-named"]),
        ({"pickup_branch": "MOON"}, ["unknown-branch"]),
        ({"status": "ready"}, ["copy-not-named"]),
        ({"status": "ready", "copy_barcode": "C3"}, ["copy-of-other-book"]),
        ({"placed_at": "2027-01-01"}, ["invalid-time"]),
        ({"card_number": "NOBODY", "book_id": "nonsense"}, ["book-not-found", "member-not-found"]),
    ],
)
async def test_a_bad_record_is_told_with_what_is_wrong(home: NewHome, change: dict[str, Any], codes: list[str]) -> None:
    whole = await home.bring("holds", HOLD | change, KIMS)

    assert (1, 1) == (whole.counts.created, whole.counts.failed)
    assert codes == [error.code for error in whole.errors]


async def test_a_copy_serves_one_hold_alone(home: NewHome) -> None:
    ready = {"status": "ready", "copy_barcode": "30000000000019"}

    whole = await home.bring("holds", HOLD | ready, KIMS | ready)

    assert ["copy-not-free"] == [error.code for error in whole.errors]

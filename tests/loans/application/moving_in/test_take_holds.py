"""Holds of another system come in."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loans_service.persistence.tables import circulation_records, holds
from shared.kernel.file_records import Counts
from tests.loans.application.moving_in.conftest import NewHome
from tests.loans.makers import ADA, EMMA, EMMA_COPY, default_document

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


@pytest.mark.parametrize(("kind", "recalled"), [(None, 0), ("hold", 0), ("recall", 1)])
async def test_a_recall_that_comes_asks_one_loan_back_and_a_hold_does_not(
    home: NewHome, kind: str | None, recalled: int
) -> None:
    rules = [rule | {"recall": {"minimum_days": 7, "due_in_days": 3}} for rule in default_document()["rules"]]
    await home.branch.put_policy(rules=rules)
    lent = {(await home.branch.check_out(one, card="KIM")).due_at for one in ("30000000000019", "C2")}

    whole = await home.bring("holds", HOLD | {"kind": kind})
    await home.branch.choose_targets()

    assert Counts(read=1, created=1) == whole.counts
    assert recalled == sum(due_at not in lent for due_at in (await home.branch.due_dates()).values())


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


R1 = HOLD | {"external_id": "r-1"}
ON_THE_SHELF = {"status": "ready", "copy_barcode": "30000000000019", "pickup_until": "2026-03-05"}


async def test_a_hold_that_comes_again_is_fetched_elsewhere_and_keeps_its_place(home: NewHome) -> None:
    await home.bring("holds", R1, KIMS)

    again = await home.bring_again("holds", R1 | {"pickup_branch": "east"})

    assert ({"updated": 1}, []) == again
    assert ["KIM", "ADA"] == await queue(home)
    assert {"EAST", "MAIN"} == {row["pickup_branch"] for row in await home.rows(holds)}


async def test_a_copy_that_is_kept_since_the_first_file_lies_there_for_its_member(home: NewHome) -> None:
    await home.bring("holds", R1)
    await home.branch.choose_targets()

    assert ({"updated": 1}, []) == await home.bring_again("holds", R1 | ON_THE_SHELF)

    (hold,) = await home.rows(holds)
    assert ("ready", EMMA_COPY) == (hold["status"], hold["copy_id"])
    assert [(EMMA_COPY, "hold_shelf", hold["hold_id"])] == await served(home), "nothing is to be pulled any more"
    assert "fulfilled" == await after_check_out(home)


async def test_the_copy_that_was_to_be_pulled_stays_on_its_shelf_when_another_is_kept(home: NewHome) -> None:
    await home.bring("holds", R1)
    await home.branch.choose_targets()
    ((target, _, hold_id),) = await served(home)
    other = next(copy for copy in home.branch.catalogue.copies[:2] if copy.copy_id != target)

    again = await home.bring_again("holds", R1 | ON_THE_SHELF | {"copy_barcode": other.barcode})

    assert ({"updated": 1}, []) == again
    assert [(other.copy_id, "hold_shelf", hold_id)] == await served(home)


async def test_who_was_to_get_the_copy_waits_again_when_it_is_kept_for_another(home: NewHome) -> None:
    await home.bring("holds", KIMS)
    await home.branch.choose_targets()
    ((target, *_),) = await served(home)
    (copy,) = (one for one in home.branch.catalogue.copies if one.copy_id == target)

    await home.bring("holds", HOLD | ON_THE_SHELF | {"copy_barcode": copy.barcode})

    of_member = {row["member_id"]: row for row in await home.rows(holds)}
    assert (target, "ready") == (of_member[ADA]["copy_id"], of_member[ADA]["status"])
    assert [(target, "hold_shelf", of_member[ADA]["hold_id"])] == await served(home)
    (kims,) = (row for member_id, row in of_member.items() if member_id != ADA)
    assert ("waiting", None) == (kims["status"], kims["copy_id"])
    await home.branch.choose_targets()
    assert 2 == len(await served(home)), "another copy is to be pulled for Kim"


async def served(home: NewHome) -> list[Any]:
    found = [(row["copy_id"], row["status"], row["hold_id"]) for row in await home.rows(circulation_records)]
    return [one for one in found if one[2] is not None]


async def test_a_copy_that_travelled_in_the_first_file_has_arrived(home: NewHome) -> None:
    await home.bring("holds", R1 | ON_THE_SHELF | {"status": "in_transit", "pickup_until": None})

    assert ({"updated": 1}, []) == await home.bring_again("holds", R1 | ON_THE_SHELF)

    (hold,) = await home.rows(holds)
    assert ("ready", datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)) == (hold["status"], hold["pickup_until"])
    assert ({"updated": 1}, []) == await home.bring_again("holds", R1 | ON_THE_SHELF | {"pickup_until": "2026-03-09"})
    assert [(EMMA_COPY, "hold_shelf", hold["hold_id"])] == await served(home)


async def test_a_copy_that_serves_another_is_not_kept_for_it_and_nothing_of_the_record_counts(home: NewHome) -> None:
    await home.bring("holds", R1, KIMS | ON_THE_SHELF)

    again = await home.bring("holds", R1 | ON_THE_SHELF | {"pickup_branch": "east"})

    assert (Counts(read=1, failed=1), ["copy-not-free"]) == (again.counts, [error.code for error in again.errors])
    assert {"MAIN"} == {row["pickup_branch"] for row in await home.rows(holds)}


@pytest.mark.parametrize(
    ("first", "change", "told"),
    [
        ({}, {"placed_at": "2026-02-03"}, "record-differs placed_at"),
        ({}, {"card_number": "KIM"}, "record-differs card_number"),
        ({}, {"book_id": None, "barcode": "C2"}, "record-differs barcode"),
        (ON_THE_SHELF, {"status": "waiting"}, "record-differs status"),
        (ON_THE_SHELF, {"pickup_branch": "east"}, "record-differs pickup_branch"),
        (ON_THE_SHELF, {"copy_barcode": "C2"}, "record-differs copy_barcode"),
    ],
)
async def test_in_what_a_hold_does_not_follow_its_record_is_told_once(
    home: NewHome, first: dict[str, Any], change: dict[str, Any], told: str
) -> None:
    await home.bring("holds", R1 | first)
    before = await home.rows(holds)

    again = await home.bring_again("holds", R1 | first | change)

    assert ({"skipped": 1}, [told]) == again
    assert before == await home.rows(holds)


async def test_a_hold_that_has_ended_here_stays_so_and_that_is_told(home: NewHome) -> None:
    await home.bring("holds", R1)
    (hold,) = await home.rows(holds)
    await home.branch.cancel(hold["hold_id"])

    assert ({"skipped": 1}, ["record-ended"]) == await home.bring_again("holds", R1 | {"pickup_branch": "east"})
    assert ["cancelled"] == [row["status"] for row in await home.rows(holds)]


async def test_who_waits_here_and_has_waited_for_longer_elsewhere_is_told(home: NewHome) -> None:
    await home.branch.hold(card="ADA")

    assert ({"skipped": 1}, ["record-differs placed_at"]) == await home.bring_again("holds", HOLD)

from datetime import datetime, timedelta
from typing import Any

from loans_service.domain.circulating_copy import Availability, CirculatingCopy, NextStop, Stands, StandsWhy
from loans_service.domain.holds.circulation_record import CirculationRecord, CirculationStatus
from loans_service.domain.holds.hold import Hold, HoldStatus
from tests.loans.makers import EMMA_COPY, NOW, a_hold, emmas_copy

NEXT_WEEK = NOW + timedelta(days=7)


def scan(
    record: CirculationRecord, branch: str = "MAIN", hold: Hold | None = None, *, now: datetime = NOW, **how: Any
) -> None:
    record.receive(branch, hold=hold, shelf_until=NEXT_WEEK, now=now, **how)


def release(record: CirculationRecord, hold: Hold | None = None) -> None:
    record.release(hold, shelf_until=NEXT_WEEK, now=NOW)


def seen(record: CirculationRecord) -> list[Availability]:
    return [event.availability for event in record.take_events()]


def on_the_shelf_for(hold: Hold, copy: CirculatingCopy | None = None) -> CirculationRecord:
    record = CirculationRecord(copy or emmas_copy())
    scan(record, hold=hold, was_out=True)
    record.take_events()
    return record


def test_a_copy_that_is_requested_stays_on_its_shelf_and_is_shown_so() -> None:
    hold, record = a_hold(), CirculationRecord(emmas_copy())

    record.request(hold, now=NOW)

    assert (CirculationStatus.REQUESTED, hold.id, NextStop.SHELF) == (record.status, record.hold_id, record.next_stop)
    assert (HoldStatus.WAITING, EMMA_COPY, "MAIN") == (hold.status, hold.copy_id, hold.target_branch)
    assert [Availability.REQUESTED] == seen(record)
    assert not record.is_captured


def test_a_requested_copy_that_is_released_is_simply_at_home_again() -> None:
    hold, record = a_hold(), CirculationRecord(emmas_copy())
    record.request(hold, now=NOW)

    release(record)

    assert (CirculationStatus.HOME, None) == (record.status, record.hold_id)
    assert [Availability.REQUESTED, Availability.AVAILABLE] == seen(record)


def test_a_requested_copy_that_is_scanned_is_captured() -> None:
    hold, record = a_hold(), CirculationRecord(emmas_copy())
    record.request(hold, now=NOW)

    scan(record, hold=hold)

    assert (HoldStatus.READY, None, True) == (hold.status, hold.target_branch, record.is_captured)


def test_a_copy_that_is_at_home_elsewhere_now_stands_there() -> None:
    record = CirculationRecord(emmas_copy())
    record.request(a_hold(), now=NOW)

    record.describe(emmas_copy(home_branch="WEST"), now=NOW)

    assert "WEST" == record.branch


def test_a_copy_that_floats_stays_where_it_came_back() -> None:
    record = CirculationRecord(emmas_copy())

    scan(record, "EAST", was_out=True, stays=True)

    assert (CirculationStatus.HOME, "EAST", NextStop.SHELF) == (record.status, record.branch, record.next_stop)
    assert [Availability.AVAILABLE] == seen(record)


def test_a_copy_that_got_another_home_before_it_came_back_floats_where_it_was_put() -> None:
    record = CirculationRecord(emmas_copy(home_branch="EAST"))

    record.float_from("MAIN", now=NEXT_WEEK)

    assert (emmas_copy(home_branch="MAIN"), "EAST", NEXT_WEEK) == (record.copy, record.branch, record.since)
    (event,) = record.take_events()
    assert (NEXT_WEEK, Stands("EAST", StandsWhy.FLOATED)) == (event.at, event.stands)


def test_a_missing_copy_that_is_scanned_is_told_to_have_been_seen() -> None:
    record = CirculationRecord(emmas_copy())

    scan(record, was_missed=True)

    (event,) = record.take_events()
    assert (Availability.AVAILABLE, "MAIN", NOW) == (event.availability, event.stands.branch, event.scanned_at)


def test_a_returned_copy_that_nobody_waits_for_goes_home() -> None:
    at_home, elsewhere = CirculationRecord(emmas_copy()), CirculationRecord(emmas_copy())

    scan(at_home, "MAIN", was_out=True)
    scan(elsewhere, "EAST", was_out=True)

    assert (NextStop.SHELF, [Availability.AVAILABLE]) == (at_home.next_stop, seen(at_home))
    assert (NextStop.TRANSIT, [Availability.IN_TRANSIT]) == (elsewhere.next_stop, seen(elsewhere))


def test_a_copy_in_transit_arrives_once() -> None:
    record = CirculationRecord(emmas_copy())
    scan(record, "EAST", was_out=True)

    for branch in ("EAST", "MAIN", "MAIN"):
        scan(record, branch)

    in_transit, at_home = Availability.IN_TRANSIT, Availability.AVAILABLE
    assert [in_transit, in_transit, at_home, at_home] == seen(record), "each scan is told"
    assert CirculationStatus.HOME is record.status


def test_a_copy_fetched_elsewhere_travels_there_and_a_scan_there_makes_the_hold_ready() -> None:
    hold = a_hold(pickup_branch="EAST")
    record = CirculationRecord(emmas_copy())

    scan(record, "MAIN", hold, was_out=True)
    assert (HoldStatus.IN_TRANSIT, "EAST", NextStop.TRANSIT) == (hold.status, record.branch, record.next_stop)
    scan(record, "EAST", hold)

    assert (HoldStatus.READY, NextStop.HOLD_SHELF) == (hold.status, record.next_stop)
    assert [Availability.IN_TRANSIT, Availability.ON_HOLD_SHELF] == seen(record)


def test_a_second_scan_on_the_hold_shelf_changes_nothing() -> None:
    hold = a_hold()
    record = on_the_shelf_for(hold)

    scan(record, "MAIN", hold)

    assert ([Availability.ON_HOLD_SHELF], hold.id) == (seen(record), record.hold_id)


def test_a_copy_whose_hold_was_cancelled_passes_at_once_to_the_next_one_fetched_there() -> None:
    first, second = a_hold(1), a_hold(2)
    record = on_the_shelf_for(first)
    first.cancel(now=NOW)

    release(record, second)

    assert (HoldStatus.READY, second.id) == (second.status, record.hold_id)
    assert [] == seen(record), "it is on the hold shelf as before"


def test_a_copy_whose_hold_was_cancelled_waits_to_be_cleared_and_is_not_shown_as_held() -> None:
    first, elsewhere = a_hold(1), a_hold(2, pickup_branch="EAST")
    record = on_the_shelf_for(first)
    first.cancel(now=NOW)

    release(record, elsewhere)
    assert (CirculationStatus.TO_CLEAR, None, [Availability.AVAILABLE]) == (
        record.status,
        record.hold_id,
        seen(record),
    )
    scan(record, "MAIN", elsewhere)

    assert (HoldStatus.IN_TRANSIT, CirculationStatus.IN_TRANSIT) == (elsewhere.status, record.status)


def test_a_copy_to_clear_that_nobody_wants_goes_home() -> None:
    hold = a_hold()
    record = on_the_shelf_for(hold, emmas_copy(home_branch="WEST"))
    hold.cancel(now=NOW)
    release(record)

    scan(record, "MAIN")

    assert (NextStop.TRANSIT, "WEST") == (record.next_stop, record.branch)


def test_a_copy_in_transit_passes_to_the_next_hold_that_is_fetched_where_it_goes() -> None:
    first, second = a_hold(1, pickup_branch="EAST"), a_hold(2, pickup_branch="EAST")
    record = on_the_shelf_for(first)
    first.cancel(now=NOW)

    release(record, second)

    assert (HoldStatus.IN_TRANSIT, CirculationStatus.IN_TRANSIT, second.id) == (
        second.status,
        record.status,
        record.hold_id,
    )


def test_a_branch_is_the_same_whatever_the_case_of_its_code() -> None:
    hold = a_hold(pickup_branch="main")
    record = CirculationRecord(emmas_copy())

    scan(record, "Main", hold, was_out=True)
    assert (HoldStatus.READY, NextStop.HOLD_SHELF) == (hold.status, record.next_stop)
    scan(record, "MAIN", hold)

    assert [Availability.ON_HOLD_SHELF] * 2 == seen(record)

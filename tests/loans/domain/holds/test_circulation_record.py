from datetime import datetime, timedelta

from loans_service.domain.circulating_copy import Availability, CirculatingCopy, NextStop
from loans_service.domain.holds.circulation_record import CirculationRecord, CirculationStatus, Turns
from loans_service.domain.holds.hold import Hold, HoldStatus
from loans_service.domain.holds.hold_queue import HoldQueue
from tests.loans.makers import EMMA_COPY, NOW, a_hold, emmas_copy

NEXT_WEEK = NOW + timedelta(days=7)


def turns_of(*holds: Hold, lends: bool = True, now: datetime = NOW) -> Turns:
    return Turns(HoldQueue(holds).first_for(EMMA_COPY, lends=lambda _: lends, now=now), NEXT_WEEK, now)


def seen(record: CirculationRecord) -> list[Availability]:
    return [event.availability for event in record.take_events()]


def on_the_shelf_for(hold: Hold, copy: CirculatingCopy | None = None) -> CirculationRecord:
    record = CirculationRecord(copy or emmas_copy())
    record.receive("MAIN", held_by=None, turns=turns_of(hold), was_out=True)
    record.take_events()
    return record


def test_a_returned_copy_that_nobody_waits_for_goes_home() -> None:
    at_home, elsewhere = CirculationRecord(emmas_copy()), CirculationRecord(emmas_copy())

    assert at_home.receive("MAIN", held_by=None, turns=turns_of(), was_out=True) is None
    assert elsewhere.receive("EAST", held_by=None, turns=turns_of(), was_out=True) is None

    assert (NextStop.SHELF, [Availability.AVAILABLE]) == (at_home.next_stop, seen(at_home))
    assert (NextStop.TRANSIT, [Availability.IN_TRANSIT]) == (elsewhere.next_stop, seen(elsewhere))


def test_a_copy_in_transit_arrives_once() -> None:
    record = CirculationRecord(emmas_copy())
    record.receive("EAST", held_by=None, turns=turns_of(), was_out=True)

    for branch in ("EAST", "MAIN", "MAIN"):
        record.receive(branch, held_by=None, turns=turns_of())

    assert [Availability.IN_TRANSIT, Availability.AVAILABLE] == seen(record)
    assert CirculationStatus.HOME is record.status


def test_a_returned_copy_serves_the_first_hold_that_it_can_fill() -> None:
    first, second = a_hold(1), a_hold(2)
    record = CirculationRecord(emmas_copy())

    served = record.receive("MAIN", held_by=None, turns=turns_of(first, second), was_out=True)

    assert (first, first.id, NextStop.HOLD_SHELF) == (served, record.hold_id, record.next_stop)
    assert (HoldStatus.READY, HoldStatus.WAITING) == (first.status, second.status)
    assert [Availability.ON_HOLD_SHELF] == seen(record)


def test_a_copy_that_the_policy_does_not_lend_serves_nobody() -> None:
    hold = a_hold()
    record = CirculationRecord(emmas_copy())

    record.receive("MAIN", held_by=None, turns=turns_of(hold, lends=False), was_out=True)

    assert (NextStop.SHELF, HoldStatus.WAITING) == (record.next_stop, hold.status)


def test_a_copy_fetched_elsewhere_travels_there_and_a_scan_there_makes_the_hold_ready() -> None:
    hold = a_hold(pickup_branch="EAST")
    record = CirculationRecord(emmas_copy())

    record.receive("MAIN", held_by=None, turns=turns_of(hold), was_out=True)
    assert (HoldStatus.IN_TRANSIT, "EAST", NextStop.TRANSIT) == (hold.status, record.branch, record.next_stop)
    record.receive("EAST", held_by=hold, turns=turns_of())

    assert (HoldStatus.READY, NextStop.HOLD_SHELF) == (hold.status, record.next_stop)
    assert [Availability.IN_TRANSIT, Availability.ON_HOLD_SHELF] == seen(record)


def test_a_second_scan_on_the_hold_shelf_tells_nothing() -> None:
    hold = a_hold()
    record = on_the_shelf_for(hold)

    record.receive("MAIN", held_by=hold, turns=turns_of(a_hold(2)))

    assert ([], hold.id) == (seen(record), record.hold_id)


def test_a_copy_whose_hold_was_cancelled_passes_at_once_to_the_next_one_fetched_there() -> None:
    first, second = a_hold(1), a_hold(2)
    record = on_the_shelf_for(first)
    first.cancel(now=NOW)

    record.release(turns_of(second))

    assert (HoldStatus.READY, second.id) == (second.status, record.hold_id)
    assert [] == seen(record), "it is on the hold shelf as before"


def test_a_copy_whose_hold_was_cancelled_waits_to_be_cleared_and_is_not_shown_as_held() -> None:
    first, elsewhere = a_hold(1), a_hold(2, pickup_branch="EAST")
    record = on_the_shelf_for(first)
    first.cancel(now=NOW)

    record.release(turns_of(elsewhere))
    assert (CirculationStatus.TO_CLEAR, None, [Availability.AVAILABLE]) == (
        record.status,
        record.hold_id,
        seen(record),
    )
    record.receive("MAIN", held_by=None, turns=turns_of(elsewhere))

    assert (HoldStatus.IN_TRANSIT, CirculationStatus.IN_TRANSIT) == (elsewhere.status, record.status)


def test_a_copy_to_clear_that_nobody_wants_goes_home() -> None:
    hold = a_hold()
    record = on_the_shelf_for(hold, emmas_copy(home_branch="WEST"))
    hold.cancel(now=NOW)
    record.release(turns_of())

    record.receive("MAIN", held_by=None, turns=turns_of())

    assert (NextStop.TRANSIT, "WEST") == (record.next_stop, record.branch)


def test_a_copy_in_transit_passes_to_the_next_hold_that_is_fetched_where_it_goes() -> None:
    first, second = a_hold(1, pickup_branch="EAST"), a_hold(2, pickup_branch="EAST")
    record = on_the_shelf_for(first)
    first.cancel(now=NOW)

    record.release(turns_of(second))

    assert (HoldStatus.IN_TRANSIT, CirculationStatus.IN_TRANSIT, second.id) == (
        second.status,
        record.status,
        record.hold_id,
    )


def test_a_copy_that_nobody_fetched_in_time_goes_to_the_next_hold_when_it_is_scanned() -> None:
    first, second = a_hold(1), a_hold(2)
    record = on_the_shelf_for(first)
    too_late = NEXT_WEEK + timedelta(seconds=1)

    served = record.receive("MAIN", held_by=first, turns=turns_of(second, now=too_late))

    assert (second, HoldStatus.EXPIRED, HoldStatus.READY) == (served, first.status, second.status)
    assert [] == seen(record)


def test_a_branch_is_the_same_whatever_the_case_of_its_code() -> None:
    hold = a_hold(pickup_branch="main")
    record = CirculationRecord(emmas_copy())

    assert hold is record.receive("Main", held_by=None, turns=turns_of(hold), was_out=True)
    assert (HoldStatus.READY, NextStop.HOLD_SHELF) == (hold.status, record.next_stop)
    record.receive("MAIN", held_by=hold, turns=turns_of())

    assert [Availability.ON_HOLD_SHELF] == seen(record)

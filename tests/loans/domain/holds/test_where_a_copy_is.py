"""What everybody is told of a copy that is not on loan, and since when it is where it is."""

from dataclasses import replace
from datetime import datetime, timedelta

from loans_service.domain.circulating_copy import Availability, AvailabilityChanged, Stands, StandsWhy
from loans_service.domain.holds.circulation_record import CirculationRecord, CirculationStatus
from loans_service.domain.holds.hold import Hold, HoldStatus
from shared.kernel.ids import new_id
from tests.loans.makers import EMMA, EMMA_COPY, NOW, a_hold, emmas_copy

LATER = NOW + timedelta(days=1)
NEXT_WEEK = NOW + timedelta(days=7)


def told(
    availability: Availability,
    stands: str,
    *,
    to: str | None = None,
    since: datetime | None = LATER,
    scanned: bool = False,
    at: datetime = LATER,
) -> list[AvailabilityChanged]:
    """Return what is told of a copy that stands there: `home MAIN` is at home in MAIN."""
    why, branch = stands.split()
    place = Stands(branch, StandsWhy(why), since)
    scan = at if scanned else None
    return [AvailabilityChanged(EMMA_COPY, EMMA, availability, None, at, place, transit_to=to, scanned_at=scan)]


def on_hold_shelf(hold: Hold) -> CirculationRecord:
    record = CirculationRecord(emmas_copy())
    record.receive("MAIN", hold=hold, shelf_until=NEXT_WEEK, now=NOW)
    record.take_events()
    return record


def test_a_copy_that_leaves_with_a_borrower_says_nothing_of_the_home_that_it_got_before() -> None:
    record = CirculationRecord(emmas_copy(), branch="EAST")
    record.describe(replace(emmas_copy(), home_branch="EAST"), now=NOW)

    record.go_out()

    assert ([], "EAST") == (record.take_events(), record.branch)


def test_a_copy_that_nobody_moved_is_at_home_since_nobody_knows_when() -> None:
    record = CirculationRecord(emmas_copy())

    assert (CirculationStatus.HOME, "MAIN", None, None, True, False, []) == (
        record.status, record.branch, record.hold_id, record.since, record.is_free, record.is_captured,
        record.take_events(),
    )  # fmt: skip


def test_a_change_tells_where_the_copy_goes_and_in_which_branch_somebody_had_it_in_hand() -> None:
    record = CirculationRecord(emmas_copy())

    record.receive("EAST", hold=None, shelf_until=NEXT_WEEK, now=LATER)
    assert told(Availability.IN_TRANSIT, "in_transit EAST", to="MAIN", scanned=True) == record.take_events()
    record.receive("WEST", hold=None, shelf_until=NEXT_WEEK, now=NEXT_WEEK)
    left_west = told(Availability.IN_TRANSIT, "in_transit WEST", to="MAIN", since=NEXT_WEEK, scanned=True, at=NEXT_WEEK)
    assert (left_west, LATER) == (record.take_events(), record.since), "it is on its way already"
    record.receive("MAIN", hold=None, shelf_until=NEXT_WEEK, now=LATER)
    assert told(Availability.AVAILABLE, "home MAIN", scanned=True) == record.take_events()
    record.send("EAST", now=LATER)
    assert told(Availability.IN_TRANSIT, "in_transit MAIN", to="EAST", scanned=True) == record.take_events()
    record.send("WEST", now=LATER)
    elsewhere = told(Availability.IN_TRANSIT, "in_transit MAIN", to="WEST", scanned=True)
    assert elsewhere == record.take_events(), "it travels elsewhere"


def test_a_copy_is_where_it_is_since_it_came_there_however_often_it_is_scanned() -> None:
    record = CirculationRecord(emmas_copy())

    record.send("EAST", now=NOW)
    record.send("EAST", now=LATER)
    assert NOW == record.since
    record.receive("EAST", hold=None, shelf_until=NEXT_WEEK, now=LATER)
    assert (LATER, CirculationStatus.IN_TRANSIT, "MAIN") == (record.since, record.status, record.branch)


def test_a_request_is_told_and_names_the_hold_and_where_the_copy_stands() -> None:
    hold, record = a_hold(pickup_branch="EAST"), CirculationRecord(emmas_copy(), branch="WEST")

    record.request(hold, now=LATER)

    assert told(Availability.REQUESTED, "floated WEST", since=None) == record.take_events()
    assert (hold.id, "WEST", "WEST", LATER, LATER, False) == (
        record.hold_id, record.branch, hold.target_branch, hold.target_since, record.since, record.is_free,
    )  # fmt: skip
    record.release(None, shelf_until=NEXT_WEEK, now=LATER)
    assert (told(Availability.AVAILABLE, "floated WEST", since=None), "WEST") == (record.take_events(), record.branch)


def test_a_captured_copy_waits_on_the_hold_shelf_until_its_day() -> None:
    hold, record = a_hold(), CirculationRecord(emmas_copy())

    record.receive("MAIN", hold=hold, shelf_until=NEXT_WEEK, now=LATER)

    assert told(Availability.ON_HOLD_SHELF, "hold_shelf MAIN", scanned=True) == record.take_events()
    assert (NEXT_WEEK, hold.id, True) == (hold.pickup_until, record.hold_id, record.is_captured)


def test_a_copy_passes_to_the_next_hold_with_a_day_of_its_own_and_where_it_lies() -> None:
    first, second = a_hold(1), a_hold(2, pickup_branch=None)
    record = on_hold_shelf(first)

    record.release(second, shelf_until=LATER, now=LATER)

    assert (HoldStatus.READY, LATER, second.id, "MAIN", NOW) == (
        second.status, second.pickup_until, record.hold_id, record.branch, record.since,
    )  # fmt: skip


def test_a_copy_on_its_way_passes_to_the_next_hold_or_goes_home_and_is_not_ready_before_it_arrives() -> None:
    first, second = a_hold(1, pickup_branch="EAST"), a_hold(2, pickup_branch="EAST")
    record = on_hold_shelf(first)

    record.release(second, shelf_until=LATER, now=LATER)
    assert (HoldStatus.IN_TRANSIT, None, second.id) == (second.status, second.pickup_until, record.hold_id)
    record.release(None, shelf_until=LATER, now=LATER)

    assert (CirculationStatus.IN_TRANSIT, "MAIN", None, False, False) == (
        record.status, record.branch, record.hold_id, record.is_captured, record.is_sent,
    )  # fmt: skip


def test_a_copy_whose_hold_has_ended_is_to_be_cleared_where_it_lies() -> None:
    record = on_hold_shelf(a_hold())

    record.release(None, shelf_until=NEXT_WEEK, now=LATER)

    assert (CirculationStatus.TO_CLEAR, "MAIN", None, LATER) == (
        record.status, record.branch, record.hold_id, record.since,
    )  # fmt: skip
    assert told(Availability.AVAILABLE, "hold_shelf MAIN", since=NOW) == record.take_events(), "it lies there still"


def test_a_copy_that_leaves_with_a_borrower_stands_for_no_hold_and_tells_nothing() -> None:
    record = on_hold_shelf(a_hold())
    record.branch = "EAST"

    record.go_out()

    assert (CirculationStatus.HOME, Stands("MAIN", StandsWhy.HOME), None, []) == (
        record.status, record.stands, record.hold_id, record.take_events(),
    )  # fmt: skip


def test_each_scan_is_told_with_its_moment_and_a_copy_stands_at_home_since_the_first_of_them() -> None:
    record = CirculationRecord(emmas_copy())

    for now in (NOW, LATER):
        record.receive("MAIN", hold=None, shelf_until=NEXT_WEEK, now=now)
        assert told(Availability.AVAILABLE, "home MAIN", since=NOW, scanned=True, at=now) == record.take_events()


def test_a_copy_that_was_out_or_missing_stands_where_it_is_scanned_since_then() -> None:
    for was_out in (True, False):
        record = CirculationRecord(emmas_copy(), stands_since=NOW)
        record.receive("MAIN", hold=None, shelf_until=NEXT_WEEK, now=LATER, was_out=was_out, was_missed=not was_out)
        assert told(Availability.AVAILABLE, "home MAIN", scanned=True) == record.take_events()


def test_a_scan_that_a_machine_tells_late_was_when_the_machine_says() -> None:
    record = CirculationRecord(emmas_copy())

    record.receive("MAIN", hold=None, shelf_until=NEXT_WEEK, now=LATER, scanned_at=NOW)

    (event,) = record.take_events()
    assert (LATER, NOW, NOW) == (event.at, event.scanned_at, record.scanned_at)


def test_a_copy_that_stays_where_it_came_back_has_floated_and_one_that_arrives_at_home_is_at_home() -> None:
    record = CirculationRecord(emmas_copy())

    record.receive("WEST", hold=None, shelf_until=NEXT_WEEK, now=LATER, stays=True)
    assert told(Availability.AVAILABLE, "floated WEST", scanned=True) == record.take_events()
    record.describe(emmas_copy(home_branch="EAST"), now=NEXT_WEEK)
    assert ([], "WEST") == (record.take_events(), record.branch), "it floated, whatever is its home"
    record.describe(emmas_copy(home_branch="West"), now=NEXT_WEEK)
    assert told(Availability.AVAILABLE, "home WEST", at=NEXT_WEEK) == record.take_events()


def test_what_is_told_again_is_how_the_copy_stands() -> None:
    record = on_hold_shelf(a_hold())

    record.republish(now=LATER)

    assert told(Availability.ON_HOLD_SHELF, "hold_shelf MAIN", since=NOW) == record.take_events()


def test_new_facts_move_a_copy_only_from_its_own_shelf() -> None:
    home, travels, same = (CirculationRecord(emmas_copy()) for _ in range(3))
    travels.send("EAST", now=NOW)
    same.branch = "EAST"
    moved = emmas_copy(home_branch="WEST")

    for record, copy in ((home, moved), (travels, moved), (same, emmas_copy(home_branch="main"))):
        record.describe(copy, now=LATER)
        assert copy == record.copy

    assert ["WEST", "EAST", "EAST"] == [record.branch for record in (home, travels, same)]
    requested = CirculationRecord(emmas_copy())
    requested.request(a_hold(), now=NOW)
    requested.describe(moved, now=LATER)
    assert "WEST" == requested.branch
    assert [Availability.REQUESTED] == [event.availability for event in requested.take_events()], "home is where it was"


def test_a_record_that_was_kept_says_what_it_said() -> None:
    hold_id = new_id()

    record = CirculationRecord(
        emmas_copy(), status=CirculationStatus.HOLD_SHELF, branch="EAST", hold_id=hold_id, since=NOW
    )

    assert ("EAST", hold_id, NOW, True) == (record.branch, record.hold_id, record.since, record.is_captured)


def test_a_copy_that_another_system_kept_on_its_hold_shelf_waits_there_until_its_day() -> None:
    hold, record = a_hold(pickup_branch="EAST"), CirculationRecord(emmas_copy())

    record.keep_for(hold, until=NEXT_WEEK, now=LATER)

    assert (HoldStatus.READY, NEXT_WEEK, EMMA_COPY) == (hold.status, hold.pickup_until, hold.copy_id)
    assert LATER == hold.take_events()[-1].at
    assert (CirculationStatus.HOLD_SHELF, "EAST", hold.id, LATER) == (
        record.status, record.branch, record.hold_id, record.since,
    )  # fmt: skip
    assert told(Availability.ON_HOLD_SHELF, "hold_shelf EAST") == record.take_events()


def test_a_copy_that_another_system_kept_is_fetched_at_home_where_no_branch_is_named() -> None:
    hold, record = a_hold(pickup_branch=None), CirculationRecord(emmas_copy(home_branch="WEST"))

    record.keep_for(hold, until=NEXT_WEEK, now=LATER)

    assert (HoldStatus.READY, "WEST", "WEST") == (hold.status, hold.pickup_branch, record.branch)


def test_a_copy_that_another_system_had_sent_for_a_hold_is_on_its_way() -> None:
    hold, record = a_hold(pickup_branch="EAST"), CirculationRecord(emmas_copy())

    record.keep_for(hold, until=None, now=LATER)

    assert (HoldStatus.IN_TRANSIT, None, EMMA_COPY) == (hold.status, hold.pickup_until, hold.copy_id)
    assert (CirculationStatus.IN_TRANSIT, "EAST", hold.id, LATER) == (
        record.status, record.branch, record.hold_id, record.since,
    )  # fmt: skip
    assert told(Availability.IN_TRANSIT, "in_transit MAIN", to="EAST") == record.take_events()


def test_a_hold_is_told_to_be_ready_at_the_moment_at_which_its_copy_is() -> None:
    first, second, third = a_hold(1), a_hold(2), a_hold(3)
    record = on_hold_shelf(first)
    for hold in (second, third):
        hold.take_events()

    record.release(second, shelf_until=NEXT_WEEK, now=LATER)
    record.receive("MAIN", hold=third, shelf_until=NEXT_WEEK, now=NEXT_WEEK)

    assert [LATER, NEXT_WEEK] == [event.at for hold in (second, third) for event in hold.take_events()]


def test_a_copy_that_came_back_in_vain_for_a_hold_or_for_home_is_told_wherever_it_goes() -> None:
    for hold in (None, a_hold(pickup_branch="MAIN")):
        record = CirculationRecord(emmas_copy(), branch="MAIN")
        record.receive("EAST", hold=hold, shelf_until=NEXT_WEEK, now=NOW, was_out=True)
        record.take_events()

        record.receive("EAST", hold=hold, shelf_until=NEXT_WEEK, now=LATER, was_out=True)

        assert told(Availability.IN_TRANSIT, "in_transit EAST", to="MAIN", scanned=True) == record.take_events()


def test_a_copy_at_home_stands_in_the_branch_as_books_writes_it_and_one_that_floats_as_the_desk_does() -> None:
    home, floats = (CirculationRecord(emmas_copy(home_branch="Main")) for _ in range(2))

    home.receive("MAIN", hold=None, shelf_until=NEXT_WEEK, now=NOW)
    floats.receive("MAIN", hold=None, shelf_until=NEXT_WEEK, now=NOW, stays=True)

    assert ("Main", "MAIN") == (home.branch, floats.branch)


def test_what_lies_in_a_branch_that_has_closed_travels_and_what_floated_there_is_carried_along() -> None:
    hold = a_hold()
    kept, floated, to_clear = (
        on_hold_shelf(hold),
        CirculationRecord(emmas_copy(), branch="EAST"),
        on_hold_shelf(a_hold()),
    )
    to_clear.release(None, shelf_until=NEXT_WEEK, now=NOW)
    hold.fetch_in("WEST")

    kept.leave(hold, into="WEST", now=LATER)
    floated.leave(None, into="WEST", now=LATER)
    to_clear.leave(None, into="WEST", now=LATER)

    assert (CirculationStatus.IN_TRANSIT, "WEST", hold.id) == (kept.status, kept.branch, kept.hold_id)
    assert (HoldStatus.IN_TRANSIT, "WEST") == (hold.status, hold.pickup_branch)
    assert ("WEST", StandsWhy.FLOATED) == (floated.stands.branch, floated.stands.why)
    assert (CirculationStatus.IN_TRANSIT, "MAIN") == (to_clear.status, to_clear.branch), "it goes home"

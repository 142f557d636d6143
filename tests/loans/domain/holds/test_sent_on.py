"""Copies that go on to another branch: redirected, carried out of one that closes, or sent by staff."""

from datetime import timedelta

from loans_service.domain.circulating_copy import Availability, Stands, StandsWhy
from loans_service.domain.holds.circulation_record import CirculationRecord, CirculationStatus
from loans_service.domain.holds.hold import Hold, HoldStatus
from tests.loans.makers import NOW, a_hold, emmas_copy

LATER, NEXT_WEEK = NOW + timedelta(days=1), NOW + timedelta(days=7)


def kept_for(hold: Hold) -> CirculationRecord:
    record = CirculationRecord(emmas_copy())
    record.receive("MAIN", hold=hold, shelf_until=NEXT_WEEK, now=NOW)
    record.take_events()
    return record


def sent_to(branch: str) -> CirculationRecord:
    record = CirculationRecord(emmas_copy())
    record.send(branch, now=NOW)
    record.take_events()
    return record


def test_a_copy_that_is_ready_goes_on_to_where_the_member_fetches_it_now() -> None:
    hold = a_hold(pickup_branch="MAIN")
    record = kept_for(hold)

    record.redirect(hold, to="EAST", now=LATER)

    assert (HoldStatus.IN_TRANSIT, "EAST", None) == (hold.status, hold.pickup_branch, hold.pickup_until)
    assert (CirculationStatus.IN_TRANSIT, "EAST", "MAIN", hold.id, LATER) == (
        record.status, record.branch, record.from_branch, record.hold_id, record.since,
    )  # fmt: skip
    assert [(Availability.IN_TRANSIT, "EAST", LATER)] == [
        (event.availability, event.transit_to, event.at) for event in record.take_events()
    ]


def test_where_no_branch_is_named_it_goes_home_and_where_it_is_already_it_stays() -> None:
    hold, at_home = a_hold(pickup_branch="EAST"), a_hold(pickup_branch="MAIN")
    travelling, lying = kept_for(hold), kept_for(at_home)

    travelling.redirect(hold, to=None, now=LATER)
    lying.redirect(at_home, to="main", now=LATER)

    assert ("MAIN", "MAIN", CirculationStatus.IN_TRANSIT) == (hold.pickup_branch, travelling.branch, travelling.status)
    assert (HoldStatus.READY, CirculationStatus.HOLD_SHELF, []) == (
        at_home.status, lying.status, lying.take_events(),
    )  # fmt: skip


def test_what_is_kept_in_a_branch_that_closes_travels_and_its_member_need_not_come() -> None:
    hold = a_hold(pickup_branch="MAIN")
    record = kept_for(hold)
    hold.fetch_in("EAST")

    record.leave(hold, into="EAST", now=LATER)

    assert (HoldStatus.IN_TRANSIT, "no_longer_ready", LATER) == (
        hold.status, *[(event.type, event.at) for event in hold.take_events()][-1],
    )  # fmt: skip
    assert (CirculationStatus.IN_TRANSIT, "EAST", LATER) == (record.status, record.branch, record.since)


def test_what_is_to_be_cleared_in_a_branch_that_closes_goes_home_and_what_floated_there_goes_along() -> None:
    hold = a_hold()
    to_clear = kept_for(hold)
    hold.cancel(now=NOW)
    to_clear.release(None, shelf_until=NEXT_WEEK, now=NOW)
    floated = CirculationRecord(emmas_copy(), branch="EAST")

    to_clear.leave(None, into="WEST", now=LATER)
    floated.leave(None, into="WEST", now=LATER)

    assert (CirculationStatus.IN_TRANSIT, "MAIN", None) == (to_clear.status, to_clear.branch, to_clear.hold_id)
    assert (CirculationStatus.HOME, "WEST", LATER) == (floated.status, floated.branch, floated.since)


def test_a_copy_that_staff_sent_goes_on_from_a_branch_on_its_way_and_one_that_was_lent_meanwhile_goes_home() -> None:
    on_its_way, lent = sent_to("WEST"), sent_to("WEST")

    on_its_way.receive("EAST", hold=None, shelf_until=NEXT_WEEK, now=LATER)
    lent.receive("EAST", hold=None, shelf_until=NEXT_WEEK, now=LATER, was_out=True)

    assert ["WEST", "MAIN"] == [record.transit_to for record in (on_its_way, lent)]
    assert ["EAST", "EAST"] == [record.from_branch for record in (on_its_way, lent)]


def test_a_copy_that_arrived_where_it_was_sent_goes_home_from_there() -> None:
    record = sent_to("EAST")

    record.receive("EAST", hold=None, shelf_until=NEXT_WEEK, now=LATER)

    assert "MAIN" == record.transit_to


def test_a_copy_on_its_way_whose_hold_ended_travels_home_and_one_to_clear_lies_where_it_is() -> None:
    hold, here = a_hold(pickup_branch="EAST"), a_hold(pickup_branch="MAIN")
    travelling, lying = kept_for(hold), kept_for(here)

    for record in (travelling, lying):
        record.release(None, shelf_until=NEXT_WEEK, now=LATER)

    assert (CirculationStatus.IN_TRANSIT, "MAIN", None, LATER) == (
        travelling.status, travelling.branch, travelling.hold_id, travelling.since,
    )  # fmt: skip
    assert (CirculationStatus.TO_CLEAR, "MAIN", LATER) == (lying.status, lying.branch, lying.since)
    lying.release(None, shelf_until=NEXT_WEEK, now=NEXT_WEEK)
    assert (CirculationStatus.TO_CLEAR, "MAIN", LATER) == (lying.status, lying.branch, lying.since)


def test_a_record_is_as_it_was_stored() -> None:
    record = CirculationRecord(
        emmas_copy(), status=CirculationStatus.IN_TRANSIT, branch="EAST", from_branch="WEST", stands_since=NOW
    )

    assert (Stands("WEST", StandsWhy.IN_TRANSIT, NOW), "EAST", None) == (
        record.stands, record.transit_to, record.scanned_at,
    )  # fmt: skip


def test_a_copy_whose_home_is_written_in_other_letters_is_told_nothing_new_and_one_with_another_home_moves() -> None:
    record, floated = CirculationRecord(emmas_copy()), CirculationRecord(emmas_copy(), branch="EAST")

    record.describe(emmas_copy(home_branch="Main"), now=LATER)
    assert ([], "MAIN") == (record.take_events(), record.branch)
    record.describe(emmas_copy(home_branch="WEST"), now=LATER)
    floated.describe(emmas_copy(home_branch="WEST"), now=LATER)

    assert ("WEST", "EAST") == (record.branch, floated.branch)

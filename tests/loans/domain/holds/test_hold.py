from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loans_service.domain.holds.hold import Hold, HoldEventType, HoldStatus
from loans_service.domain.holds.hold_change import HoldChange
from loans_service.domain.holds.hold_refusals import HoldNotActive, HoldNotWaiting
from loans_service.domain.holds.hold_shelf import shelf_until
from loans_service.domain.lendable_copy import StockOfBook, Volume
from loans_service.domain.rules.calendar import Calendar
from shared.kernel.ids import new_id
from tests.loans.makers import ALWAYS_OPEN, EMMA_COPY, NOW, WEEKDAYS, a_hold, emmas_copy

LATER = NOW + timedelta(days=1)
NEXT_WEEK = NOW + timedelta(days=7)
MIDNIGHT = LATER.replace(hour=0)
END_OF_DAY = LATER.replace(hour=23, minute=59, second=59)


def a_ready_hold() -> Hold:
    hold = a_hold()
    hold.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK, now=NOW)
    return hold


def told(hold: Hold) -> list[HoldEventType]:
    return [event.type for event in hold.take_events()]


def test_a_hold_for_a_book_wants_any_copy_and_one_for_a_copy_only_that() -> None:
    other = new_id()

    assert a_hold().wants(emmas_copy(other), now=NOW)
    assert a_hold(wanted_copy_id=EMMA_COPY).wants(emmas_copy(EMMA_COPY), now=NOW)
    assert not a_hold(wanted_copy_id=EMMA_COPY).wants(emmas_copy(other), now=NOW)


def test_a_hold_for_a_volume_takes_any_copy_of_that_and_no_copy_of_which_no_volume_is_known() -> None:
    hold = a_hold(volume="2")

    assert [True, False, False] == [hold.wants(emmas_copy(volume=volume), now=NOW) for volume in ("2", "1", None)]
    assert a_hold().wants(emmas_copy(volume="2"), now=NOW)


def test_a_hold_that_turns_to_another_edition_waits_for_that_at_its_place_and_recalls_no_loan() -> None:
    hold, edition = a_hold(), StockOfBook(new_id(), "Emma, bound", 2, ("book",))
    hold.recall(new_id())

    hold.turn_to(edition, order=7)

    assert (edition.book_id, "Emma, bound", "book", 7) == (hold.book_id, hold.title, hold.item_type, hold.queue_order)
    assert hold.recalled_loan_id is None
    with pytest.raises(HoldNotWaiting):
        a_ready_hold().turn_to(edition, order=1)


@pytest.mark.parametrize(
    ("holdable", "volumes", "stands_in"), [(1, 0, True), (1, 1, True), (1, 2, False), (0, 0, False)]
)
def test_an_edition_stands_in_for_another_if_any_of_its_copies_would_do(
    holdable: int, volumes: int, stands_in: bool
) -> None:
    named = tuple(Volume(str(number), str(number)) for number in range(volumes))

    assert stands_in == StockOfBook(new_id(), "Emma", holdable, volumes=named).stands_in


def test_a_suspended_hold_wants_nothing_until_its_day_or_until_it_is_resumed() -> None:
    hold = a_hold()

    hold.suspend(until=LATER)
    assert not hold.wants(emmas_copy(EMMA_COPY), now=NOW)
    assert hold.wants(emmas_copy(EMMA_COPY), now=LATER)

    hold.suspend(until=None)
    assert not hold.wants(emmas_copy(EMMA_COPY), now=LATER)
    hold.resume()
    assert hold.wants(emmas_copy(EMMA_COPY), now=LATER)


def test_a_hold_whose_day_has_passed_wants_nothing_even_before_somebody_has_noted_it() -> None:
    hold = a_hold(expires_on=LATER.date())

    assert hold.wants(emmas_copy(EMMA_COPY), now=END_OF_DAY)
    assert not hold.wants(emmas_copy(EMMA_COPY), now=END_OF_DAY + timedelta(seconds=1))


def test_a_hold_wants_nothing_before_its_first_day() -> None:
    hold = a_hold(not_before=LATER.date())

    assert not hold.wants(emmas_copy(EMMA_COPY), now=MIDNIGHT - timedelta(seconds=1))
    assert hold.wants(emmas_copy(EMMA_COPY), now=MIDNIGHT)


def test_a_hold_that_loses_its_copy_waits_again_in_the_same_place() -> None:
    targeted, ready = a_hold(3), a_ready_hold()
    targeted.target(emmas_copy(), branch="MAIN", now=NOW)

    for hold in (targeted, ready):
        hold.lose_copy(now=LATER)

    assert [(HoldStatus.WAITING, None, None)] * 2 == [
        (hold.status, hold.copy_id, hold.pickup_until) for hold in (targeted, ready)
    ]
    assert (3, False) == (targeted.queue_order, targeted.has_target)


def test_a_hold_that_is_cancelled_forgets_its_target_and_tells_why_the_library_did_it() -> None:
    hold = a_hold()
    hold.target(emmas_copy(), branch="MAIN", now=NOW)

    hold.cancel(now=NOW, reason="no-lendable-copy")

    assert (None, None, "no-lendable-copy") == (hold.copy_id, hold.target_branch, hold.reason)


def test_a_captured_copy_is_no_target_and_gets_none() -> None:
    ready = a_ready_hold()

    assert not ready.has_target
    with pytest.raises(HoldNotWaiting):
        ready.target(emmas_copy(), branch="MAIN", now=NOW)


def test_where_and_when_a_hold_is_served_changes_while_it_waits_and_its_comment_later_too() -> None:
    waiting, ready = a_hold(), a_ready_hold()
    elsewhere = HoldChange("EAST", None, LATER.date(), "Please call.")

    waiting.revise(elsewhere, calendar=ALWAYS_OPEN)
    ready.revise(HoldChange("MAIN", None, None, "Please call."), calendar=ALWAYS_OPEN)

    assert ("EAST", END_OF_DAY, "Please call.") == (waiting.pickup_branch, waiting.expires_at, waiting.comment)
    assert "Please call." == ready.comment
    with pytest.raises(HoldNotWaiting):
        ready.revise(elsewhere, calendar=ALWAYS_OPEN)


def test_a_copy_in_its_pickup_branch_makes_a_hold_ready_and_elsewhere_sends_the_copy_there() -> None:
    here, elsewhere = a_hold(), a_hold(pickup_branch="EAST")

    for hold in (here, elsewhere):
        hold.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK, now=NOW)

    assert (HoldStatus.READY, NEXT_WEEK, EMMA_COPY) == (here.status, here.pickup_until, here.copy_id)
    assert (HoldStatus.IN_TRANSIT, None) == (elsewhere.status, elsewhere.pickup_until)
    assert ([HoldEventType.PLACED, HoldEventType.READY], [HoldEventType.PLACED]) == (told(here), told(elsewhere))


def test_without_a_pickup_branch_the_copy_is_fetched_where_it_is_at_home() -> None:
    hold = a_hold(pickup_branch=None)

    hold.capture(emmas_copy(home_branch="WEST"), branch="MAIN", until=NEXT_WEEK, now=NOW)

    assert (HoldStatus.IN_TRANSIT, "WEST") == (hold.status, hold.pickup_branch)


def test_being_scanned_on_the_hold_shelf_again_gives_no_more_time() -> None:
    hold = a_ready_hold()
    version = hold.version

    hold.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK + timedelta(days=1), now=LATER)

    assert (NEXT_WEEK, version, 1) == (hold.pickup_until, hold.version, told(hold).count(HoldEventType.READY))


def test_a_copy_that_left_the_hold_shelf_for_another_branch_is_on_its_way_again_and_then_waits_anew() -> None:
    hold = a_ready_hold()

    hold.capture(emmas_copy(), branch="EAST", until=LATER, now=LATER)
    assert (HoldStatus.IN_TRANSIT, None) == (hold.status, hold.pickup_until)
    hold.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK, now=LATER)

    assert (HoldStatus.READY, NEXT_WEEK) == (hold.status, hold.pickup_until)
    again = [HoldEventType.READY, HoldEventType.NO_LONGER_READY, HoldEventType.READY]
    assert [HoldEventType.PLACED, *again] == told(hold)


def test_a_hold_is_cancelled_once_however_often_somebody_says_so() -> None:
    hold = a_hold()

    hold.cancel(now=NOW)
    hold.cancel(now=LATER)

    assert (HoldStatus.CANCELLED, NOW) == (hold.status, hold.ended_at)
    assert [HoldEventType.PLACED, HoldEventType.CANCELLED] == told(hold)


@pytest.mark.parametrize("act", ["cancel", "suspend", "resume", "fulfil", "expire"])
def test_a_hold_that_has_ended_cannot_be_changed(act: str) -> None:
    hold = a_ready_hold()
    hold.fulfil(emmas_copy(), now=NOW)
    how: dict[str, dict[str, Any]] = {
        "suspend": {"until": None},
        "resume": {},
        "fulfil": {"copy": emmas_copy(), "now": NOW},
    }

    with pytest.raises(HoldNotActive):
        getattr(hold, act)(**how.get(act, {"now": NOW}))


def test_a_hold_for_which_a_copy_is_set_aside_cannot_be_suspended() -> None:
    with pytest.raises(HoldNotWaiting):
        a_ready_hold().suspend(until=None)


def test_the_time_of_a_hold_is_over_when_nobody_came_or_nobody_waits_any_more() -> None:
    waiting, ready = a_hold(expires_on=LATER.date()), a_ready_hold()

    assert [False, False] == [hold.has_passed(END_OF_DAY) for hold in (waiting, ready)]
    assert waiting.has_passed(END_OF_DAY + timedelta(seconds=1))
    assert ready.has_passed(NEXT_WEEK + timedelta(seconds=1))


def test_a_change_that_changes_nothing_makes_no_new_version() -> None:
    hold = a_hold()
    hold.suspend(until=LATER)
    version = hold.version

    hold.suspend(until=LATER)

    assert version == hold.version


def test_a_hold_shelf_keeps_a_copy_for_so_many_open_days() -> None:
    new_york = Calendar(ZoneInfo("America/New_York"), weekly=WEEKDAYS)

    until = shelf_until(NOW, days=7, calendar=new_york)

    assert datetime(2026, 3, 11, 23, 59, 59, tzinfo=ZoneInfo("America/New_York")) == until


def test_a_branch_that_never_opens_again_keeps_a_copy_for_a_year() -> None:
    never = Calendar(ZoneInfo("UTC"), weekly=((),) * 7)

    assert timedelta(days=366) < shelf_until(NOW, days=7, calendar=never) - NOW < timedelta(days=367)

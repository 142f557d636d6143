"""Holds of another system that are told of once more."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold, HoldStatus
from loans_service.domain.holds.placing import InvalidHoldExpiry, RequestedItem
from loans_service.domain.moving_in.former_hold import differing, expect_days, follow, is_same, is_to_be_captured
from loans_service.domain.moving_in.former_records import FormerHold
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, ALWAYS_OPEN, EMMA, EMMA_COPY, NOW, a_hold, emmas_copy


def a_former(**facts: Any) -> FormerHold:
    usual: dict[str, Any] = {"card_number": "ab1", "book": "Emma", "placed_at": NOW}
    return FormerHold(**usual | facts)


READY = {"status": "ready", "copy_barcode": "30000000000019"}


def captured(hold: Hold, *, until: datetime | None) -> CirculationRecord:
    record = CirculationRecord(emmas_copy())
    record.keep_for(hold, until=until, now=NOW)
    return record


def followed(hold: Hold, former: FormerHold, *, pickup: str | None = None) -> bool:
    before = hold.version
    follow(hold, former, pickup=pickup, calendar=ALWAYS_OPEN, now=NOW)
    return hold.version != before


def told(hold: Hold, former: FormerHold, *, pickup: str | None = None, kept: Any = None) -> Sequence[str]:
    differs = differing(hold, former, pickup=pickup, captured=kept, calendar=ALWAYS_OPEN, now=NOW)
    return [field for one in differs for field in one.figures["fields"]]


def test_a_hold_is_the_same_if_the_same_member_waits_for_the_same_thing() -> None:
    any_copy, this_copy = RequestedItem(EMMA, "Emma", True), RequestedItem(EMMA, "Emma", True, EMMA_COPY)
    hold = a_hold(member_id=ADA)

    assert is_same(hold, any_copy, member_id=ADA)
    assert not is_same(hold, any_copy, member_id=new_id())
    assert not is_same(hold, this_copy, member_id=ADA)
    assert not is_same(hold, RequestedItem(new_id(), "Emma", True), member_id=ADA)


def test_who_waits_fetches_it_where_the_other_system_says_now_in_the_same_place_of_the_queue() -> None:
    hold = a_hold(order=7, expires_on=date(2026, 4, 1))

    assert followed(hold, a_former(), pickup="EAST")
    assert ("EAST", 7, date(2026, 4, 1)) == (hold.pickup_branch, hold.queue_order, hold.expires_on)
    assert not followed(hold, a_former(), pickup="east")
    assert not followed(hold, a_former(), pickup=None), "what is left open stays"


def test_a_copy_that_is_captured_stays_in_its_branch_and_the_difference_is_told() -> None:
    hold = a_hold()
    captured(hold, until=NOW)

    assert not followed(hold, a_former(**READY), pickup="EAST")
    assert ["pickup_branch"] == told(hold, a_former(**READY), pickup="EAST", kept=EMMA_COPY)


def test_a_copy_on_the_hold_shelf_waits_as_long_as_the_other_system_says_now() -> None:
    hold = a_hold()
    captured(hold, until=NOW)

    assert followed(hold, a_former(**READY, pickup_until=date(2026, 3, 9)))
    assert datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC) == hold.pickup_until
    assert not followed(hold, a_former(**READY, pickup_until=date(2026, 3, 9)))
    assert not followed(hold, a_former(**READY))


def test_a_copy_on_its_way_waits_for_nobody_yet() -> None:
    hold = a_hold()
    captured(hold, until=None)

    assert not followed(hold, a_former(**READY, pickup_until=date(2026, 3, 9)))
    assert (HoldStatus.IN_TRANSIT, None) == (hold.status, hold.pickup_until)


def test_a_copy_is_captured_for_who_waits_or_has_arrived_for_whom_it_travelled() -> None:
    waits, ready, travels = a_hold(), a_hold(), a_hold()
    at_home, on_the_shelf, on_its_way = (
        CirculationRecord(emmas_copy()),
        captured(ready, until=NOW),
        captured(travels, until=None),
    )

    assert is_to_be_captured(waits, a_former(**READY), at_home)
    assert not is_to_be_captured(waits, a_former(), None)
    assert not is_to_be_captured(ready, a_former(**READY), on_the_shelf)
    assert is_to_be_captured(travels, a_former(**READY), on_its_way)
    assert not is_to_be_captured(travels, a_former(**READY | {"status": "in_transit"}), on_its_way)
    assert not is_to_be_captured(travels, a_former(**READY), at_home), "another copy has arrived"


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({}, []),
        ({"placed_at": NOW + timedelta(hours=3)}, []),
        ({"placed_at": NOW - timedelta(days=1)}, ["placed_at"]),
        (READY, ["status"]),
    ],
)
def test_a_place_in_the_queue_follows_no_other_date_and_differences_are_told_by_day(
    facts: dict[str, Any], fields: Sequence[str]
) -> None:
    assert fields == told(a_hold(), a_former(**facts))


def test_another_copy_than_the_one_that_lies_here_is_told() -> None:
    hold = a_hold()
    captured(hold, until=NOW)

    assert [] == told(hold, a_former(**READY), kept=EMMA_COPY, pickup="main")
    assert ["copy_barcode"] == told(hold, a_former(**READY), kept=new_id())
    assert ["status"] == told(hold, a_former())


LATER = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("facts", "suspended", "until"),
    [
        ({"suspended": True}, True, None),
        ({"suspended": True, "suspended_until": LATER}, True, datetime(2026, 4, 1, tzinfo=UTC)),
        ({"suspended_until": LATER}, True, datetime(2026, 4, 1, tzinfo=UTC)),
        ({"suspended_until": NOW + timedelta(hours=1)}, True, NOW + timedelta(hours=1)),
        ({"suspended_until": NOW}, False, None),
        ({"suspended": True, "suspended_until": NOW - timedelta(days=1)}, False, None),
        ({"suspended": False, "suspended_until": LATER}, False, None),
        ({"suspended": False}, False, None),
        ({}, False, None),
    ],
)
def test_who_waits_lets_others_pass_as_in_the_other_system_and_as_long(
    facts: dict[str, Any], suspended: bool, until: datetime | None
) -> None:
    hold = a_hold()

    assert suspended == followed(hold, a_former(**facts))
    assert (suspended, until) == (hold.suspended, hold.suspended_until)
    assert [] == told(hold, a_former(**facts))


def test_a_suspension_ends_by_a_word_and_without_one_stays() -> None:
    hold = a_hold()
    hold.suspend(until=None)

    assert not followed(hold, a_former())
    assert hold.is_suspended(NOW)
    assert [] == told(hold, a_former())
    assert ["suspended"] == told(hold, a_former(suspended=False))
    assert followed(hold, a_former(suspended=False))
    assert not hold.is_suspended(NOW)
    assert ["suspended"] == told(hold, a_former(suspended=True))


def test_who_waits_does_so_between_the_days_and_with_the_comment_that_the_other_system_has_now() -> None:
    hold = a_hold()
    days: dict[str, Any] = {"not_before": date(2026, 3, 20), "expires_on": LATER, "comment": "Large print."}

    assert followed(hold, a_former(**days))
    assert (date(2026, 3, 20), LATER, "Large print.") == (hold.not_before, hold.expires_on, hold.comment)
    assert not followed(hold, a_former()), "what is left open stays"
    assert [] == told(hold, a_former(**days))
    other = {"not_before": LATER, "expires_on": date(2026, 5, 1), "comment": "Any."}
    assert ["not_before", "expires_on", "comment"] == told(hold, a_former(**other))


def test_whoever_waits_has_a_day_left_and_whose_copy_is_there_needs_none() -> None:
    past: dict[str, Any] = {"expires_on": NOW.date() - timedelta(days=1)}

    with pytest.raises(InvalidHoldExpiry):
        expect_days(a_former(**past), calendar=ALWAYS_OPEN, now=NOW)
    expect_days(a_former(**past | READY), calendar=ALWAYS_OPEN, now=NOW)
    expect_days(a_former(expires_on=LATER, not_before=NOW.date()), calendar=ALWAYS_OPEN, now=NOW)


def test_a_recall_differs_from_a_hold_and_a_record_that_does_not_say_which_from_neither() -> None:
    assert ["kind"] == told(a_hold(), a_former(kind="recall"))
    assert [] == told(a_hold(), a_former(kind="hold"))

"""A hold that was ready and is so no longer: whoever was told to come is told that the copy is not there."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from loans_service.domain.holds.hold import Hold, HoldEvent, HoldEventType
from tests.loans.makers import EMMA_COPY, NOW, a_hold, emmas_copy

LATER = NOW + timedelta(days=1)
NEXT_WEEK = NOW + timedelta(days=7)
FALLS_BACK: list[Callable[[Hold], object]] = [
    lambda hold: hold.lose_copy(now=LATER),
    lambda hold: hold.capture(emmas_copy(), branch="EAST", until=NEXT_WEEK, now=LATER),
]
ENDS: list[tuple[Callable[[Hold], object], HoldEventType]] = [
    (lambda hold: hold.cancel(now=LATER), HoldEventType.CANCELLED),
    (lambda hold: hold.expire(now=LATER), HoldEventType.EXPIRED),
    (lambda hold: hold.fulfil(emmas_copy(), now=LATER), HoldEventType.FULFILLED),
]


def captured(branch: str) -> Hold:
    """Return a hold that is fetched in MAIN, and whose copy was scanned in this branch; all of it was told."""
    hold = a_hold()
    hold.capture(emmas_copy(), branch=branch, until=NEXT_WEEK, now=NOW)
    hold.take_events()
    return hold


@pytest.mark.parametrize("act", FALLS_BACK)
def test_whoever_was_told_to_come_is_told_once_that_the_copy_is_not_there_and_which_it_was(
    act: Callable[[Hold], object],
) -> None:
    hold = captured("MAIN")
    version = hold.version

    act(hold)

    told = [HoldEvent(HoldEventType.NO_LONGER_READY, hold, LATER, copy_id=EMMA_COPY)]
    assert (told, version + 1) == (hold.take_events(), hold.version)
    hold.lose_copy(now=LATER)
    assert [] == hold.take_events()


def test_whose_copy_is_lost_on_its_way_was_not_told_to_come_and_is_told_nothing() -> None:
    hold = captured("EAST")

    hold.lose_copy(now=LATER)

    assert [] == hold.take_events()


@pytest.mark.parametrize(("end", "type"), ENDS)
@pytest.mark.parametrize("before", [lambda _: None, *FALLS_BACK])
def test_a_ready_hold_that_ends_tells_of_its_end_alone(
    before: Callable[[Hold], object], end: Callable[[Hold], object], type: HoldEventType
) -> None:
    hold = captured("MAIN")

    before(hold)
    end(hold)

    assert [HoldEvent(type, hold, LATER)] == hold.take_events()

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.hold import Hold
from loans_service.domain.hold_queue import HoldQueue, HoldQueueDiffers
from shared.kernel.ids import new_id
from tests.loans.makers import EMMA_COPY, NOW, a_hold, emmas_copy


def everybody(_: str) -> bool:
    return True


def queue_of(number: int) -> tuple[HoldQueue, list[Hold]]:
    holds = [a_hold(order) for order in range(1, number + 1)]
    return HoldQueue(reversed(holds)), holds


def test_the_stored_order_decides_whatever_the_dates_say() -> None:
    late, early = a_hold(2), a_hold(1)

    queue = HoldQueue([late, early])

    assert early is queue.first_for(EMMA_COPY, lends=everybody, now=NOW)


def test_who_joins_waits_behind_all_others() -> None:
    queue, holds = queue_of(2)
    newcomer = a_hold()

    queue.join(newcomer)

    assert (*(hold.id for hold in holds), newcomer.id) == queue.hold_ids
    assert 3 == newcomer.take_events()[-1].position


def test_when_the_second_of_four_cancels_the_others_close_up_in_the_same_order() -> None:
    _, holds = queue_of(4)
    holds[1].cancel(now=NOW)

    queue = HoldQueue(holds)

    assert (holds[0].id, holds[2].id, holds[3].id) == queue.hold_ids


def test_a_copy_goes_to_the_first_hold_that_it_can_fill() -> None:
    suspended, other_copy, child, adult = (
        a_hold(1),
        a_hold(2, wanted_copy_id=new_id()),
        a_hold(3, category="child"),
        a_hold(4),
    )
    suspended.suspend(until=None)
    queue = HoldQueue([suspended, other_copy, child, adult])

    assert adult is queue.first_for(EMMA_COPY, lends=lambda category: category == "adult", now=NOW)
    assert child is queue.first_for(EMMA_COPY, lends=everybody, now=NOW)
    assert other_copy is queue.first_for(other_copy.wanted_copy_id or EMMA_COPY, lends=everybody, now=NOW)


def test_a_hold_with_a_copy_waits_no_longer_and_takes_no_place_in_the_queue() -> None:
    _, (first, second) = queue_of(2)
    first.set_aside(emmas_copy(), branch="MAIN", until=NOW, now=NOW)

    assert (second.id,) == HoldQueue([first, second]).hold_ids


def test_a_valid_order_given_twice_succeeds_twice() -> None:
    queue, holds = queue_of(4)
    wanted = [holds[place].id for place in (2, 0, 3, 1)]

    queue.reorder(wanted)
    versions = [hold.version for hold in holds]
    queue.reorder(wanted)

    assert tuple(wanted) == queue.hold_ids == HoldQueue(holds).hold_ids
    assert versions == [hold.version for hold in holds]


WRONG: dict[str, Callable[[list[UUID]], list[UUID]]] = {
    "one is missing": lambda ids: ids[:3],
    "one is named twice": lambda ids: [*ids[:3], ids[0]],
    "one too many": lambda ids: [*ids, ids[0]],
    "a foreign one": lambda ids: [*ids[:3], new_id()],
    "nothing": lambda _: [],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_any_order_but_of_exactly_those_who_wait_is_refused_and_changes_nothing(wrong: str) -> None:
    queue, holds = queue_of(4)

    with pytest.raises(HoldQueueDiffers):
        queue.reorder(WRONG[wrong]([hold.id for hold in holds]))

    assert [1, 2, 3, 4] == [hold.order for hold in holds]


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_whatever_the_order_and_whoever_leaves_the_rest_keeps_it(order: list[int], leaving: set[int]) -> None:
    queue, holds = queue_of(6)
    queue.reorder([holds[place].id for place in order])

    for place in leaving:
        holds[place].cancel(now=NOW)

    assert tuple(holds[place].id for place in order if place not in leaving) == HoldQueue(holds).hold_ids

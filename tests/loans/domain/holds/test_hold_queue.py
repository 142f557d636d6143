from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.hold_queue import (
    CheckOutHeldByOther,
    HoldQueue,
    HoldQueueDiffers,
    QueueEnd,
    QueueOrder,
    insert_by_date,
    positions,
)
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, EMMA_COPY, NOW, a_hold, emmas_copy


def everybody(*_: object) -> bool:
    return True


def order_of(number: int) -> QueueOrder:
    return QueueOrder(tuple((new_id(), order) for order in range(1, number + 1)))


def test_the_stored_order_decides_whatever_the_dates_say() -> None:
    late, early = a_hold(2), a_hold(1)

    queue = HoldQueue([late, early])

    assert early is queue.first_for(emmas_copy(), lends=everybody, now=NOW)


def test_who_joins_waits_behind_all_others() -> None:
    newcomer = a_hold()

    position = QueueEnd(waiting=2, last=7).join(newcomer)

    assert (3, 8) == (position, newcomer.queue_order)
    assert 3 == newcomer.take_events()[-1].position


def test_when_the_second_of_four_cancels_the_others_close_up_in_the_same_order() -> None:
    holds = [a_hold(order) for order in range(1, 5)]
    holds[1].cancel(now=NOW)

    queue = HoldQueue(holds)

    assert (holds[0], holds[2], holds[3]) == queue.holds


def test_a_copy_goes_to_the_first_hold_that_it_can_fill() -> None:
    suspended, other_copy, child, adult = (
        a_hold(1),
        a_hold(2, wanted_copy_id=new_id()),
        a_hold(3, category="child"),
        a_hold(4),
    )
    suspended.suspend(until=None)
    queue = HoldQueue([suspended, other_copy, child, adult])

    assert adult is queue.first_for(emmas_copy(), lends=lambda category, _: category == "adult", now=NOW)
    assert child is queue.first_for(emmas_copy(), lends=everybody, now=NOW)
    assert other_copy is queue.first_for(emmas_copy(other_copy.wanted_copy_id or EMMA_COPY), lends=everybody, now=NOW)


def test_ones_own_hold_does_not_stand_before_oneself() -> None:
    own, others = a_hold(1, member_id=ADA), a_hold(2)

    assert others is HoldQueue([own, others]).first_for(emmas_copy(), lends=everybody, now=NOW, besides=ADA)
    assert None is HoldQueue([own]).first_for(emmas_copy(), lends=everybody, now=NOW, besides=ADA)


def test_a_copy_goes_to_the_first_hold_that_no_other_copy_is_to_serve() -> None:
    targeted, waiting = a_hold(1), a_hold(2)
    targeted.target(emmas_copy(new_id()), branch="EAST", now=NOW)

    assert waiting is HoldQueue([targeted, waiting]).first_for(emmas_copy(), lends=everybody, now=NOW)
    assert None is HoldQueue([targeted]).first_for(emmas_copy(), lends=everybody, now=NOW)


def test_a_copy_in_hand_serves_a_hold_that_is_fetched_here_sooner_than_one_that_is_still_to_be_pulled() -> None:
    here, elsewhere = a_hold(2), a_hold(1, pickup_branch="WEST")
    for hold in (here, elsewhere):
        hold.target(emmas_copy(new_id()), branch="EAST", now=NOW)

    queue = HoldQueue([here, elsewhere])

    assert here is queue.first_scanned(emmas_copy(), branch="MAIN", lends=everybody, now=NOW)
    assert None is queue.first_scanned(emmas_copy(), branch="EAST", lends=everybody, now=NOW)


def test_a_hold_with_a_copy_waits_no_longer_and_takes_no_place_in_the_queue() -> None:
    first, second = a_hold(1), a_hold(2)
    first.capture(emmas_copy(), branch="MAIN", until=NOW, now=NOW)

    assert (second,) == HoldQueue([first, second]).holds


def test_a_valid_order_given_twice_succeeds_twice() -> None:
    order = order_of(4)
    wanted = [order.hold_ids[place] for place in (2, 0, 3, 1)]

    moved = order.reordered(wanted)

    assert {wanted[0]: 1, wanted[1]: 2, wanted[2]: 3, wanted[3]: 4} == moved
    assert {} == QueueOrder(tuple((hold_id, moved[hold_id]) for hold_id in wanted)).reordered(wanted)


def test_nobody_gets_the_place_of_one_who_has_a_copy() -> None:
    first, second = new_id(), new_id()

    assert {second: 4, first: 5} == QueueOrder(((first, 1), (second, 4)), taken=3).reordered([second, first]) | {
        second: 4
    }


def test_those_who_move_say_which_branches_an_order_is_about() -> None:
    first, second, third = new_id(), new_id(), new_id()
    fetched_in = {first: "MAIN", second: "EAST", third: "MAIN"}
    order = QueueOrder(((first, 1), (second, 2), (third, 3)), fetched_in=fetched_in)

    assert [] == order.branches_that_wait_otherwise([first, second, third])
    assert ["MAIN"] == order.branches_that_wait_otherwise([third, second, first])
    assert ["EAST", "MAIN"] == order.branches_that_wait_otherwise([second, first, third])


def test_holds_that_are_fetched_where_their_copies_are_at_home_ask_for_no_branch_beside_others() -> None:
    first, second, third = new_id(), new_id(), new_id()
    order = QueueOrder(((first, 1), (second, 2), (third, 3)), fetched_in={first: None, second: None, third: "MAIN"})

    assert [None] == order.branches_that_wait_otherwise([second, first, third])
    assert ["MAIN"] == order.branches_that_wait_otherwise([third, second, first])
    assert [] == order.branches_that_wait_otherwise([first, second, third])


def test_who_keeps_the_place_does_not_move() -> None:
    order = order_of(4)
    first, second, third, fourth = order.hold_ids

    assert {third: 2, second: 3} == order.reordered([first, third, second, fourth])


WRONG: dict[str, Callable[[list[UUID]], list[UUID]]] = {
    "one is missing": lambda ids: ids[:3],
    "one is named twice": lambda ids: [*ids[:3], ids[0]],
    "one too many": lambda ids: [*ids, ids[0]],
    "a foreign one": lambda ids: [*ids[:3], new_id()],
    "nothing": lambda _: [],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_any_order_but_of_exactly_those_who_wait_is_refused_and_changes_nothing(wrong: str) -> None:
    order = order_of(4)

    with pytest.raises(HoldQueueDiffers) as refused:
        order.reordered(WRONG[wrong](list(order.hold_ids)))

    told = "Name exactly the holds that wait for this book, each once. Read the queue again and repeat the order."
    assert ({"waiting": 4}, told) == (refused.value.figures, refused.value.detail)


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_whatever_the_order_and_whoever_leaves_the_rest_keeps_it(order: list[int], leaving: set[int]) -> None:
    holds = [a_hold(place) for place in range(1, 7)]
    before = QueueOrder(tuple((hold.id, hold.queue_order) for hold in holds))
    for hold_id, place in before.reordered([holds[place].id for place in order]).items():
        next(hold for hold in holds if hold.id == hold_id).queue_order = place

    for place in leaving:
        holds[place].cancel(now=NOW)

    assert tuple(holds[place] for place in order if place not in leaving) == HoldQueue(holds).holds


def placed(days: int, order: int = 0) -> Hold:
    hold = a_hold(order)
    hold.placed_at = NOW + timedelta(days=days)
    hold.take_events()
    return hold


@pytest.mark.parametrize(
    ("days", "joins", "others"),
    [
        (0, (2, 1), [3, 4, 6]),
        (1, (3, 2), [2, 4, 6]),
        (2, (3, 2), [2, 4, 6]),
        (4, (5, 3), [2, 3, 6]),
        (5, (6, 4), [2, 3, 5]),
    ],
)
def test_a_hold_from_elsewhere_joins_where_its_date_belongs_and_whoever_came_later_gives_way(
    days: int, joins: tuple[int, int], others: list[int]
) -> None:
    first, second, third = placed(1, 2), placed(3, 3), placed(5, 5)
    versions = [hold.version for hold in (first, second, third)]
    newcomer = placed(days)

    insert_by_date(newcomer, [third, first, second])

    (event,) = newcomer.take_events()
    assert (joins, others) == (
        (newcomer.queue_order, event.position), [hold.queue_order for hold in (first, second, third)],
    )  # fmt: skip
    moved = [hold.version - version for hold, version in zip((first, second, third), versions, strict=True)]
    assert [now - before for now, before in zip(others, (2, 3, 5), strict=True)] == moved


def test_whoever_has_a_copy_keeps_the_place_before_a_newcomer_and_is_not_counted() -> None:
    served, waiting, newcomer = placed(1, 1), placed(2, 2), placed(3)
    served.capture(emmas_copy(), branch="MAIN", until=NOW, now=NOW)

    insert_by_date(newcomer, [served, waiting])

    (event,) = newcomer.take_events()
    assert (3, 2) == (newcomer.queue_order, event.position)


def test_the_first_of_a_queue_from_elsewhere_has_the_first_place() -> None:
    newcomer = placed(1)

    insert_by_date(newcomer, [])

    (event,) = newcomer.take_events()
    assert (1, 1) == (newcomer.queue_order, event.position)


@pytest.mark.parametrize(
    ("captured", "sentence"),
    [
        (True, "This copy is held for another member. Offer to place a hold."),
        (False, "This copy is to be pulled for another member. Take another copy, or ask the staff."),
    ],
)
def test_whoever_is_refused_a_held_copy_is_told_what_can_be_done(captured: bool, sentence: str) -> None:
    refusal = CheckOutHeldByOther(captured=captured)

    assert (sentence, {"captured": captured}) == (refusal.detail, refusal.figures)


def test_a_scanned_copy_serves_no_hold_that_does_not_want_it_or_that_the_policy_lends_it_not_to() -> None:
    suspended, child, here = a_hold(1), a_hold(2, category="child"), a_hold(3)
    suspended.suspend(until=None)
    for hold in (child, here):
        hold.target(emmas_copy(new_id()), branch="EAST", now=NOW)

    queue = HoldQueue([suspended, child, here])

    assert here is queue.first_scanned(emmas_copy(), branch="main", lends=lambda of, _: of == "adult", now=NOW)


def test_a_scanned_copy_serves_the_first_without_a_target_before_all_who_have_one() -> None:
    here, elsewhere = a_hold(1), a_hold(2, pickup_branch="WEST")
    here.target(emmas_copy(new_id()), branch="EAST", now=NOW)

    assert elsewhere is HoldQueue([here, elsewhere]).first_scanned(
        emmas_copy(), branch="MAIN", lends=everybody, now=NOW
    )


def test_a_copy_serves_a_hold_from_the_moment_on_which_it_begins_until_that_on_which_it_expires() -> None:
    today, tomorrow = a_hold(1, expires_on=NOW.date()), a_hold(2, not_before=NOW.date() + timedelta(days=1))
    queue, midnight = HoldQueue([today, tomorrow]), NOW.replace(hour=0) + timedelta(days=1)

    served = [
        find(emmas_copy(), lends=everybody, now=now)
        for now in (midnight - timedelta(seconds=1), midnight)
        for find in (queue.first_for, partial(queue.first_scanned, branch="MAIN"))
    ]

    assert [today, today, tomorrow, tomorrow] == served
    for hold in (today, tomorrow):
        hold.target(emmas_copy(new_id()), branch="EAST", now=NOW)
    later = [queue.first_scanned(emmas_copy(), branch="MAIN", lends=everybody, now=now) for now in (NOW, midnight)]
    assert [today, tomorrow] == later


def test_a_scanned_copy_that_others_are_to_serve_is_for_whom_it_is_wanted() -> None:
    other, mine = a_hold(1, wanted_copy_id=new_id()), a_hold(2, wanted_copy_id=EMMA_COPY)
    queue = HoldQueue([other, mine])

    assert mine is queue.first_scanned(emmas_copy(), branch="WEST", lends=everybody, now=NOW)
    mine.target(emmas_copy(new_id()), branch="EAST", now=NOW)
    assert mine is HoldQueue([other, mine]).first_scanned(emmas_copy(), branch="MAIN", lends=everybody, now=NOW)


def test_a_hold_moves_up_when_fewer_wait_before_it_and_only_then() -> None:
    first, second, third = (new_id() for _ in range(3))
    order = QueueOrder(((first, 1), (second, 2), (third, 3)))

    assert order.moves_up({second}, [second, first, third])
    assert not order.moves_up({second}, [first, second, third])
    assert not order.moves_up({second}, [third, first, second])
    assert not order.moves_up({second}, [third, second, first])
    assert not order.moves_up(set(), [third, second, first])


def test_holds_for_other_volumes_do_not_count_for_the_position() -> None:
    assert [1, 1, 3, 3, 5] == [*positions(["1", "2", None, "1", None])]


def test_a_copy_serves_the_first_hold_for_its_volume_or_for_any() -> None:
    first, second = a_hold(1, volume="1"), a_hold(2, volume="2")
    queue = HoldQueue([first, second])

    served = [queue.first_for(emmas_copy(volume=key), lends=everybody, now=NOW) for key in ("1", "2", "3", None)]

    assert [first, second, None, None] == served
    assert second is queue.first_scanned(emmas_copy(volume="2"), branch="MAIN", lends=everybody, now=NOW)

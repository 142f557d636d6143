from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from loans_service.domain.holds.joined_queues import (
    JoinedQueues,
    QueuedHold,
    held_by_both,
    places_by_date,
    position_among,
)
from shared.kernel.ids import new_id
from tests.loans.makers import EMMA, EMMA_COPY, NOW, a_hold

OTHER_BOOK, KIM = new_id(), new_id()


def queued(day: int, order: int, *, book_id: UUID = EMMA, **facts: Any) -> QueuedHold:
    usual: dict[str, Any] = {"hold_id": new_id(), "member_id": new_id(), "wanted_copy_id": None, "volume_key": None}
    usual["captured"] = False
    placed_at = NOW + timedelta(days=day)
    return QueuedHold(**usual | facts, book_id=book_id, placed_at=placed_at, queue_order=order)


def test_everybody_waits_where_the_date_of_their_hold_belongs_and_who_stays_is_not_moved() -> None:
    first, third = queued(1, 1), queued(3, 2)
    second, fourth = queued(2, 5, book_id=OTHER_BOOK), queued(4, 6, book_id=OTHER_BOOK)

    moved = JoinedQueues([first, third], [second, fourth]).new_orders()

    assert {second.hold_id: 2, third.hold_id: 3, fourth.hold_id: 4} == moved


def test_whom_staff_put_before_others_of_their_queue_stays_before_them() -> None:
    preferred, older = queued(5, 1), queued(1, 2)
    other = queued(3, 1, book_id=OTHER_BOOK)

    moved = JoinedQueues([preferred, older], [other]).new_orders()

    assert {preferred.hold_id: 2, older.hold_id: 3} == moved


def test_of_two_holds_of_one_member_the_younger_one_ends() -> None:
    older, younger = queued(1, 1, member_id=KIM), queued(2, 1, member_id=KIM, book_id=OTHER_BOOK)

    assert [younger.hold_id] == JoinedQueues([older], [younger]).held_twice()
    assert [younger.hold_id] == JoinedQueues([younger], [older]).held_twice()
    assert [] == JoinedQueues([older, queued(3, 2)], []).held_twice()


def test_a_hold_for_which_a_copy_is_kept_stays_before_an_older_one() -> None:
    older = queued(1, 1, member_id=KIM)
    kept = queued(2, 1, member_id=KIM, book_id=OTHER_BOOK, captured=True)

    assert [older.hold_id] == JoinedQueues([older], [kept]).held_twice()


def test_holds_for_two_copies_stay_both_but_any_copy_is_enough_for_who_waits_for_one() -> None:
    one = queued(1, 1, member_id=KIM, wanted_copy_id=EMMA_COPY)
    another = queued(2, 1, member_id=KIM, book_id=OTHER_BOOK, wanted_copy_id=new_id())
    any_copy = queued(3, 2, member_id=KIM, book_id=OTHER_BOOK)

    assert [] == JoinedQueues([one], [another]).held_twice()
    assert [any_copy.hold_id] == JoinedQueues([one], [any_copy]).held_twice()
    assert [] == JoinedQueues([], [another, any_copy]).held_twice()  # these were together before


def test_holds_for_two_volumes_stay_both_and_of_two_for_one_volume_the_older_one() -> None:
    one, other = queued(1, 1, member_id=KIM, volume_key="1"), queued(2, 1, member_id=KIM, volume_key="2")
    theirs = replace(other, hold_id=new_id(), book_id=OTHER_BOOK, placed_at=NOW + timedelta(days=3))

    assert [] == JoinedQueues([one], [theirs]).held_twice()
    assert [theirs.hold_id] == JoinedQueues([one, other], [theirs]).held_twice()


def test_of_two_members_who_are_one_person_the_hold_with_a_copy_stays_else_the_older_one() -> None:
    older, younger = queued(1, 1, member_id=KIM), queued(2, 2)
    kept, waiting = queued(4, 2, book_id=OTHER_BOOK, captured=True), queued(3, 1, book_id=OTHER_BOOK, member_id=KIM)
    of_one_book, of_other_book = [older, younger], [kept, waiting]

    assert [younger.hold_id, waiting.hold_id] == held_by_both([*of_one_book, *of_other_book])
    assert [] == held_by_both([older, queued(2, 2, member_id=KIM, wanted_copy_id=EMMA_COPY)])
    assert [] == held_by_both([older, kept])


def test_a_hold_for_a_bound_title_is_covered_by_one_for_its_copy_and_not_by_one_for_any_copy_of_the_other() -> None:
    pamphlet = queued(2, 2, wanted_copy_id=EMMA_COPY, bound_book_id=OTHER_BOOK)
    any_copy, that_copy = queued(1, 1, member_id=KIM), queued(1, 1, member_id=KIM, wanted_copy_id=EMMA_COPY)

    assert [] == held_by_both([any_copy, pamphlet])
    assert [pamphlet.hold_id] == held_by_both([that_copy, pamphlet])


def test_one_more_hold_stands_before_the_first_that_was_placed_later() -> None:
    queue = [queued(day, order) for order, day in ((3, 1), (4, 5), (5, 2))]

    assert (4, {queue[1].hold_id: 5, queue[2].hold_id: 6}) == places_by_date(NOW + timedelta(days=3), queue)
    assert (6, {}) == places_by_date(NOW + timedelta(days=9), queue)
    assert (1, {}) == places_by_date(NOW, [])


def test_a_position_among_others_counts_neither_what_is_captured_nor_other_volumes() -> None:
    mine = a_hold(9, volume="2")
    before = [
        queued(1, 1), queued(1, 2, captured=True), queued(1, 3, volume_key="1"), queued(1, 4, volume_key="2"),
        queued(1, 10), queued(1, 5, hold_id=mine.id),
    ]  # fmt: skip

    assert 3 == position_among(before, mine)


def test_a_hold_that_is_as_old_as_another_one_comes_behind_it() -> None:
    queue = [queued(1, 3), queued(2, 4)]

    assert (4, {queue[1].hold_id: 5}) == places_by_date(queue[0].placed_at, queue)


def test_who_waits_for_a_volume_stands_behind_those_for_that_and_for_any_copy() -> None:
    hold = a_hold(5, volume="2")
    before = [queued(1, 1), queued(1, 2, volume_key="2"), queued(1, 3, volume_key="1")]
    none_of_them = [queued(1, 5), queued(1, 4, captured=True), queued(1, 1, hold_id=hold.id)]

    assert 3 == position_among([*before, *none_of_them], hold)
    assert 4 == position_among([*before, *none_of_them[:2]], a_hold(5)), "who takes any copy waits behind all of them"


def test_a_title_that_becomes_one_with_its_binding_is_waited_for_as_any_copy_of_that() -> None:
    bound = queued(1, 1, book_id=OTHER_BOOK, wanted_copy_id=EMMA_COPY, bound_book_id=EMMA)

    asked = bound.as_asked({EMMA, OTHER_BOOK})

    assert replace(bound, book_id=EMMA, bound_book_id=None, wanted_copy_id=None) == asked
    assert bound is bound.as_asked({OTHER_BOOK})
    plain = queued(1, 1)
    assert plain is plain.as_asked({EMMA})

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.allocation import HoldAllocation, in_order
from loans_service.domain.holds.circulation_record import CirculationRecord, CirculationStatus
from loans_service.domain.holds.hold import Hold
from shared.kernel.ids import new_id
from tests.loans.makers import NOW, a_hold, emmas_copy


def a_record(branch: str = "MAIN") -> CirculationRecord:
    return CirculationRecord(emmas_copy(new_id(), home_branch=branch))


def allocation(
    *records: CirculationRecord,
    targeted: tuple[Hold, ...] = (),
    lendable: set[UUID] | None = None,
    adults: bool = False,
) -> HoldAllocation:
    def lends(_: CirculatingCopy, hold: Hold) -> bool:
        return not adults or hold.category == "adult"

    every = {record.copy.copy_id for record in records}
    by_copy = {hold.copy_id: hold for hold in targeted if hold.copy_id is not None}
    return HoldAllocation(records, by_copy, lendable=every if lendable is None else lendable, lends=lends, now=NOW)


def test_a_copy_is_taken_in_the_pickup_branch_first_and_then_where_most_are_free() -> None:
    here, west, *east = a_record("MAIN"), a_record("WEST"), a_record("EAST"), a_record("EAST")
    copies = allocation(west, *east, here)
    first, second = a_hold(1), a_hold(2)

    assert copies.serve(first)
    assert copies.serve(second)

    assert (here.copy.copy_id, "EAST") == (first.copy_id, second.target_branch)


def test_a_copy_serves_one_hold_and_nobody_more() -> None:
    record, first, second = a_record(), a_hold(1), a_hold(2)
    copies = allocation(record)

    assert [True, False] == [copies.serve(hold) for hold in (first, second)]
    assert (record.copy.copy_id, None) == (first.copy_id, second.copy_id)


def test_a_copy_that_is_not_lent_or_not_on_its_shelf_serves_nobody() -> None:
    broken, away = a_record(), a_record()
    away.receive("EAST", hold=None, shelf_until=NOW, now=NOW)
    copies = allocation(broken, away, lendable={away.copy.copy_id})

    assert not copies.serve(a_hold())


def test_a_copy_that_the_policy_does_not_lend_to_a_category_serves_the_next() -> None:
    child, adult = a_hold(1, category="child"), a_hold(2)
    copies = allocation(a_record(), adults=True)

    assert [False, True] == [copies.serve(hold) for hold in (child, adult)]


def test_whoever_comes_first_takes_the_target_of_the_last() -> None:
    records = [a_record(), a_record()]
    second, third = a_hold(2), a_hold(3)
    for record, hold in zip(records, (second, third), strict=True):
        record.request(hold, now=NOW)
    copies = allocation(*records, targeted=(second, third))
    first = a_hold(1)

    assert copies.serve(first)

    assert (third.copy_id, records[1].copy.copy_id) == (None, first.copy_id)


def test_whoever_lost_a_target_to_somebody_before_them_is_given_another_in_the_end() -> None:
    records, second = [a_record(), a_record()], a_hold(2)
    records[0].request(second, now=NOW)
    wanted = records[0].copy.copy_id
    first, third = a_hold(1, wanted_copy_id=wanted), a_hold(3)
    copies = allocation(*records, targeted=(second,))

    copies.serve_in_turn([first, third])
    changes = copies.settle()

    assert (wanted, records[1].copy.copy_id, None) == (first.copy_id, second.copy_id, third.copy_id)
    assert [first, third, second] == changes.served


def test_a_target_that_is_not_wanted_or_not_lent_any_more_is_let_go_of_for_whoever_is_next() -> None:
    records, holds = [a_record(), a_record(), a_record()], [a_hold(1), a_hold(2), a_hold(3)]
    for record, hold in zip(records, holds, strict=True):
        record.request(hold, now=NOW)
    holds[0].suspend(until=None)
    records[1].describe(emmas_copy(records[1].copy.copy_id, home_branch="WEST"), now=NOW)
    lendable = {records[0].copy.copy_id, records[1].copy.copy_id}
    copies = allocation(*records, targeted=tuple(holds), lendable=lendable)

    copies.review()

    assert [None, records[0].copy.copy_id, records[1].copy.copy_id] == [hold.copy_id for hold in holds]
    assert CirculationStatus.HOME == records[2].status


def test_what_was_not_pulled_is_pulled_in_another_branch_if_that_has_a_copy() -> None:
    stuck, here, east, hold = a_record(), a_record(), a_record("EAST"), a_hold()
    stuck.request(hold, now=NOW)

    allocation(stuck, here, targeted=(hold,)).review(late=[hold])
    assert stuck.copy.copy_id == hold.copy_id
    allocation(stuck, here, east, targeted=(hold,)).review(late=[hold])

    assert (east.copy.copy_id, CirculationStatus.HOME) == (hold.copy_id, stuck.status)


def test_any_copy_will_do_for_one_so_that_the_other_gets_the_only_one_it_wants() -> None:
    wanted, other = a_record(), a_record("EAST")
    anybody, picky = a_hold(1), a_hold(2, wanted_copy_id=wanted.copy.copy_id)
    copies = HoldAllocation(
        [wanted, other],
        lendable={wanted.copy.copy_id, other.copy.copy_id},
        lends=lambda *_: True,
        with_own_holds={wanted.copy.copy_id},
        now=NOW,
    )

    assert copies.serve(anybody)
    assert copies.serve(picky)


def test_it_is_worth_looking_at_a_hold_while_a_copy_is_free_or_somebody_behind_it_has_a_target() -> None:
    record, hold = a_record(), a_hold(2)
    assert allocation(record).can_serve_behind(9)
    assert not allocation(record, lendable=set()).can_serve_behind(0)

    record.request(hold, now=NOW)

    copies = allocation(record, targeted=(hold,))
    assert [True, False, False] == [copies.can_serve_behind(order) for order in (1, 2, 3)]


def test_a_target_that_is_still_wanted_where_it_stands_is_kept_and_one_that_is_gone_is_not() -> None:
    stays, gone = a_record(), a_record()
    holds = a_hold(1), a_hold(2)
    for record, hold in zip((stays, gone), holds, strict=True):
        record.request(hold, now=NOW)
    copies = allocation(stays, targeted=holds)

    copies.review(late=holds)

    assert (stays.copy.copy_id, None) == (holds[0].copy_id, holds[1].copy_id)
    assert ([], [holds[0]]) == ((changes := copies.settle()).served, changes.late)


def test_who_was_left_without_a_target_is_served_with_who_waits_again_in_the_order_of_the_queue() -> None:
    gone, *left = a_record(), a_record(), a_record()
    first, second, third = a_hold(1), a_hold(2), a_hold(3)
    gone.request(second, now=NOW)
    copies = allocation(*left, targeted=(second,))

    copies.review(waiting_again=[third, first])

    assert [first, second] == copies.settle().served
    assert not third.has_target


def test_what_was_not_pulled_goes_to_the_branch_with_the_most_free_copies() -> None:
    stuck, hold = a_record(), a_hold(pickup_branch="MAIN")
    stuck.request(hold, now=NOW)
    others = [a_record("AAST"), a_record("WEST"), a_record("west")]

    allocation(stuck, *others, targeted=(hold,)).review(late=[hold])

    assert "WEST" == (hold.target_branch or "").upper()


def test_a_copy_that_is_let_go_of_is_free_from_now_on() -> None:
    record, hold, later = a_record(), a_hold(2), NOW + timedelta(days=1)
    record.request(hold, now=NOW)
    copies = HoldAllocation([record], {record.copy.copy_id: hold}, lendable=(), lends=lambda *_: True, now=later)

    copies.review()

    assert (later, later) == (record.since, record.take_events()[-1].at)


def test_holds_stand_in_order_of_their_places_and_then_of_their_ids() -> None:
    third, first, second = a_hold(2), a_hold(1), a_hold(1)

    assert [first, second, third] == in_order([third, second, first])


def test_a_hold_is_served_from_the_moment_on_which_it_begins_and_its_target_is_dated() -> None:
    record, hold, tomorrow = a_record(), a_hold(not_before=NOW.date() + timedelta(days=1)), NOW + timedelta(days=1)
    asked = list[tuple[CirculatingCopy, str]]()

    def lends(copy: CirculatingCopy, hold: Hold) -> bool:
        asked.append((copy, hold.category))
        return True

    for now in (NOW, tomorrow):
        HoldAllocation([record], lendable={record.copy.copy_id}, lends=lends, now=now).serve(hold)

    assert ([(record.copy, "adult")], tomorrow, tomorrow) == (asked, hold.target_since, record.since)


@given(st.lists(st.sampled_from(["MAIN", "EAST", "WEST"]), max_size=6), st.lists(st.booleans(), max_size=8))
def test_no_copy_stays_free_while_somebody_waits_and_nobody_is_passed_by(
    branches: list[str], waits: list[bool]
) -> None:
    records = [a_record(branch) for branch in branches]
    holds = [a_hold(order) for order, _ in enumerate(waits)]
    for hold, waiting in zip(holds, waits, strict=True):
        if not waiting:
            hold.suspend(until=None)
    copies = allocation(*records)

    for hold in holds:
        copies.serve(hold)

    willing = [hold for hold, waiting in zip(holds, waits, strict=True) if waiting]
    served = [hold for hold in holds if hold.has_target]
    assert willing[: len(records)] == served
    assert len({hold.copy_id for hold in served}) == len(served)

"""Each act of a hold: what it keeps, what is told, and that it makes one new version."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from loans_service.domain.holds.hold import Hold, HoldEvent, HoldEventType, HoldKind, HoldStatus
from loans_service.domain.holds.hold_change import HoldChange
from loans_service.domain.holds.hold_refusals import HoldNotActive, HoldNotReady, HoldNotWaiting
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, ALWAYS_OPEN, EMMA, EMMA_COPY, NOW, a_hold, emmas_copy

LATER = NOW + timedelta(days=1)
NEXT_WEEK = NOW + timedelta(days=7)
LOAN = new_id()
T = HoldEventType


def waiting() -> Hold:
    hold = a_hold()
    hold.take_events()
    return hold


def targeted() -> Hold:
    hold = waiting()
    hold.target(emmas_copy(), branch="EAST", now=NOW)
    return hold


def ready() -> Hold:
    hold = waiting()
    hold.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK, now=NOW)
    hold.take_events()
    return hold


def travelling() -> Hold:
    hold = waiting()
    hold.capture(emmas_copy(), branch="EAST", until=NEXT_WEEK, now=NOW)
    return hold


def suspended() -> Hold:
    hold = waiting()
    hold.suspend(until=LATER)
    return hold


def test_a_new_hold_waits_for_everything() -> None:
    hold = Hold(id=new_id(), book_id=EMMA, title="Emma", wanted_copy_id=EMMA_COPY, member_id=ADA, category="adult",
                pickup_branch="MAIN", placed_at=NOW, comment="Please.", kind=HoldKind.RECALL)  # fmt: skip
    version = hold.version
    hold.join(7, position=3)

    assert [HoldEvent(T.PLACED, hold, NOW, 3)] == hold.take_events()
    assert (HoldStatus.WAITING, 7, version + 1, False, None) == (
        hold.status, hold.queue_order, hold.version, hold.suspended, hold.suspended_until,
    )  # fmt: skip
    assert ("Emma", EMMA_COPY, ADA, "adult", "MAIN", NOW, "Please.", HoldKind.RECALL) == (
        hold.title, hold.wanted_copy_id, hold.member_id, hold.category, hold.pickup_branch, hold.placed_at,
        hold.comment, hold.kind,
    )  # fmt: skip
    assert [None] * 12 == [
        hold.recalled_loan_id, hold.expires_on, hold.expires_at, hold.not_before, hold.starts_at, hold.copy_id,
        hold.barcode, hold.target_branch, hold.target_since, hold.pickup_until, hold.ended_at, hold.reason,
    ]  # fmt: skip
    assert HoldKind.HOLD is waiting().kind


ACTS: list[tuple[Callable[[], Hold], Callable[[Hold], object], list[HoldEventType]]] = [
    (waiting, lambda hold: hold.target(emmas_copy(), branch="EAST", now=LATER), []),
    (waiting, lambda hold: hold.recall(LOAN), []),
    (waiting, lambda hold: hold.release_loan(), []),
    (targeted, lambda hold: hold.lose_copy(now=LATER), []),
    (travelling, lambda hold: hold.lose_copy(now=LATER), []),
    (waiting, lambda hold: hold.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK, now=LATER), [T.READY]),
    (waiting, lambda hold: hold.capture(emmas_copy(), branch="EAST", until=NEXT_WEEK, now=LATER), []),
    (waiting, lambda hold: hold.capture(emmas_copy(), branch=None, until=NEXT_WEEK, now=LATER), []),
    (ready, lambda hold: hold.keep_until(LATER, now=LATER), [T.READY]),
    (waiting, lambda hold: hold.fulfil(emmas_copy(), now=LATER), [T.FULFILLED]),
    (waiting, lambda hold: hold.cancel(now=LATER), [T.CANCELLED]),
    (ready, lambda hold: hold.expire(now=LATER), [T.EXPIRED]),
    (waiting, lambda hold: hold.suspend(until=LATER), []),
    (suspended, lambda hold: hold.suspend(until=None), []),
    (suspended, lambda hold: hold.resume(), []),
    (waiting, lambda hold: hold.revise(HoldChange("MAIN", None, None, "Call."), calendar=ALWAYS_OPEN), []),
    (waiting, lambda hold: hold.revise(HoldChange("EAST", None, None, None), calendar=ALWAYS_OPEN), []),
]


@pytest.mark.parametrize(("given", "act", "told"), ACTS)
def test_an_act_makes_one_new_version_and_tells_what_others_are_to_know(
    given: Callable[[], Hold], act: Callable[[Hold], object], told: list[HoldEventType]
) -> None:
    hold = given()
    version = hold.version

    act(hold)

    assert ([HoldEvent(type, hold, LATER) for type in told], version + 1) == (hold.take_events(), hold.version)


UNCHANGED: list[tuple[Callable[[], Hold], Callable[[Hold], object]]] = [
    (waiting, lambda hold: hold.lose_copy(now=LATER)),
    (waiting, lambda hold: hold.resume()),
    (suspended, lambda hold: hold.suspend(until=LATER)),
    (ready, lambda hold: hold.keep_until(NEXT_WEEK, now=LATER)),
    (ready, lambda hold: hold.capture(emmas_copy(), branch="main", until=LATER, now=LATER)),
    (waiting, lambda hold: hold.revise(HoldChange("MAIN", None, None, None), calendar=ALWAYS_OPEN)),
]


@pytest.mark.parametrize(("given", "act"), UNCHANGED)
def test_what_is_so_already_makes_no_new_version(given: Callable[[], Hold], act: Callable[[Hold], object]) -> None:
    hold = given()
    before = dict(vars(hold))

    act(hold)

    assert before == vars(hold)


def test_a_target_says_which_copy_is_to_be_pulled_where_and_since_when() -> None:
    hold = waiting()

    hold.target(emmas_copy(), branch="EAST", now=LATER)

    assert (EMMA_COPY, "30000000000019", "EAST", LATER, True) == (
        hold.copy_id, hold.barcode, hold.target_branch, hold.target_since, hold.has_target,
    )  # fmt: skip


@pytest.mark.parametrize("given", [targeted, ready])
def test_a_hold_that_loses_its_copy_forgets_all_of_it(given: Callable[[], Hold]) -> None:
    hold = given()

    hold.lose_copy(now=LATER)

    assert (HoldStatus.WAITING, *[None] * 5) == (
        hold.status, hold.copy_id, hold.barcode, hold.target_branch, hold.target_since, hold.pickup_until,
    )  # fmt: skip


def test_a_hold_that_has_ended_loses_nothing_any_more() -> None:
    hold = ready()
    hold.expire(now=NOW)

    hold.lose_copy(now=LATER)

    assert (HoldStatus.EXPIRED, EMMA_COPY) == (hold.status, hold.copy_id)


def test_a_captured_copy_is_remembered_and_is_no_target() -> None:
    hold = targeted()

    hold.capture(emmas_copy(new_id()), branch=None, until=NEXT_WEEK, now=NOW)

    assert (HoldStatus.IN_TRANSIT, None, None, None) == (
        hold.status, hold.target_branch, hold.target_since, hold.pickup_until,
    )  # fmt: skip
    assert EMMA_COPY != hold.copy_id
    version = hold.version
    hold.capture(emmas_copy(), branch="WEST", until=NEXT_WEEK, now=NOW)
    assert version == hold.version, "it is on its way already"


def test_whoever_took_the_copy_has_this_one_and_the_hold_ends_then() -> None:
    hold = targeted()
    other = emmas_copy(new_id())

    hold.fulfil(other, now=LATER)

    assert (HoldStatus.FULFILLED, other.copy_id, LATER, None, None) == (
        hold.status, hold.copy_id, hold.ended_at, hold.target_branch, hold.target_since,
    )  # fmt: skip


def test_a_captured_copy_is_remembered_after_the_end_and_a_target_is_not() -> None:
    captured, target = ready(), targeted()

    for hold in (captured, target):
        hold.cancel(now=LATER, reason="no-lendable-copy")

    assert [(EMMA_COPY, LATER), (None, LATER)] == [(hold.copy_id, hold.ended_at) for hold in (captured, target)]
    captured.cancel(now=NEXT_WEEK)
    assert ("no-lendable-copy", LATER) == (captured.reason, captured.ended_at)


def test_the_days_of_a_hold_begin_and_end_where_it_is_fetched() -> None:
    hold = waiting()

    hold.revise(HoldChange("EAST", LATER.date(), NEXT_WEEK.date(), "Call."), calendar=ALWAYS_OPEN)

    assert (LATER.date(), LATER.replace(hour=0)) == (hold.not_before, hold.starts_at)
    last = NEXT_WEEK.replace(hour=23, minute=59, second=59)
    assert (NEXT_WEEK.date(), last) == (hold.expires_on, hold.expires_at)
    hold.revise(HoldChange("EAST", None, None, None), calendar=ALWAYS_OPEN)
    assert [None] * 5 == [hold.not_before, hold.starts_at, hold.expires_on, hold.expires_at, hold.comment]


def test_a_suspension_keeps_its_end_until_it_is_resumed() -> None:
    hold = suspended()
    assert (True, LATER) == (hold.suspended, hold.suspended_until)

    hold.resume()
    assert (False, None) == (hold.suspended, hold.suspended_until)


def test_a_recall_remembers_the_loan_that_was_shortened_for_it_until_that_is_renewed() -> None:
    hold = waiting()

    hold.recall(LOAN)
    shortened = hold.recalled_loan_id
    hold.release_loan()

    assert (LOAN, None) == (shortened, hold.recalled_loan_id)


REFUSED: list[tuple[Callable[[], Hold], Callable[[Hold], object], type[Exception]]] = [
    (ready, lambda hold: hold.recall(LOAN), HoldNotWaiting),
    (ready, lambda hold: hold.resume(), HoldNotWaiting),
    (waiting, lambda hold: hold.keep_until(LATER, now=NOW), HoldNotReady),
]


@pytest.mark.parametrize(("given", "act", "refusal"), REFUSED)
def test_what_makes_no_sense_is_refused(
    given: Callable[[], Hold], act: Callable[[Hold], object], refusal: type[Exception]
) -> None:
    hold = given()
    before = dict(vars(hold))

    with pytest.raises(refusal):
        act(hold)

    assert before == vars(hold)


def test_a_hold_that_has_ended_is_not_revised() -> None:
    hold = ready()
    hold.expire(now=NOW)

    with pytest.raises(HoldNotActive):
        hold.revise(HoldChange("MAIN", None, None, None), calendar=ALWAYS_OPEN)


def test_the_time_of_a_hold_that_has_ended_or_travels_does_not_pass() -> None:
    travels = waiting()
    travels.wait_between(None, NOW.date(), calendar=ALWAYS_OPEN)
    travels.capture(emmas_copy(), branch="EAST", until=LATER, now=NOW)

    assert not travels.has_passed(NEXT_WEEK)
    assert not waiting().has_passed(NEXT_WEEK)
    assert not ready().has_passed(NEXT_WEEK)


def test_a_hold_that_was_kept_is_as_it_was_and_tells_nothing() -> None:
    hold = a_hold()
    kept = {name: fact for name, fact in vars(hold).items() if not name.startswith("_")}

    restored = Hold.restored(kept)

    assert (kept, []) == ({name: getattr(restored, name) for name in kept}, restored.take_events())
    restored.cancel(now=LATER)
    assert [HoldEvent(T.CANCELLED, restored, LATER)] == restored.take_events()


def test_a_copy_waits_on_the_shelf_until_another_day_if_that_is_changed() -> None:
    hold = ready()

    hold.keep_until(LATER, now=LATER)

    assert LATER == hold.pickup_until


def test_whoever_has_a_copy_captured_may_change_the_word_on_the_hold_alone() -> None:
    hold = waiting()
    hold.revise(HoldChange("MAIN", NOW.date(), NEXT_WEEK.date(), "Call."), calendar=ALWAYS_OPEN)
    hold.capture(emmas_copy(), branch="MAIN", until=NEXT_WEEK, now=NOW)
    version = hold.version

    hold.revise(HoldChange("MAIN", NOW.date(), NEXT_WEEK.date(), "Call."), calendar=ALWAYS_OPEN)
    assert version == hold.version, "nothing is new"
    hold.revise(HoldChange("MAIN", NOW.date(), NEXT_WEEK.date(), "Write."), calendar=ALWAYS_OPEN)
    assert ("Write.", version + 1) == (hold.comment, hold.version)
    with pytest.raises(HoldNotWaiting):
        hold.revise(HoldChange("MAIN", None, NEXT_WEEK.date(), "Write."), calendar=ALWAYS_OPEN)

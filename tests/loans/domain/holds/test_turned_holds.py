"""Holds that wait for something else than what they were placed for: another edition, a bound copy, another branch."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from loans_service.domain.holds.hold import Hold, HoldKind, HoldStatus
from loans_service.domain.holds.hold_refusals import HoldNotWaiting
from loans_service.domain.lendable_copy import BoundCopy, StockOfBook, Volume
from loans_service.domain.rules.conditions import Particulars
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, EMMA, EMMA_COPY, NOW, a_hold, emmas_copy

OTHER, PAMPHLET, BOUND_COPY, GUARDIAN = new_id(), new_id(), new_id(), new_id()
BOUND = BoundCopy(BOUND_COPY, OTHER, "EAST", "bound volume")


def edition(*item_types: str) -> StockOfBook:
    return StockOfBook(OTHER, "Emma, annotated", 1, item_types=item_types)


def recalling() -> Hold:
    hold = a_hold(3, item_type="book")
    hold.recall(new_id())
    return hold


def test_a_new_hold_remembers_for_whom_by_whom_and_for_which_volume_it_was_placed() -> None:
    hold = Hold(
        id=new_id(), book_id=EMMA, title="Emma", wanted_copy_id=None, member_id=ADA, category="child",
        pickup_branch=None, placed_at=NOW, volume=Volume("Vol. 2", "2"), member_branch="EAST", member_age=11,
        item_type="book", any_edition=True, placed_by=GUARDIAN, age_band="0-17",
    )  # fmt: skip

    assert ("Vol. 2", "2", "EAST", 11, "book", True, GUARDIAN, "0-17", HoldKind.HOLD) == (
        hold.volume, hold.volume_key, hold.member_branch, hold.member_age, hold.item_type, hold.any_edition,
        hold.placed_by, hold.age_band, hold.kind,
    )  # fmt: skip
    plain = Hold(id=new_id(), book_id=EMMA, title="Emma", wanted_copy_id=None, member_id=ADA, category="adult",
                 pickup_branch=None, placed_at=NOW)  # fmt: skip
    assert (None, None, None, None, False, None, None) == (
        plain.volume, plain.volume_key, plain.member_branch, plain.member_age, plain.any_edition, plain.placed_by,
        plain.age_band,
    )  # fmt: skip
    assert (None, None, None, 0, 0) == (
        plain.counted, plain.reason_given, plain.cancelled_by, plain.queue_order, plain.version,
    )  # fmt: skip


def test_who_waits_for_years_is_that_much_older_and_at_home_in_the_same_branch() -> None:
    hold = a_hold(member_branch="EAST")
    hold.member_age = 15

    known = [hold.known(NOW + timedelta(days=days)) for days in (0, 366)]

    assert [Particulars(home_branch="EAST", age=15), Particulars(home_branch="EAST", age=16)] == known


@pytest.mark.parametrize(("item_types", "item_type"), [(("book",), "book"), (("book", "dvd"), None), ((), None)])
def test_a_hold_that_turns_to_another_edition_waits_in_its_queue_and_recalls_nothing(
    item_types: tuple[str, ...], item_type: str | None
) -> None:
    hold = recalling()
    version = hold.version

    hold.turn_to(edition(*item_types), order=7)

    assert (OTHER, "Emma, annotated", item_type, 7, None, version + 1) == (
        hold.book_id, hold.title, hold.item_type, hold.queue_order, hold.recalled_loan_id, hold.version,
    )  # fmt: skip


def test_a_hold_turns_to_the_copy_in_which_its_title_is_bound_and_back_and_knows_what_was_asked_for() -> None:
    hold = recalling()
    hold.any_edition = True
    version = hold.version

    hold.turn_to_bound(BOUND, order=4)
    turned = (hold.bound_book_id, hold.book_id, hold.wanted_copy_id, hold.item_type, hold.queue_order)
    assert (EMMA, OTHER, BOUND_COPY, "bound volume", 4) == turned
    assert (False, None, version + 1) == (hold.any_edition, hold.recalled_loan_id, hold.version)

    hold.turn_to_bound(BoundCopy(EMMA_COPY, PAMPHLET, "MAIN", "book"), order=5)
    assert (EMMA, PAMPHLET) == (hold.bound_book_id, hold.book_id), "it was still asked for Emma"

    hold.recall(new_id())
    hold.turn_back(EMMA, order=6)
    assert (EMMA, None, None, None, None, 6, version + 4) == (
        hold.book_id, hold.bound_book_id, hold.wanted_copy_id, hold.item_type, hold.recalled_loan_id,
        hold.queue_order, hold.version,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("copy_id", "volume", "bound", "told"),
    [
        (EMMA_COPY, None, None, (EMMA_COPY, None, None, None)),
        (None, Volume("Vol. 2", "2"), None, (None, "Vol. 2", "2", None)),
        (BOUND_COPY, None, PAMPHLET, (BOUND_COPY, None, None, PAMPHLET)),
        (None, None, None, (None, None, None, None)),
    ],
)
def test_a_hold_that_staff_move_waits_for_what_they_have_chosen_and_for_nothing_else(
    copy_id: UUID | None, volume: Volume | None, bound: UUID | None, told: tuple[object, ...]
) -> None:
    hold = a_hold(1, volume="1")
    hold.any_edition = True

    hold.move(edition("book"), order=9, item_type="dvd", title="Emma, a film", copy_id=copy_id, volume=volume,
              bound_book_id=bound)  # fmt: skip

    assert (OTHER, "Emma, a film", "dvd", 9, False) == (
        hold.book_id, hold.title, hold.item_type, hold.queue_order, hold.any_edition,
    )  # fmt: skip
    assert told == (hold.wanted_copy_id, hold.volume, hold.volume_key, hold.bound_book_id)


@pytest.mark.parametrize(
    "act",
    [
        lambda hold: hold.turn_to(edition(), order=1),
        lambda hold: hold.turn_to_bound(BOUND, order=1),
        lambda hold: hold.turn_back(OTHER, order=1),
        lambda hold: hold.move(edition(), order=1, item_type=None, title="Emma"),
    ],
)
def test_a_hold_for_which_a_copy_is_kept_turns_to_nothing_else(act: Callable[[Hold], None]) -> None:
    hold = a_hold()
    hold.capture(emmas_copy(), branch="MAIN", until=NOW, now=NOW)

    with pytest.raises(HoldNotWaiting):
        act(hold)

    assert (EMMA, HoldStatus.READY) == (hold.book_id, hold.status)


def test_a_hold_that_is_fetched_elsewhere_is_another_version_of_it() -> None:
    hold = a_hold(pickup_branch="MAIN")
    version = hold.version

    hold.fetch_in("EAST")

    assert ("EAST", version + 1) == (hold.pickup_branch, hold.version)

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from members_service.application.membership.standing.views import StandingView
from members_service.domain.membership.guardian import Permission
from members_service.domain.membership.membership import day_in
from members_service.domain.membership.standing import EVERYTHING, Action, ActionBlock, Membership, Status, Suspension
from tests.members.makers import TODAY, TOMORROW, YESTERDAY, a_membership


def codes_of(membership: Membership) -> list[str]:
    return [refusal.code for refusal in membership.refusals(TODAY)]


def test_a_membership_without_troubles_is_in_good_standing() -> None:
    standing = StandingView.of(a_membership(), today=TODAY)

    assert (True, True, True, ()) == (standing.may_borrow, standing.may_renew, standing.may_hold, standing.refusals)


def test_a_membership_is_good_through_its_last_day() -> None:
    assert [] == codes_of(a_membership(expires_on=TODAY))


def test_a_membership_that_ended_yesterday_has_expired() -> None:
    [refusal] = a_membership(expires_on=YESTERDAY).refusals(TODAY)

    assert ("membership-expired", EVERYTHING, YESTERDAY) == (refusal.code, refusal.actions, refusal.expires_on)
    assert "The membership expired on 2026-03-01. Renew it first." == refusal.detail


@pytest.mark.parametrize("until", [None, TODAY, TOMORROW])
def test_a_suspension_holds_through_its_last_day(until: date | None) -> None:
    [refusal] = a_membership(suspension=Suspension("Shouting.", until)).refusals(TODAY)

    assert ("member-suspended", EVERYTHING, until) == (refusal.code, refusal.actions, refusal.until)
    assert f"The membership is suspended {f'through {until}' if until else 'until further notice'}." == refusal.detail


def test_who_was_suspended_until_yesterday_borrows_today() -> None:
    assert [] == codes_of(a_membership(suspension=Suspension("Shouting.", YESTERDAY)))


def test_a_refusal_does_not_tell_why_staff_decided_so() -> None:
    membership = a_membership(suspension=Suspension("Shouting.", None), blocks=(ActionBlock(Action.HOLD, None),))

    assert not any("Shouting" in refusal.detail for refusal in membership.refusals(TODAY))


def test_a_block_stops_one_action_and_leaves_the_others() -> None:
    standing = StandingView.of(a_membership(blocks=(ActionBlock(Action.HOLD, None),)), today=TODAY)

    assert (True, True, False) == (standing.may_borrow, standing.may_renew, standing.may_hold)
    assert "Placing holds is blocked until further notice." == standing.refusals[0].detail


def test_a_block_of_one_branch_is_told_with_it_and_leaves_the_membership_as_it_is() -> None:
    blocks = (
        ActionBlock(Action.BORROW, TOMORROW, "EAST"),
        ActionBlock(Action.BORROW, None, "EAST"),
        ActionBlock(Action.BORROW, TODAY, "MAIN"),
        ActionBlock(Action.COLLECT, YESTERDAY),
    )
    membership = a_membership(blocks=blocks)

    standing = StandingView.of(membership, today=TODAY)

    assert (True, True, True) == (standing.may_borrow, standing.may_renew, standing.may_hold)
    assert [
        ("Borrowing is blocked in EAST until further notice.", "EAST", None),
        (f"Borrowing is blocked in MAIN through {TODAY}.", "MAIN", TODAY),
    ] == [(one.detail, one.branch, one.until) for one in standing.refusals]
    assert EVERY_PERMISSION == membership.may_for_others(EVERY_PERMISSION, TODAY)


def test_a_block_of_what_is_ready_stops_a_guardian_from_fetching_and_nothing_else() -> None:
    membership = a_membership(blocks=(ActionBlock(Action.COLLECT, None),))

    [refusal] = membership.refusals(TODAY)

    assert ("Fetching what is ready is blocked until further notice.", (Action.COLLECT,)) == (
        refusal.detail, refusal.actions
    )  # fmt: skip
    assert EVERY_PERMISSION - {Permission.COLLECT} == membership.may_for_others(EVERY_PERMISSION, TODAY)


def test_several_blocks_of_one_action_are_told_once_with_the_last_end() -> None:
    blocks = (
        ActionBlock(Action.BORROW, TODAY),
        ActionBlock(Action.BORROW, TOMORROW),
        ActionBlock(Action.BORROW, YESTERDAY),
    )

    [refusal] = a_membership(blocks=blocks).refusals(TODAY)

    assert ("member-blocked", (Action.BORROW,), TOMORROW) == (refusal.code, refusal.actions, refusal.until)
    assert "Borrowing is blocked through 2026-03-03." == refusal.detail


def test_a_block_without_end_outlasts_one_with_an_end() -> None:
    [refusal] = a_membership(blocks=(ActionBlock(Action.RENEW, TOMORROW), ActionBlock(Action.RENEW, None))).refusals(
        TODAY
    )

    assert refusal.until is None


def test_a_block_that_ended_yesterday_stops_nothing() -> None:
    assert [] == codes_of(a_membership(blocks=(ActionBlock(Action.BORROW, YESTERDAY),)))


def test_somebody_who_leaves_can_only_bring_copies_back() -> None:
    [refusal] = a_membership(leaving=True).refusals(TODAY)

    told = "The member is leaving the library: copies can only be returned."
    assert ("member-leaving", EVERYTHING, told) == (refusal.code, refusal.actions, refusal.detail)


def test_every_refusal_is_told_not_just_the_first() -> None:
    membership = a_membership(
        expires_on=YESTERDAY,
        suspension=Suspension("Shouting.", None),
        blocks=(ActionBlock(Action.BORROW, None), ActionBlock(Action.HOLD, None)),
        leaving=True,
    )

    told = ["membership-expired", "member-suspended", "member-blocked", "member-blocked", "member-leaving"]
    assert told == codes_of(membership)


def test_the_first_trouble_names_the_status() -> None:
    troubles: dict[str, Any] = {"expires_on": YESTERDAY, "suspension": Suspension("Shouting.", None), "leaving": True}

    seen = []
    while troubles:
        seen.append(a_membership(**troubles).status(TODAY))
        troubles.popitem()
    seen.append(a_membership().status(TODAY))

    assert [Status.LEAVING, Status.SUSPENDED, Status.EXPIRED, Status.ACTIVE] == seen


@pytest.mark.parametrize(
    ("membership", "status"),
    [
        (a_membership(expires_on=YESTERDAY), Status.EXPIRED),
        (a_membership(expires_on=TODAY), Status.ACTIVE),
        (a_membership(suspension=Suspension("Shouting.", YESTERDAY)), Status.ACTIVE),
        (a_membership(suspension=Suspension("Shouting.", TODAY)), Status.SUSPENDED),
    ],
)
def test_a_membership_and_a_suspension_count_through_their_last_day(membership: Membership, status: Status) -> None:
    assert status is membership.status(TODAY)


@pytest.mark.parametrize(("until", "stopped"), [(YESTERDAY, False), (TODAY, True), (TOMORROW, True), (None, True)])
def test_a_block_holds_through_its_last_day(until: date | None, *, stopped: bool) -> None:
    assert stopped is ActionBlock(Action.HOLD, until).holds_on(TODAY)


def test_the_day_is_the_one_that_the_library_writes() -> None:
    just_before_midnight = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)

    assert TODAY == day_in(ZoneInfo("UTC"), at=just_before_midnight)
    assert TOMORROW == day_in(ZoneInfo("Europe/Berlin"), at=just_before_midnight)
    assert TODAY == day_in(ZoneInfo("America/New_York"), at=just_before_midnight)


EVERY_PERMISSION = frozenset(Permission)
STOPS_NOTHING_ELSE = {Permission.SEE, Permission.PAY}


@pytest.mark.parametrize(
    ("membership", "may"),
    [
        (a_membership(), EVERY_PERMISSION),
        (a_membership(suspension=Suspension("Shouting.", TODAY)), STOPS_NOTHING_ELSE),
        (a_membership(suspension=Suspension("Shouting.", YESTERDAY)), EVERY_PERMISSION),
        (a_membership(leaving=True), STOPS_NOTHING_ELSE),
        (a_membership(blocks=(ActionBlock(Action.HOLD, None),)), EVERY_PERMISSION - {Permission.HOLD}),
        (a_membership(blocks=(ActionBlock(Action.RENEW, TODAY),)), EVERY_PERMISSION - {Permission.RENEW}),
        (
            a_membership(blocks=(ActionBlock(Action.BORROW, None),)),
            EVERY_PERMISSION - {Permission.BORROW, Permission.COLLECT},
        ),
    ],
)
def test_what_staff_have_stopped_is_stopped_in_the_name_of_others_too(
    membership: Membership, may: frozenset[Permission]
) -> None:
    assert may == membership.may_for_others(Permission, TODAY)


def test_a_guardian_whose_own_membership_has_expired_still_fetches_for_a_child() -> None:
    assert {Permission.COLLECT} == a_membership(expires_on=YESTERDAY).may_for_others([Permission.COLLECT], TODAY)

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from loans_service.domain.borrower import MemberBlocked
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.placing import HoldLimitReached, HoldNotAllowedByPolicy, RequestedItem, against_days
from loans_service.domain.holds.placing import against_placing as refusals
from loans_service.domain.lendable_copy import Volume
from loans_service.domain.rules.conditions import AgeRange
from loans_service.domain.rules.policy import LendingRule, Period, Policy, Unit
from shared.kernel.ids import new_id
from tests.loans.makers import EMMA, EMMA_COPY, NOW, POLICY, a_hold, a_standing

ANY_EMMA = RequestedItem(EMMA, "Emma", holdable=True)
THAT_EMMA = RequestedItem(EMMA, "Emma", holdable=True, copy_id=EMMA_COPY)
ONE, TWO = Volume("1", "1"), Volume("Vol. 2", "2")
SECOND_EMMA = RequestedItem(EMMA, "Emma", holdable=True, asked_volume="2", volume=TWO, volumes=(ONE, TWO))
TODAY = NOW.date()
TOMORROW = TODAY + timedelta(days=1)


def codes(
    wanted: RequestedItem = ANY_EMMA,
    *,
    loans: list[tuple[Any, ...]] | None = None,
    holds: list[Hold] | None = None,
    policy: Policy = POLICY,
    **standing: Any,
) -> list[str]:
    lent = [(book_id, copy_id, volume) for book_id, copy_id, *rest in loans or [] for volume in rest or [None]]
    return [one.code for one in refusals(wanted, a_standing(**standing), policy, loans=lent, holds=holds or [])]


def test_whoever_is_in_good_standing_may_wait_for_a_book_or_for_one_copy_of_it() -> None:
    assert [] == codes(ANY_EMMA) == codes(THAT_EMMA, loans=[(new_id(), EMMA_COPY)], holds=[])


def test_whoever_has_the_book_at_home_renews_it_and_may_wait_for_another_copy_alone() -> None:
    assert ["already-on-loan-to-member"] == codes(ANY_EMMA, loans=[(EMMA, new_id())])
    assert ["already-on-loan-to-member"] == codes(THAT_EMMA, loans=[(EMMA, EMMA_COPY)])
    assert [] == codes(THAT_EMMA, loans=[(EMMA, new_id())])


@pytest.mark.parametrize(
    ("wanted", "held", "twice"),
    [
        (ANY_EMMA, None, True),
        (ANY_EMMA, EMMA_COPY, True),
        (THAT_EMMA, None, True),
        (THAT_EMMA, EMMA_COPY, True),
        (THAT_EMMA, new_id(), False),
    ],
)
def test_nobody_waits_twice_for_what_one_copy_could_serve(
    wanted: RequestedItem, held: UUID | None, *, twice: bool
) -> None:
    assert (["already-held-by-member"] if twice else []) == codes(wanted, holds=[a_hold(wanted_copy_id=held)])


@pytest.mark.parametrize(
    ("held", "twice"),
    [
        (a_hold(), True),
        (a_hold(volume="2"), True),
        (a_hold(volume="1"), False),
        (a_hold(wanted_copy_id=EMMA_COPY), False),
    ],
)
def test_who_waits_for_one_volume_may_wait_for_another_one_or_for_one_copy(held: Hold, *, twice: bool) -> None:
    assert (["already-held-by-member"] if twice else []) == codes(SECOND_EMMA, holds=[held])


def test_who_has_one_volume_at_home_may_wait_for_another_one() -> None:
    assert [] == codes(SECOND_EMMA, loans=[(EMMA, EMMA_COPY, "1"), (EMMA, new_id(), None)])
    assert ["already-on-loan-to-member"] == codes(SECOND_EMMA, loans=[(EMMA, EMMA_COPY, "2")])


def test_of_a_book_in_several_volumes_one_is_named_that_it_has_or_a_copy() -> None:
    any_of_them = replace(ANY_EMMA, volumes=(ONE, TWO))
    (unnamed,) = refusals(any_of_them, a_standing(), POLICY, loans=[], holds=[])
    (unknown,) = refusals(replace(any_of_them, asked_volume="3"), a_standing(), POLICY, loans=[], holds=[])

    assert ("volume-not-named", {"volumes": ["1", "Vol. 2"]}) == (unnamed.code, unnamed.figures)
    assert "The copies of this title are of several volumes. Name the one that is wanted: see `volumes`." == str(
        unnamed
    )
    assert ("unknown-volume", {"volumes": ["1", "Vol. 2"]}) == (unknown.code, unknown.figures)
    assert [] == codes(replace(THAT_EMMA, volumes=(ONE, TWO))) == codes(SECOND_EMMA)
    assert [] == codes(replace(ANY_EMMA, volumes=(ONE,))), "there is nothing to choose"
    assert ["unknown-volume"] == codes(replace(ANY_EMMA, asked_volume="1")), "a book without volumes"
    assert ["no-lendable-copy"] == codes(replace(SECOND_EMMA, holdable=False))


def test_a_hold_for_another_book_is_no_hold_for_this_one() -> None:
    other = a_hold()
    other.book_id = new_id()

    assert [] == codes(ANY_EMMA, holds=[other])


def test_nobody_waits_for_what_the_library_does_not_lend() -> None:
    assert ["no-lendable-copy"] == codes(RequestedItem(EMMA, "Emma", holdable=False))


def test_members_decides_who_may_wait_and_the_policy_how_often() -> None:
    held = [a_hold(wanted_copy_id=new_id()) for _ in range(5)]
    for hold in held:
        hold.book_id = new_id()

    assert ["member-blocked"] == codes(against_hold=(MemberBlocked("Blocked."),), refusals=(MemberBlocked("No."),))
    assert [] == codes(holds=held[:4])
    (limit,) = refusals(ANY_EMMA, a_standing(), POLICY, loans=[], holds=held)
    assert isinstance(limit, HoldLimitReached)
    assert ({"limit": 5, "holds": 5}, "All 5 holds of this membership are in use. Cancel one first.") == (
        limit.figures, str(limit),
    )  # fmt: skip


def rules(*named: LendingRule) -> Policy:
    fallback = LendingRule(name="any", period=Period(1, Unit.DAYS))
    return Policy(
        version=1, currency="EUR", rules=(*named, fallback), terms=POLICY.terms, lost=POLICY.lost,
        hold_shelf_days=7, keep_history_days=90,
    )  # fmt: skip


@pytest.mark.parametrize("closed", [{"loanable": False}, {"holds_allowed": False}])
@pytest.mark.parametrize("names", [{"item_type": "dvd"}, {"branch": "EAST", "item_type": "dvd"}])
def test_some_rule_lets_what_could_fill_the_hold_be_waited_for(closed: dict[str, Any], names: dict[str, Any]) -> None:
    policy = rules(LendingRule(name="dvds", period=Period(1, Unit.DAYS), **names, **closed))
    dvd = RequestedItem(EMMA, "Emma", holdable=True, item_types=("dvd",), branch="EAST")
    dvd_or_book = RequestedItem(EMMA, "Emma", holdable=True, item_types=("dvd", "book"), branch="EAST")

    (refused,) = refusals(dvd, a_standing(category="child"), policy, loans=[], holds=[])

    assert isinstance(refused, HoldNotAllowedByPolicy)
    assert {"category": "child", "rule": "dvds"} == refused.figures
    assert "The policy (rule 'dvds') takes no holds for this from the category 'child'." == str(refused)
    assert [] == codes(dvd_or_book, policy=policy) == codes(ANY_EMMA, policy=policy)


def test_every_reason_against_a_hold_is_told_at_once() -> None:
    held = [a_hold() for _ in range(5)]

    assert [
        "already-on-loan-to-member",
        "already-held-by-member",
        "no-lendable-copy",
        "member-blocked",
        "hold-limit-reached",
    ] == codes(
        RequestedItem(EMMA, "Emma", holdable=False),
        loans=[(EMMA, EMMA_COPY)],
        holds=held,
        against_hold=(MemberBlocked("Blocked."),),
    )


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (None, None, []),
        (None, TODAY, []),
        (TODAY, TODAY, []),
        (TOMORROW, None, []),
        (TODAY, TOMORROW, []),
        (None, TODAY - timedelta(days=1), ["invalid-hold-expiry"]),
        (TOMORROW, TODAY, ["invalid-hold-start"]),
        (TOMORROW, TODAY - timedelta(days=1), ["invalid-hold-expiry", "invalid-hold-start"]),
    ],
)
def test_a_member_waits_from_one_day_to_a_later_one(first: date | None, last: date | None, told: list[str]) -> None:
    assert told == [one.code for one in against_days(not_before=first, expires_on=last, today=TODAY)]


def test_the_rule_of_the_branch_where_it_is_fetched_may_take_no_holds() -> None:
    east, children = (
        LendingRule(name="east", branch="EAST", holds_allowed=False),
        LendingRule(name="children", branch="EAST", category="child", holds_allowed=False),
    )
    policy = rules(replace(east, period=Period(1, Unit.DAYS)), replace(children, period=Period(1, Unit.DAYS)))
    standing, emma = a_standing(category="child"), replace(ANY_EMMA, branch="MAIN", item_types=("book",))

    fetched = {
        branch: refusals(emma, standing, policy, pickup_branch=branch, loans=[], holds=[])
        for branch in (None, "MAIN", "EAST")
    }

    assert ((), ()) == (fetched[None], fetched["MAIN"])
    (refusal,) = fetched["EAST"]
    assert {"category": "child", "rule": "children"} == refusal.figures
    assert 1 == len(refusals(replace(emma, branch="EAST"), standing, policy, pickup_branch="EAST", loans=[], holds=[]))


def test_other_reasons_do_not_hide_what_is_wrong_with_the_branch_where_it_is_fetched() -> None:
    policy = rules(LendingRule(name="east", branch="EAST", holds_allowed=False, period=Period(1, Unit.DAYS)))
    not_lent = replace(ANY_EMMA, holdable=False)

    found = refusals(not_lent, a_standing(), policy, pickup_branch="EAST", loans=[], holds=[])

    assert ["no-lendable-copy", "hold-not-allowed-by-policy"] == [refusal.code for refusal in found]


def test_how_many_holds_somebody_may_have_is_a_matter_of_the_category() -> None:
    few = replace(POLICY.terms_for("adult"), category="guest", most_holds=0)
    policy = replace(POLICY, terms=(*POLICY.terms, few))

    assert (["hold-limit-reached"], []) == (codes(policy=policy, category="guest"), codes(policy=policy))


def test_a_hold_is_for_those_to_whom_a_copy_would_be_lent_by_age_home_branch_and_location() -> None:
    anything = LendingRule(name="anything", period=Period(3, Unit.WEEKS))
    rules = (
        replace(anything, name="from 18", age=AgeRange(oldest=17), loanable=False),
        replace(anything, name="guests", home_branch="OTHER", holds_allowed=False),
        replace(anything, name="reading room", location="READING", loanable=False),
    )
    policy, in_reading_room = replace(POLICY, rules=(anything, *rules)), replace(THAT_EMMA, location="READING")

    assert [] == codes(policy=policy) == codes(policy=policy, age=18, home_branch="MAIN")
    assert ["hold-not-allowed-by-policy"] == codes(policy=policy, age=17)
    assert ["hold-not-allowed-by-policy"] == codes(policy=policy, home_branch="Other")
    assert ["hold-not-allowed-by-policy"] == codes(in_reading_room, policy=policy)


def test_a_hold_for_one_title_of_a_binding_makes_none_needless_for_another_that_other_copies_hold() -> None:
    pamphlet = new_id()
    bound = replace(THAT_EMMA, bound_book_id=pamphlet)
    for_pamphlet = a_hold(wanted_copy_id=EMMA_COPY, bound_book_id=pamphlet)

    assert [] == codes(bound, holds=[a_hold()]) == codes(ANY_EMMA, holds=[for_pamphlet])
    for wanted, held in (
        (bound, for_pamphlet),
        (bound, a_hold(wanted_copy_id=EMMA_COPY)),
        (THAT_EMMA, for_pamphlet),
        (bound, a_hold(book_id=new_id(), wanted_copy_id=new_id(), bound_book_id=pamphlet)),
        (replace(ANY_EMMA, book_id=pamphlet), for_pamphlet),
    ):
        assert ["already-held-by-member"] == codes(wanted, holds=[held])

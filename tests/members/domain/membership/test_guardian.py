"""Guardians: for how long, and of whom."""

from datetime import date
from uuid import UUID

import pytest

from members_service.domain.membership.guardian import (
    Guardian,
    Permission,
    guardians_in,
    guardians_json,
    guardians_of_both,
    permissions_of,
)
from shared.kernel.ids import new_id

OF_AGE = 18
BORN = date(2010, 5, 20)
BIRTHDAY = date(2028, 5, 20)


def a_guardian(member_id: UUID | None = None, *, since: date = date(2020, 1, 7)) -> Guardian:
    return Guardian(member_id=member_id or new_id(), may={Permission.SEE}, since=since)


@pytest.mark.parametrize(("today", "is_over"), [(date(2028, 5, 19), False), (BIRTHDAY, True), (date(2040, 1, 1), True)])
def test_a_guardian_of_a_child_is_one_until_it_comes_of_age(today: date, is_over: bool) -> None:
    assert is_over == a_guardian().is_over(born=BORN, of_age=OF_AGE, today=today)


def test_who_was_named_for_an_adult_or_for_somebody_of_unknown_age_stays() -> None:
    named_for_an_adult = a_guardian(since=BIRTHDAY)

    assert not named_for_an_adult.is_over(born=BORN, of_age=OF_AGE, today=date(2040, 1, 1))
    assert not a_guardian().is_over(born=None, of_age=OF_AGE, today=date(2040, 1, 1))


def test_a_proxy_is_one_through_the_last_day_and_of_adults_as_well() -> None:
    proxy = Guardian(member_id=new_id(), may={Permission.COLLECT}, since=date(2026, 1, 7), until=date(2026, 3, 2))

    days = (date(2026, 3, 2), date(2026, 3, 3))
    assert [True, False] == [proxy.stands_in_on(day) for day in days]
    assert [False, True] == [proxy.is_over(born=None, of_age=OF_AGE, today=day) for day in days]
    assert [date(2026, 3, 2)] == [one.until for one in guardians_of_both([], [proxy], of=new_id())]


def test_who_was_on_record_twice_keeps_the_guardians_of_both_each_once_and_is_not_the_own_guardian() -> None:
    mother, father, child = new_id(), new_id(), new_id()
    own = a_guardian(mother, since=date(2021, 2, 3))
    others = [a_guardian(mother), a_guardian(father), a_guardian(child)]

    both = guardians_of_both([own], others, of=child)

    assert [(mother, date(2021, 2, 3)), (father, date(2020, 1, 7))] == [(one.guardian_id, one.since) for one in both]
    only_see = (frozenset({Permission.SEE}), None)
    assert {mother: only_see, father: only_see} == permissions_of(both)


UNTIL = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("own", "other", "counts"),
    [
        (UNTIL, None, "other"),
        (None, UNTIL, "own"),
        (UNTIL, date(2026, 3, 3), "other"),
        (date(2026, 3, 3), UNTIL, "own"),
        (UNTIL, UNTIL, "own"),
        (None, None, "own"),
    ],
)
def test_of_two_agreements_with_one_guardian_the_longer_counts(
    own: date | None, other: date | None, counts: str
) -> None:
    mother = new_id()
    named = [
        Guardian(member_id=mother, may={may}, since=date(2020, 1, 7), until=until)
        for may, until in ((Permission.SEE, own), (Permission.PAY, other))
    ]

    both = permissions_of(guardians_of_both(named[:1], named[1:], of=new_id()))

    assert {mother: (named[counts == "other"].may, named[counts == "other"].until)} == both


def test_guardians_are_kept_as_json_in_one_order_and_are_those_of_the_day_on_which_they_come_back() -> None:
    low, high = (UUID(f"01900000-0000-7000-8000-00000000000{number}") for number in (1, 2))
    until = date(2026, 12, 31)
    proxy = Guardian(member_id=high, may={Permission.SEE, Permission.COLLECT}, since=date(2020, 1, 7), until=until)
    parent = Guardian(member_id=low, may={Permission.SEE}, since=date(2020, 1, 7))

    rows = guardians_json([proxy, parent])
    came = guardians_in(rows, today=date(2026, 3, 2))

    may = sorted({Permission.SEE.value, Permission.COLLECT.value})
    assert [[str(low), [Permission.SEE.value], None], [str(high), may, "2026-12-31"]] == rows
    assert permissions_of([parent, proxy]) == permissions_of(came)
    assert [(low, date(2026, 3, 2)), (high, date(2026, 3, 2))] == [(one.guardian_id, one.since) for one in came]

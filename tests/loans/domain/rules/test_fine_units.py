"""What lateness costs by the hour and by the week, on closed days, and after a recall."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.rules.calendar import Calendar, Closure, Hours, Opening
from loans_service.domain.rules.fines import is_beyond_grace, late_units, overdue_days, overdue_fine
from loans_service.domain.rules.overdue_rate import FineUnit, OverdueRate, RecallRate
from tests.loans.makers import ALWAYS_OPEN, UTC_ZONE, WEEKDAYS, a_rule, euros

OFFICE = Calendar(UTC_ZONE, weekly=WEEKDAYS)
"""Open from nine to six, Monday to Friday."""
THURSDAY = datetime(2026, 3, 5, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
RATE = OverdueRate(euros(50), euros(10_000), 0)


def units(rate: OverdueRate, late: timedelta, *, calendar: Calendar = ALWAYS_OPEN) -> int:
    return late_units(THURSDAY, THURSDAY + late, calendar=calendar, rate=rate)


def hourly(**facts: Any) -> OverdueRate:
    return replace(RATE, per=FineUnit.HOUR, **facts)


def weekly(**facts: Any) -> OverdueRate:
    return replace(RATE, per=FineUnit.WEEK, **facts)


def test_each_hour_that_has_begun_counts() -> None:
    counted = [units(hourly(), late) for late in (timedelta(), SECOND, HOUR, HOUR + SECOND, DAY)]

    assert [0, 1, 1, 2, 24] == counted


def test_hours_in_which_the_branch_is_closed_are_not_counted() -> None:
    until_friday_ten, until_monday_ten = timedelta(hours=18), timedelta(days=3, hours=18)

    assert [2, 3] == [units(hourly(), late, calendar=OFFICE) for late in (2 * HOUR + 14 * HOUR, until_friday_ten)]
    assert 2 + 9 + 1 == units(hourly(), until_monday_ten, calendar=OFFICE)
    assert 18 == units(hourly(count_closed=True), until_friday_ten, calendar=OFFICE)


def test_nothing_is_late_as_long_as_no_open_hour_has_passed() -> None:
    closing = THURSDAY + 2 * HOUR

    late = [is_beyond_grace(closing, closing + after, calendar=OFFICE, rate=hourly()) for after in (HOUR, 16 * HOUR)]

    assert [False, True] == late
    assert is_beyond_grace(closing, closing + HOUR, calendar=OFFICE, rate=hourly(count_closed=True))


def test_days_of_grace_are_free_for_a_fine_by_the_hour_too() -> None:
    same_day, next_day, after = 2 * HOUR, DAY, 2 * DAY

    assert [0, 0, 48] == [units(hourly(grace_days=1), late) for late in (same_day, next_day, after)]


def test_each_week_that_has_begun_counts() -> None:
    counted = [units(weekly(count_closed=True), late) for late in (timedelta(), HOUR, DAY, 7 * DAY, 8 * DAY, 15 * DAY)]

    assert [0, 0, 1, 1, 2, 3] == counted
    assert counted == [units(weekly(), late) for late in (timedelta(), HOUR, DAY, 7 * DAY, 8 * DAY, 15 * DAY)]


def test_a_week_in_which_the_branch_was_closed_is_not_counted() -> None:
    holidays = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 6), date(2026, 3, 12), "holidays"),))

    assert [0, 1, 2] == [units(weekly(), late, calendar=holidays) for late in (7 * DAY, 8 * DAY, 15 * DAY)]
    assert 3 == units(weekly(count_closed=True), 15 * DAY, calendar=holidays)


def test_closed_days_are_counted_where_the_rule_says_so() -> None:
    monday = 4 * DAY

    assert (2, 4) == (
        units(RATE, monday, calendar=OFFICE),
        units(replace(RATE, count_closed=True), monday, calendar=OFFICE),
    )
    assert 4 == overdue_days(THURSDAY, THURSDAY + monday, OFFICE, count_closed=True)
    assert 0 == overdue_days(THURSDAY, THURSDAY, OFFICE, count_closed=True)


@pytest.mark.parametrize("per", FineUnit)
def test_nothing_is_counted_beyond_what_costs_the_maximum(per: FineUnit) -> None:
    rate = replace(RATE, per=per, most=euros(120))

    assert [3, 3] == [units(rate, 1000 * DAY, calendar=calendar) for calendar in (ALWAYS_OPEN, OFFICE)]
    assert 0 == units(replace(rate, per_day=euros(0)), 1000 * DAY)


def test_a_recalled_loan_costs_what_the_rule_says_of_recalls() -> None:
    after_recall = RecallRate(euros(300), euros(5000), 0, FineUnit.DAY)
    rule = replace(a_rule(), fine=OverdueRate(euros(20), euros(1000), 1, after_recall=after_recall))
    due_at = datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)

    def owed(*, recalled: bool) -> object:
        return overdue_fine(due_at, due_at + DAY, calendar=ALWAYS_OPEN, rule=rule, recalled=recalled)

    assert (None, euros(300)) == (owed(recalled=False), owed(recalled=True))


def test_a_rule_that_says_nothing_of_recalls_costs_the_same_after_one() -> None:
    assert RATE is RATE.of(recalled=True)
    other = RecallRate(euros(9), euros(90), 3, FineUnit.HOUR)
    rate = replace(RATE, count_closed=True, after_recall=other)
    assert rate is rate.of(recalled=False)
    assert (euros(9), euros(90), 3, FineUnit.HOUR, True) == (
        (found := rate.of(recalled=True)).per_day, found.most, found.grace_days, found.per, found.count_closed,
    )  # fmt: skip


def test_what_is_beyond_grace_is_not_free() -> None:
    def beyond(rate: OverdueRate, late: timedelta) -> bool:
        return is_beyond_grace(THURSDAY, THURSDAY + late, calendar=ALWAYS_OPEN, rate=rate)

    assert [False, True] == [beyond(hourly(), late) for late in (timedelta(), SECOND)]
    assert [False, True] == [beyond(hourly(grace_days=1), late) for late in (DAY, 2 * DAY)]
    assert [False, True] == [beyond(RATE, late) for late in (HOUR, DAY)]


@given(hours=st.integers(0, 3000), more=st.integers(0, 500), per=st.sampled_from(FineUnit), closed=st.booleans())
def test_coming_back_later_never_counts_less(hours: int, more: int, per: FineUnit, closed: bool) -> None:
    rate = replace(RATE, per=per, count_closed=closed)

    counted = [units(rate, each * HOUR, calendar=OFFICE) for each in (hours, hours + more)]

    assert counted == sorted(counted)


ENOUGH = timedelta(days=9999)


def open_between(calendar: Calendar, begin: datetime, end: datetime, enough: timedelta = ENOUGH) -> timedelta:
    return calendar.open_time_between(begin, end, enough=enough)


def test_open_time_is_that_of_the_doors_and_of_whole_days_without_hours() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    shut = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 3), date(2026, 3, 3), "shut"),))
    lunch = Calendar(UTC_ZONE, weekly=((Hours(time(9), time(12)), Hours(time(14), time(18))), *[()] * 6))

    assert 9 * HOUR == open_between(OFFICE, monday, monday + DAY)
    assert 5 * 9 * HOUR == open_between(OFFICE, monday, monday + 7 * DAY)
    assert timedelta(0) == open_between(OFFICE, monday, monday + 9 * HOUR)
    assert timedelta(minutes=30) == open_between(OFFICE, monday + 17.5 * HOUR, monday + DAY)
    assert 7 * HOUR == open_between(lunch, monday, monday + 7 * DAY)
    assert 2 * DAY == open_between(shut, monday, monday + 3 * DAY)
    assert 3 * DAY == open_between(ALWAYS_OPEN, monday, monday + 3 * DAY)


def test_an_opening_has_hours_of_its_own() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    opening = Opening(date(2026, 3, 2), date(2026, 3, 2), (Hours(time(10), time(11)),))

    assert HOUR + DAY == open_between(Calendar(UTC_ZONE, openings=(opening,)), monday, monday + 2 * DAY)


def test_open_time_is_counted_until_it_is_enough() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)

    found = [open_between(each, monday, monday + 7 * DAY, 10 * HOUR) for each in (OFFICE, ALWAYS_OPEN)]

    assert [10 * HOUR, 10 * HOUR] == found


def test_so_many_days_cost_as_much_together_once_the_first_of_them_has_begun() -> None:
    every_third = replace(a_rule(21), fine=replace(RATE, every=3, most=euros(120)))

    fines = [
        overdue_fine(THURSDAY, THURSDAY + days * DAY, calendar=ALWAYS_OPEN, rule=every_third)
        for days in (0, 1, 3, 4, 6, 7, 30)
    ]

    assert [None, *map(euros, (50, 50, 100, 100, 120, 120))] == fines


def test_a_recalled_loan_has_a_span_of_its_own() -> None:
    rate = replace(RATE, every=7, after_recall=RecallRate(euros(20), euros(900), every=2))

    assert (7, 2) == (rate.of(recalled=False).every, rate.of(recalled=True).every)
    rule = replace(a_rule(21), fine=rate)
    assert euros(40) == overdue_fine(THURSDAY, THURSDAY + 3 * DAY, calendar=ALWAYS_OPEN, rule=rule, recalled=True)

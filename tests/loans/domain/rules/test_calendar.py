from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.rules.calendar import Calendar, Closure, Hours, NoOpenDay, Opening, SpecialWeek
from tests.loans.makers import ALWAYS_OPEN, NINE_TO_SIX, UTC_ZONE, WEEKDAYS

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 3, day) for day in (6, 7, 8, 9))
OFFICE = Calendar(UTC_ZONE, weekly=WEEKDAYS)


def test_a_branch_without_hours_is_open_every_day() -> None:
    assert ALWAYS_OPEN.is_open(SUNDAY)


def test_a_weekday_without_hours_is_closed_and_said_by_its_name() -> None:
    assert [None, "Saturday", "Sunday", None] == [OFFICE.why_closed(day) for day in (FRIDAY, SATURDAY, SUNDAY, MONDAY)]


def test_a_closure_closes_from_its_first_to_its_last_day() -> None:
    calendar = Calendar(UTC_ZONE, closures=(Closure(SATURDAY, SUNDAY, "painting"),))

    assert [None, "painting", "painting", None] == [
        calendar.why_closed(day) for day in (FRIDAY, SATURDAY, SUNDAY, MONDAY)
    ]


def test_a_public_holiday_closes_and_has_a_name() -> None:
    calendar = Calendar(UTC_ZONE, holiday={MONDAY: "Founders' Day"}.get)

    assert ("Founders' Day", None) == (calendar.why_closed(MONDAY), calendar.why_closed(SUNDAY))


def test_the_next_open_day_is_the_day_itself_or_the_first_after_it() -> None:
    assert (FRIDAY, MONDAY) == (OFFICE.next_open_day(FRIDAY), OFFICE.next_open_day(SATURDAY))


def test_the_latest_open_day_is_never_before_the_bound() -> None:
    assert FRIDAY == OFFICE.latest_open_day(SUNDAY, not_before=date(2026, 3, 1))
    assert SATURDAY == OFFICE.latest_open_day(SUNDAY, not_before=SATURDAY)
    assert MONDAY == OFFICE.latest_open_day(SUNDAY, not_before=MONDAY)


def test_a_branch_that_opens_after_366_days_is_found_and_after_367_it_is_refused() -> None:
    reopened_in_time = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 1), date(2027, 3, 1), "rebuilding"),))
    closed_for_good = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 1), date(2027, 3, 2), "rebuilding"),))

    assert date(2027, 3, 2) == reopened_in_time.next_open_day(date(2026, 3, 1))
    with pytest.raises(NoOpenDay):
        closed_for_good.next_open_day(date(2026, 3, 1))


def test_open_days_are_counted_after_the_first_day_up_to_the_last() -> None:
    assert 2 == OFFICE.open_days_between(date(2026, 3, 5), MONDAY)  # Friday and Monday
    assert 0 == OFFICE.open_days_between(MONDAY, FRIDAY)
    assert 36_500 == Calendar(UTC_ZONE).open_days_between(MONDAY, MONDAY + timedelta(days=36_500))


@given(
    st.lists(st.tuples(st.integers(-20, 60), st.integers(0, 30)), max_size=5),
    st.lists(st.booleans(), min_size=7, max_size=7),
    st.integers(-10, 60),
)
def test_open_days_are_counted_as_if_each_were_looked_at(
    closed: list[tuple[int, int]], weekly: list[bool], days: int
) -> None:
    closures = tuple(
        Closure(MONDAY + timedelta(days=first), MONDAY + timedelta(days=first + more), "closed")
        for first, more in closed
    )
    hours = tuple((Hours(time(9), time(18)),) if is_open else () for is_open in weekly)
    calendar = Calendar(UTC_ZONE, hours, closures, lambda day: "the first" if day.day == 1 else None)

    counted = calendar.open_days_between(MONDAY, MONDAY + timedelta(days=days))

    assert sum(calendar.is_open(MONDAY + timedelta(days=ahead)) for ahead in range(1, days + 1)) == counted


def test_the_seventh_open_day_after_a_friday_is_a_tuesday() -> None:
    assert date(2026, 3, 17) == OFFICE.open_day_after(FRIDAY, number=7)


@pytest.mark.parametrize(
    ("zone", "day", "last_second"),
    [
        ("UTC", date(2026, 3, 8), datetime(2026, 3, 8, 23, 59, 59, tzinfo=UTC)),
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC)),
        # Clocks go back from 24:00 to 23:00: the second 23:59:59 comes twice, and the later one is the last.
        ("Asia/Beirut", date(2026, 10, 24), datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC)),
        ("America/Nuuk", date(2026, 10, 24), datetime(2026, 10, 25, 1, 59, 59, tzinfo=UTC)),
        # Clocks go forward from 23:00 to 24:00: the day ends with 22:59:59.
        ("America/Nuuk", date(2026, 3, 28), datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_ends_with_the_last_second_that_its_clock_shows(zone: str, day: date, last_second: datetime) -> None:
    assert last_second == Calendar(ZoneInfo(zone)).end_of_day(day)


def test_a_branch_opens_with_its_first_hours() -> None:
    new_york = Calendar(ZoneInfo("America/New_York"), weekly=WEEKDAYS)

    assert datetime(2026, 3, 9, 13, 0, tzinfo=UTC) == new_york.opening(MONDAY)
    assert datetime(2026, 3, 9, tzinfo=UTC) == ALWAYS_OPEN.opening(MONDAY)


def test_a_closure_counts_before_an_opening_and_an_opening_before_week_and_holidays() -> None:
    opening = Opening(SUNDAY, MONDAY, NINE_TO_SIX)
    open_on_sunday = Calendar(UTC_ZONE, WEEKDAYS, holiday=lambda day: "Feast", openings=(opening,))
    closed_again = replace(open_on_sunday, closures=(Closure(SUNDAY, SUNDAY, "Burst pipe"),))

    assert (True, True) == (open_on_sunday.is_open(SUNDAY), open_on_sunday.is_open(MONDAY))
    assert ("Burst pipe", None) == (closed_again.why_closed(SUNDAY), closed_again.why_closed(MONDAY))
    assert 2 == open_on_sunday.open_days_between(SUNDAY - timedelta(days=1), MONDAY)


def test_a_branch_opens_at_the_hours_of_the_day_that_count() -> None:
    early = Opening(SUNDAY, SUNDAY, (Hours(time(7), time(8)),))
    summer = SpecialWeek(MONDAY, MONDAY, ((Hours(time(11), time(12)),), *[()] * 6))
    calendar = Calendar(UTC_ZONE, WEEKDAYS, openings=(early,), special_weeks=(summer,))

    assert [7, 11] == [calendar.opening(day).hour for day in (SUNDAY, MONDAY)]


def test_other_hours_close_days_of_the_week_in_a_part_of_the_year() -> None:
    summer = SpecialWeek(SUNDAY, MONDAY, ((), *[NINE_TO_SIX] * 6))
    calendar = Calendar(UTC_ZONE, None, special_weeks=(summer,))

    assert (True, False) == (calendar.is_open(SUNDAY), calendar.is_open(MONDAY))
    assert 1 == calendar.open_days_between(MONDAY - timedelta(days=1), MONDAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        (datetime(2026, 3, 9, 10, tzinfo=UTC), datetime(2026, 3, 6, 18, tzinfo=UTC)),
        (datetime(2026, 3, 9, 18, tzinfo=UTC), datetime(2026, 3, 9, 18, tzinfo=UTC)),
        (datetime(2026, 3, 7, 10, tzinfo=UTC), datetime(2026, 3, 6, 18, tzinfo=UTC)),
    ],
)
def test_the_last_opening_day_ended_when_the_desk_closed(moment: datetime, closed: datetime) -> None:
    assert closed == OFFICE.last_closing(moment)


def test_a_branch_without_hours_closed_at_the_end_of_yesterday() -> None:
    assert datetime(2026, 3, 8, 23, 59, 59, tzinfo=UTC) == ALWAYS_OPEN.last_closing(
        datetime(2026, 3, 9, 10, tzinfo=UTC)
    )


def test_a_branch_that_was_closed_for_a_year_has_no_last_closing() -> None:
    moment = datetime(2027, 3, 9, 10, tzinfo=UTC)
    rebuilt = Calendar(UTC_ZONE, closures=(Closure(date(2026, 1, 1), date(2027, 3, 9), "rebuilding"),))

    assert moment == rebuilt.last_closing(moment)


def test_the_hours_of_a_day_are_told_as_people_write_them_and_a_closed_day_has_none() -> None:
    split = Calendar(UTC_ZONE, weekly=((Hours(time(8), time(12)), Hours(time(14), time(18, 30))), *[()] * 6))

    assert ["08:00–12:00, 14:00–18:30", None] == [split.hours_in_words(day) for day in (MONDAY, SUNDAY)]
    assert "" == ALWAYS_OPEN.hours_in_words(SUNDAY)


def test_a_desk_is_open_up_to_its_closing_and_all_day_where_it_has_no_hours() -> None:
    closing = datetime(2026, 3, 6, 18, tzinfo=UTC)

    assert closing == OFFICE.opening_from(closing)
    assert datetime(2026, 3, 9, 9, tzinfo=UTC) == OFFICE.opening_from(closing + timedelta(seconds=1))
    assert closing == ALWAYS_OPEN.opening_from(closing)
    assert closing == OFFICE.closing_before(closing, after=closing - timedelta(hours=1))
    assert OFFICE.closing_before(closing, after=closing) is None

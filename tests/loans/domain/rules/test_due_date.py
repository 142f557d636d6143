from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.rules.calendar import Calendar, Closure, Hours, NoOpenDay
from loans_service.domain.rules.due_date import (
    InvalidDueDate,
    RenewalChangesNothing,
    after_closing,
    due_date,
    renewed_due_date,
    requested_due_date,
)
from loans_service.domain.rules.due_terms import HoursEnd, WhenClosed
from loans_service.domain.rules.policy import LendingRule, Period, Unit
from tests.loans.makers import ALWAYS_OPEN, NOW, UTC_ZONE, WEEKDAYS, a_rule

NEW_YORK = ZoneInfo("America/New_York")
IN_NEW_YORK = Calendar(NEW_YORK)
OFFICE = Calendar(UTC_ZONE, weekly=WEEKDAYS)
FLOODED = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 7), date(2026, 3, 8), "Flood"),))
"""Closed on a weekend, from a Saturday to Sunday."""
NEVER = date(2100, 1, 1)
FRIDAY_MORNING = datetime(2026, 3, 6, 11, 0, tzinfo=UTC)


def due(
    rule: LendingRule,
    *,
    now: datetime = NOW,
    calendar: Calendar = ALWAYS_OPEN,
    membership_ends: date = NEVER,
    others_wait: int = 0,
) -> datetime:
    return due_date(rule, now=now, calendar=calendar, membership_ends=membership_ends, others_wait=others_wait).due_at


def renewed(rule: LendingRule, due_at: datetime, *, now: datetime = NOW, calendar: Calendar = ALWAYS_OPEN) -> datetime:
    return renewed_due_date(rule, due_at=due_at, now=now, calendar=calendar, membership_ends=NEVER).due_at


def end_of(month: int, day: int, *, year: int = 2026, zone: ZoneInfo = UTC_ZONE) -> datetime:
    return datetime(year, month, day, 23, 59, 59, tzinfo=zone)


# --- days, weeks, months, hours


def test_a_day_loan_ends_with_the_last_second_of_its_last_day_in_the_branchs_zone() -> None:
    assert end_of(3, 23, zone=NEW_YORK) == due(a_rule(21), calendar=IN_NEW_YORK)


def test_late_in_the_evening_the_day_counts_where_the_branch_is_not_where_utc_is() -> None:
    still_monday_in_new_york = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)

    due_at = due(a_rule(1), now=still_monday_in_new_york, calendar=IN_NEW_YORK)

    assert date(2026, 3, 3) == due_at.astimezone(NEW_YORK).date()


def test_weeks_and_months_are_counted_on_the_calendar() -> None:
    assert end_of(3, 23) == due(a_rule(3, Unit.WEEKS))
    assert end_of(4, 2) == due(a_rule(1, Unit.MONTHS))
    assert end_of(3, 2, year=2027) == due(a_rule(12, Unit.MONTHS))


def test_a_month_after_the_31st_is_the_last_day_of_the_shorter_month() -> None:
    assert end_of(2, 28) == due(a_rule(1, Unit.MONTHS), now=datetime(2026, 1, 31, 12, tzinfo=UTC))


def test_hours_are_elapsed() -> None:
    assert NOW + timedelta(hours=36) == due(a_rule(36, Unit.HOURS))


def test_over_a_night_in_which_clocks_jump_days_end_by_the_wall_clock_and_hours_by_the_stopwatch() -> None:
    """AS-28, exactly."""
    saturday = datetime(2026, 3, 7, 10, 0, tzinfo=NEW_YORK)
    in_autumn = datetime(2026, 10, 31, 10, 0, tzinfo=NEW_YORK)

    assert datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC) == due(a_rule(1), now=saturday, calendar=IN_NEW_YORK)
    assert datetime(2026, 3, 8, 15, 0, tzinfo=UTC) == due(a_rule(24, Unit.HOURS), now=saturday, calendar=IN_NEW_YORK)
    assert datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC) == due(a_rule(1), now=in_autumn, calendar=IN_NEW_YORK)


# --- the ceiling


def test_a_fixed_due_date_ends_in_the_branchs_zone_and_not_in_utc() -> None:
    """AS-27, exactly."""
    january = datetime(2026, 1, 11, 14, 43, 54, tzinfo=NEW_YORK)
    rule = a_rule(12, Unit.MONTHS, fixed_due_date=date(2026, 12, 31))

    assert datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC) == due(rule, now=january, calendar=IN_NEW_YORK)


def test_a_fixed_due_date_is_a_ceiling_and_no_more() -> None:
    assert end_of(3, 9) == due(a_rule(7, fixed_due_date=date(2026, 12, 31)))


def test_a_fixed_due_date_that_has_passed_binds_nobody() -> None:
    assert end_of(3, 9) == due(a_rule(7, fixed_due_date=date(2026, 3, 1)))


def test_a_closed_day_never_moves_a_loan_beyond_its_fixed_due_date() -> None:
    sunday = date(2026, 3, 8)

    assert end_of(3, 6) == due(a_rule(21, fixed_due_date=sunday), calendar=OFFICE)


# --- closed days


def test_a_closed_day_moves_the_end_to_the_next_open_day() -> None:
    """AS-25: renewed so that it lands on a Saturday."""
    friday = end_of(1, 30)

    assert end_of(2, 2) == renewed(a_rule(1), friday, now=NOW - timedelta(days=40), calendar=OFFICE)


def test_an_hour_loan_that_ends_on_a_closed_day_ends_when_the_branch_opens_again() -> None:
    """AS-26 with our rule for closed days."""
    assert datetime(2026, 3, 9, 9, 0, tzinfo=UTC) == due(a_rule(25, Unit.HOURS), now=FRIDAY_MORNING, calendar=OFFICE)


def test_an_hour_loan_never_ends_before_the_branch_opens() -> None:
    monday_evening = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)

    assert datetime(2026, 3, 3, 9, 0, tzinfo=UTC) == due(a_rule(12, Unit.HOURS), now=monday_evening, calendar=OFFICE)


def test_why_an_hour_loan_ends_later_is_told() -> None:
    early, closed = datetime(2026, 3, 6, 3, 0, tzinfo=UTC), datetime(2026, 3, 7, 3, 0, tzinfo=UTC)

    told = [
        due_date(a_rule(1, Unit.HOURS), now=now, calendar=OFFICE, membership_ends=NEVER).steps[-1]
        for now in (early, closed)
    ]

    assert [
        ("closed_day", datetime(2026, 3, 6, 9, 0, tzinfo=UTC), "The branch opens only then."),
        ("closed_day", datetime(2026, 3, 9, 9, 0, tzinfo=UTC), "The branch is closed on 2026-03-07 (Saturday)."),
    ] == [(step.step, step.due_at, step.reason) for step in told]


@pytest.mark.parametrize(
    ("hour", "ends"),
    [
        (12, datetime(2026, 3, 6, 14, 0, tzinfo=UTC)),  # while somebody is there
        (16, datetime(2026, 3, 6, 18, 0, tzinfo=UTC)),  # at the very closing
        (17, datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),  # after it, before a weekend
    ],
)
def test_an_hour_loan_ends_while_somebody_is_there_else_at_the_next_opening(hour: int, ends: datetime) -> None:
    friday = datetime(2026, 3, 6, hour, 0, tzinfo=UTC)

    assert ends == due(a_rule(2, Unit.HOURS), now=friday, calendar=OFFICE)


def test_an_hour_loan_that_would_end_over_lunch_ends_when_the_desk_is_open_again() -> None:
    day = (Hours(time(9), time(12)), Hours(time(14), time(18)))
    calendar = Calendar(UTC_ZONE, weekly=(day,) * 7)

    assert datetime(2026, 3, 6, 14, 0, tzinfo=UTC) == due(a_rule(2, Unit.HOURS), now=FRIDAY_MORNING, calendar=calendar)


def test_under_a_ceiling_an_hour_loan_that_would_end_after_the_closing_ends_with_the_day() -> None:
    rule = a_rule(2, Unit.HOURS, fixed_due_date=date(2026, 3, 6))
    friday = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)

    assert end_of(3, 6) == due(rule, now=friday, calendar=OFFICE)


def test_a_loan_that_ends_after_the_membership_already_is_renewed_by_nothing() -> None:
    noon = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

    with pytest.raises(RenewalChangesNothing):
        renewed_due_date(a_rule(21), due_at=noon, now=NOW, calendar=ALWAYS_OPEN, membership_ends=date(2026, 4, 1))


def test_without_a_calendar_an_hour_loan_is_due_after_its_hours() -> None:
    """AS-30, an empty calendar."""
    sunday_night = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)

    assert sunday_night + timedelta(hours=1) == due(a_rule(1, Unit.HOURS), now=sunday_night)


def test_without_an_open_day_within_a_year_a_loan_is_refused_and_nothing_loops() -> None:
    """AS-30, a library that never opens."""
    with pytest.raises(NoOpenDay):
        due(a_rule(21), calendar=Calendar(UTC_ZONE, weekly=((),) * 7))


# --- the membership


def test_a_membership_that_ends_earlier_pulls_the_due_date_back_to_its_last_day() -> None:
    assert end_of(3, 10) == due(a_rule(21), membership_ends=date(2026, 3, 10))


def test_a_membership_that_ends_on_a_closed_day_pulls_it_back_to_the_open_day_before() -> None:
    assert end_of(3, 6) == due(a_rule(21), calendar=OFFICE, membership_ends=date(2026, 3, 8))


@pytest.mark.parametrize("ends", [date(2026, 3, 2), date(2025, 1, 1)])
def test_a_due_date_is_never_after_the_membership_and_never_before_the_loan(ends: date) -> None:
    """AS-24: the day of the loan is the earliest end, and the latest once the membership ends with it."""
    assert end_of(3, 2) == due(a_rule(21), membership_ends=ends)


# --- others wait


def test_the_first_of_several_requesters_keeps_the_copy_for_the_shorter_period_only() -> None:
    """AS-29, exactly."""
    rule = a_rule(3, Unit.WEEKS, others_wait=Period(1, Unit.WEEKS))
    now = datetime(2019, 5, 5, 11, 32, 12, tzinfo=UTC)

    assert end_of(5, 12, year=2019) == due(rule, now=now, others_wait=1)
    assert end_of(5, 26, year=2019) == due(rule, now=now)


def test_where_the_rule_knows_no_shorter_period_waiting_changes_nothing() -> None:
    assert due(a_rule(21)) == due(a_rule(21), others_wait=1)


def test_the_shorter_period_may_count_only_from_so_many_who_wait_on() -> None:
    rule = replace(a_rule(3, Unit.WEEKS, others_wait=Period(1, Unit.WEEKS)), others_wait_from=3)

    assert end_of(3, 23) == due(rule, others_wait=2)
    assert end_of(3, 9) == due(rule, others_wait=3)


# --- renewals


def test_a_renewal_starts_from_the_due_date_or_from_now_whichever_is_later() -> None:
    assert end_of(3, 24) == renewed(a_rule(14), end_of(3, 10))
    assert end_of(3, 16) == renewed(a_rule(14), end_of(2, 20))


def test_a_renewal_that_would_not_end_later_is_refused() -> None:
    pulled_back = {"now": NOW, "calendar": ALWAYS_OPEN, "membership_ends": date(2026, 3, 10)}

    with pytest.raises(RenewalChangesNothing):
        renewed_due_date(a_rule(14), due_at=end_of(3, 10), **pulled_back)  # type: ignore[arg-type] # keywords by name
    with pytest.raises(RenewalChangesNothing):
        renewed(a_rule(14, fixed_due_date=date(2026, 3, 10)), end_of(3, 10))


# --- closings


def test_what_ends_on_a_closed_day_ends_with_the_next_open_one() -> None:
    assert end_of(3, 9) == after_closing(end_of(3, 7), calendar=OFFICE)


def test_what_ends_at_an_hour_of_a_closed_day_ends_when_the_branch_opens_again() -> None:
    assert datetime(2026, 3, 9, 9, 0, tzinfo=UTC) == after_closing(
        datetime(2026, 3, 7, 15, 0, tzinfo=UTC), calendar=OFFICE
    )


@pytest.mark.parametrize(
    ("when_closed", "ends"),
    [
        (WhenClosed.NEXT, end_of(3, 9)),
        (WhenClosed.PREVIOUS, end_of(3, 9)),
        (WhenClosed.KEEP, end_of(3, 7)),
        (WhenClosed.SAME_WEEKDAY, end_of(3, 14)),
    ],
)
def test_a_loan_that_ends_on_a_closed_day_moves_as_its_rule_says_and_never_to_an_earlier_day(
    when_closed: WhenClosed, ends: datetime
) -> None:
    assert ends == after_closing(end_of(3, 7), calendar=FLOODED, rule=replace(a_rule(14), when_closed=when_closed))


def test_only_a_loan_of_whole_weeks_moves_to_the_same_weekday_whether_it_was_renewed_or_not() -> None:
    rule = replace(a_rule(14), renewal_period=Period(10, Unit.DAYS), when_closed=WhenClosed.SAME_WEEKDAY)
    other = replace(a_rule(10), renewal_period=Period(1, Unit.WEEKS), when_closed=WhenClosed.SAME_WEEKDAY)

    ends = [
        after_closing(end_of(3, 7), calendar=FLOODED, rule=each, renewed=renewed)
        for each in (rule, other, replace(a_rule(7), when_closed=WhenClosed.SAME_WEEKDAY))
        for renewed in (False, True)
    ]

    same, following = end_of(3, 14), end_of(3, 9)
    assert [same, following, following, same, same, same] == ends


@pytest.mark.parametrize(
    ("when_closed", "hours_end", "stays"),
    [
        (WhenClosed.NEXT, None, False),
        (WhenClosed.KEEP, None, True),
        (WhenClosed.KEEP, HoursEnd.NEXT_OPENING, False),
        (WhenClosed.PREVIOUS, None, False),
        (WhenClosed.SAME_WEEKDAY, HoursEnd.OPENING_END, False),
    ],
)
def test_an_hour_loan_of_a_closed_day_ends_when_the_branch_opens_again_unless_its_rule_keeps_it(
    when_closed: WhenClosed, hours_end: HoursEnd | None, *, stays: bool
) -> None:
    hour = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
    rule = replace(a_rule(14), when_closed=when_closed, hours_end=hours_end)

    assert (hour if stays else datetime(2026, 3, 9, 9, 0, tzinfo=UTC)) == after_closing(
        hour, calendar=OFFICE, rule=rule
    )


def test_what_ends_on_an_open_day_stays() -> None:
    assert end_of(3, 6) == after_closing(end_of(3, 6), calendar=OFFICE)


# --- requested dates and explanations


@pytest.mark.parametrize("requested", [NOW, NOW - timedelta(days=1), NOW + timedelta(days=366, seconds=1)])
def test_a_due_date_in_the_past_or_further_than_a_year_is_refused(requested: datetime) -> None:
    with pytest.raises(InvalidDueDate):
        requested_due_date(requested, now=NOW)


def test_every_step_says_where_it_led_and_why() -> None:
    rule = a_rule(21, fixed_due_date=date(2026, 3, 15))

    found = due_date(rule, now=NOW, calendar=OFFICE, membership_ends=date(2026, 3, 12))

    assert [
        ("period", end_of(3, 23), "21 days from 2026-03-02 10:00, by rule 'test'."),
        ("fixed_due_date", end_of(3, 15), "The rule ends every loan on 2026-03-15."),
        ("closed_day", end_of(3, 13), "The branch is closed on 2026-03-15 (Sunday)."),
        ("membership", end_of(3, 12), "The membership ends on 2026-03-12."),
    ] == [(step.step, step.due_at, step.reason) for step in found.steps]
    assert found.due_at == end_of(3, 12)


# --- in every zone and year

ZONES = sorted(available_timezones())
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - made aware here
HOURS = st.builds(lambda opens: (Hours(time(opens), time(23, 59)),), st.integers(0, 23))
WEEKS = st.none() | st.lists(st.just(()) | HOURS, min_size=7, max_size=7).map(tuple).filter(any)
LIMITS = {Unit.HOURS: 2000, Unit.DAYS: 400, Unit.WEEKS: 60, Unit.MONTHS: 14}


@st.composite
def calendars(draw: st.DrawFn, *, around: date) -> Calendar:
    first = around + timedelta(days=draw(st.integers(-5, 60)))
    closures = draw(st.lists(st.integers(0, 40), max_size=2))
    return Calendar(
        ZoneInfo(draw(st.sampled_from(ZONES))),
        weekly=draw(WEEKS),
        closures=tuple(Closure(first, first + timedelta(days=length), "closed") for length in closures),
        holiday=draw(st.sampled_from([lambda day: "First of month" if day.day == 1 else None, lambda _: None])),
    )


@given(data=st.data(), now=MOMENTS, unit=st.sampled_from(Unit))
def test_in_every_zone_a_loan_ends_on_an_open_day_not_before_it_began_and_a_longer_one_never_earlier(
    data: st.DataObject, now: datetime, unit: Unit
) -> None:
    calendar = data.draw(calendars(around=now.date()))
    today = calendar.day_of(now)
    ends = today + timedelta(days=data.draw(st.integers(-10, 1000)))
    ceiling = data.draw(st.none() | st.integers(-5, 1000).map(lambda days: today + timedelta(days=days)))
    amount = data.draw(st.integers(1, LIMITS[unit]))

    shorter, longer = (
        due(a_rule(length, unit, fixed_due_date=ceiling), now=now, calendar=calendar, membership_ends=ends)
        for length in (amount, amount + data.draw(st.integers(1, 40)))
    )

    last_day = calendar.day_of(shorter)
    assert last_day == today or (last_day > today and calendar.is_open(last_day))
    assert last_day <= max(today, ends)
    assert ceiling is None or ceiling < today or last_day <= ceiling
    assert now.replace(microsecond=0) <= shorter <= longer


@given(data=st.data(), now=MOMENTS, amount=st.integers(1, 400))
def test_in_every_zone_a_day_loan_ends_with_the_last_second_of_its_day(
    data: st.DataObject, now: datetime, amount: int
) -> None:
    calendar = data.draw(calendars(around=now.date()))

    due_at = due(a_rule(amount), now=now, calendar=calendar)

    assert calendar.day_of(due_at) < calendar.day_of(due_at + timedelta(seconds=1))

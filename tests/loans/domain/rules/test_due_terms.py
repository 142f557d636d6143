"""Terms of a year, renewals of their own, and where due dates go when the library is closed."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.rules.calendar import Calendar, Closure, Hours
from loans_service.domain.rules.due_date import RenewalChangesNothing, due_date
from loans_service.domain.rules.due_terms import DueRange, HoursEnd, RenewFrom, WhenClosed
from loans_service.domain.rules.policy import LendingRule, Period, Unit
from tests.loans.domain.rules.test_due_date import LIMITS, MOMENTS, NEVER, OFFICE, calendars, due, end_of, renewed
from tests.loans.makers import ALWAYS_OPEN, NOW, UTC_ZONE, a_rule

WINTER = DueRange(date(2025, 10, 1), date(2026, 2, 1), date(2026, 2, 10))
SPRING = DueRange(date(2026, 2, 2), date(2026, 6, 15), date(2026, 6, 30))
FRIDAY_AFTERNOON = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
TWO_OPENINGS = Calendar(UTC_ZONE, weekly=(*[(Hours(time(8), time(12)), Hours(time(14), time(19)))] * 5, (), ()))


def scheduled(length: int, *ranges: DueRange, unit: Unit = Unit.DAYS, fixed: date | None = None) -> LendingRule:
    return replace(a_rule(length, unit, fixed_due_date=fixed), due_schedule=ranges)


def closed(when_closed: WhenClosed, length: int, unit: Unit = Unit.DAYS) -> LendingRule:
    return replace(a_rule(length, unit), when_closed=when_closed)


# --- schedules


def test_a_long_loan_ends_with_the_term_in_which_it_is_made() -> None:
    rule = scheduled(365, WINTER, SPRING)

    assert end_of(2, 10) == due(rule, now=datetime(2026, 2, 1, 12, tzinfo=UTC))
    assert end_of(6, 30) == due(rule, now=datetime(2026, 2, 2, 12, tzinfo=UTC))


def test_a_range_is_a_ceiling_unless_it_is_exact() -> None:
    exact = replace(SPRING, exact=True)

    assert end_of(3, 9) == due(scheduled(7, SPRING))
    assert end_of(6, 30) == due(scheduled(7, exact)) == due(scheduled(2, exact, unit=Unit.HOURS))


def test_on_a_day_that_no_range_covers_the_period_counts() -> None:
    assert end_of(3, 9) == due(scheduled(7, replace(WINTER, exact=True)))


def test_of_a_fixed_due_date_and_a_range_the_earlier_one_counts() -> None:
    assert end_of(5, 1) == due(scheduled(365, SPRING, fixed=date(2026, 5, 1)))
    assert end_of(6, 30) == due(scheduled(365, SPRING, fixed=date(2026, 7, 1)))
    assert end_of(5, 1) == due(scheduled(365, replace(SPRING, exact=True), fixed=date(2026, 5, 1)))


def test_a_closed_day_never_moves_a_loan_beyond_its_term() -> None:
    sunday = replace(SPRING, due=date(2026, 6, 28))

    assert end_of(6, 26) == due(scheduled(365, sunday), calendar=OFFICE)
    assert end_of(6, 26) == due(scheduled(365, replace(sunday, exact=True)), calendar=OFFICE)


def test_what_is_renewed_in_the_next_term_may_be_kept_until_its_end_and_not_before() -> None:
    rule = scheduled(365, WINTER, SPRING)

    assert end_of(6, 30) == renewed(rule, end_of(2, 10), now=datetime(2026, 2, 3, 12, tzinfo=UTC))
    with pytest.raises(RenewalChangesNothing):
        renewed(rule, end_of(2, 10), now=datetime(2026, 2, 1, 12, tzinfo=UTC))


def test_a_loan_that_staff_gave_for_longer_than_its_term_is_not_renewed_beyond_it() -> None:
    saturday = datetime(2026, 7, 4, 12, tzinfo=UTC)

    with pytest.raises(RenewalChangesNothing):
        renewed(scheduled(365, replace(SPRING, due=date(2026, 6, 28))), saturday, calendar=OFFICE)


# --- renewals


def test_a_renewal_may_last_for_another_time_than_the_loan() -> None:
    rule = replace(a_rule(28), renewal_period=Period(7, Unit.DAYS))

    assert end_of(3, 30) == due(rule)
    assert end_of(3, 17) == renewed(rule, end_of(3, 10))


def test_a_renewal_from_today_never_adds_to_what_is_left() -> None:
    rule = replace(a_rule(14), renew_from=RenewFrom.TODAY)

    assert end_of(3, 16) == renewed(rule, end_of(3, 10))
    assert end_of(3, 16) == renewed(rule, end_of(2, 20))
    with pytest.raises(RenewalChangesNothing):
        renewed(rule, end_of(3, 16))


# --- closed days


@pytest.mark.parametrize(
    ("when_closed", "days", "ends"),
    [
        (WhenClosed.NEXT, 5, end_of(3, 9)),
        (WhenClosed.PREVIOUS, 5, end_of(3, 6)),
        (WhenClosed.KEEP, 5, end_of(3, 7)),
        (WhenClosed.SAME_WEEKDAY, 5, end_of(3, 9)),  # not of whole weeks
        (WhenClosed.PREVIOUS, 4, end_of(3, 6)),
    ],
)
def test_a_due_date_on_a_closed_day_goes_where_the_rule_says(
    when_closed: WhenClosed, days: int, ends: datetime
) -> None:
    assert ends == due(closed(when_closed, days), calendar=OFFICE)


@pytest.mark.parametrize(("amount", "unit"), [(1, Unit.WEEKS), (7, Unit.DAYS)])
def test_a_loan_of_whole_weeks_may_end_on_the_weekday_on_which_it_began(amount: int, unit: Unit) -> None:
    week_off = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 9), date(2026, 3, 16), "Moving"),))

    assert end_of(3, 23) == due(closed(WhenClosed.SAME_WEEKDAY, amount, unit), calendar=week_off)
    assert end_of(3, 17) == due(closed(WhenClosed.NEXT, amount, unit), calendar=week_off)


def test_a_weekday_on_which_the_branch_never_opens_is_not_waited_for() -> None:
    saturday = datetime(2026, 3, 7, 10, tzinfo=UTC)

    assert end_of(3, 16) == due(closed(WhenClosed.SAME_WEEKDAY, 1, Unit.WEEKS), now=saturday, calendar=OFFICE)


def test_no_open_day_before_a_due_date_is_earlier_than_the_loan_itself() -> None:
    saturday = datetime(2026, 3, 7, 10, tzinfo=UTC)

    assert end_of(3, 7) == due(closed(WhenClosed.PREVIOUS, 1), now=saturday, calendar=OFFICE)


def test_the_same_weekday_is_not_beyond_the_term_either() -> None:
    week_off = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 9), date(2026, 3, 10), "Moving"),))
    rule = replace(closed(WhenClosed.SAME_WEEKDAY, 7), fixed_due_date=date(2026, 3, 12))

    assert end_of(3, 8) == due(rule, calendar=week_off)


# --- hours


@pytest.mark.parametrize(
    ("when_closed", "hours_end", "ends"),
    [
        (WhenClosed.NEXT, None, datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        (WhenClosed.SAME_WEEKDAY, None, datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        (WhenClosed.PREVIOUS, None, datetime(2026, 3, 6, 18, 0, tzinfo=UTC)),
        (WhenClosed.KEEP, None, datetime(2026, 3, 6, 20, 0, tzinfo=UTC)),
        (WhenClosed.NEXT, HoursEnd.OPENING_END, datetime(2026, 3, 6, 18, 0, tzinfo=UTC)),
        (WhenClosed.KEEP, HoursEnd.NEXT_OPENING, datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
    ],
)
def test_an_hour_loan_that_would_end_after_the_closing_ends_where_the_rule_says(
    when_closed: WhenClosed, hours_end: HoursEnd | None, ends: datetime
) -> None:
    rule = replace(closed(when_closed, 3, Unit.HOURS), hours_end=hours_end)

    assert ends == due(rule, now=FRIDAY_AFTERNOON, calendar=OFFICE)


def test_an_hour_loan_ends_with_the_last_opening_before_its_hours_are_over() -> None:
    rule = replace(a_rule(25, Unit.HOURS), hours_end=HoursEnd.OPENING_END)
    friday = datetime(2026, 3, 6, 11, 0, tzinfo=UTC)

    assert datetime(2026, 3, 6, 19, 0, tzinfo=UTC) == due(rule, now=friday, calendar=TWO_OPENINGS)
    assert datetime(2026, 3, 6, 12, 0, tzinfo=UTC) == due(
        replace(rule, period=Period(2, Unit.HOURS)), now=friday, calendar=TWO_OPENINGS
    )


def test_an_hour_loan_that_is_made_after_the_closing_ends_when_the_desk_opens_again() -> None:
    rule = replace(a_rule(3, Unit.HOURS), hours_end=HoursEnd.OPENING_END)
    evening = datetime(2026, 3, 5, 18, 0, tzinfo=UTC)

    assert datetime(2026, 3, 6, 9, 0, tzinfo=UTC) == due(rule, now=evening, calendar=OFFICE)


def test_an_hour_loan_that_ends_while_the_desk_is_open_ends_then() -> None:
    rule = replace(a_rule(1, Unit.HOURS), hours_end=HoursEnd.OPENING_END)

    assert FRIDAY_AFTERNOON + timedelta(hours=1) == due(rule, now=FRIDAY_AFTERNOON, calendar=OFFICE)


def test_on_an_open_day_without_hours_an_hour_loan_may_end_at_any_time_and_before_a_closed_day_at_midnight() -> None:
    rule = replace(a_rule(30, Unit.HOURS), hours_end=HoursEnd.OPENING_END)
    calendar = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 7), date(2026, 3, 7), "Moving"),))

    assert end_of(3, 6) == due(rule, now=FRIDAY_AFTERNOON, calendar=calendar)
    assert NOW + timedelta(hours=30) == due(rule, calendar=calendar)


def test_where_each_step_led_and_why_is_told() -> None:
    def told(rule: LendingRule, now: datetime = NOW) -> tuple[str, str]:
        last = due_date(rule, now=now, calendar=OFFICE, membership_ends=NEVER).steps[-1]
        return last.step, last.reason

    by_schedule = "By the schedule, what is lent from 2026-02-02 to 2026-06-15 is due on 2026-06-30"
    assert ("due_schedule", f"{by_schedule} at the latest.") == told(scheduled(365, SPRING))
    assert ("due_schedule", f"{by_schedule}.") == told(scheduled(7, replace(SPRING, exact=True)))
    assert ("fixed_due_date", "The rule ends every loan on 2026-05-01.") == told(
        scheduled(365, SPRING, fixed=date(2026, 5, 1))
    )
    assert ("closed_day", "The desk closes then, before the hours are over.") == told(
        replace(a_rule(3, Unit.HOURS), hours_end=HoursEnd.OPENING_END), FRIDAY_AFTERNOON
    )
    assert ("closed_day", "The branch is closed on 2026-03-07 (Saturday).") == told(closed(WhenClosed.PREVIOUS, 5))


def test_an_hour_loan_that_could_end_only_beyond_its_ceiling_ends_with_the_last_open_day_before_that() -> None:
    def asked(hours: int, last: date) -> tuple[datetime, str, str]:
        rule = replace(a_rule(hours, Unit.HOURS, fixed_due_date=last), hours_end=HoursEnd.NEXT_OPENING)
        found = due_date(rule, now=FRIDAY_AFTERNOON, calendar=OFFICE, membership_ends=NEVER)
        return found.due_at, found.steps[-1].step, found.steps[-1].reason

    on_friday = (end_of(3, 6), "closed_day", "The branch opens only after 2026-03-06.")
    assert on_friday == asked(4, date(2026, 3, 6))
    assert (end_of(3, 6), "closed_day", "The branch is closed on 2026-03-07 (Saturday).") == asked(24, date(2026, 3, 7))
    on_monday = (datetime(2026, 3, 9, 9, tzinfo=UTC), "closed_day", "The branch is closed on 2026-03-07 (Saturday).")
    assert on_monday == asked(24, date(2026, 3, 9))


# --- in every zone and year


@given(
    data=st.data(),
    now=MOMENTS,
    unit=st.sampled_from(Unit),
    when_closed=st.sampled_from([WhenClosed.PREVIOUS, WhenClosed.KEEP, WhenClosed.SAME_WEEKDAY]),
    hours_end=st.sampled_from([None, *HoursEnd]),
)
def test_in_every_zone_a_loan_ends_after_it_began_and_within_its_term_and_membership(
    data: st.DataObject, now: datetime, unit: Unit, when_closed: WhenClosed, hours_end: HoursEnd | None
) -> None:
    calendar = data.draw(calendars(around=now.date()))
    today = calendar.day_of(now)
    ends, ceiling = (today + timedelta(days=data.draw(st.integers(0, 1000))) for _ in range(2))
    spell = DueRange(today, today, ceiling, exact=data.draw(st.booleans()))
    rule = replace(
        a_rule(data.draw(st.integers(1, LIMITS[unit])), unit),
        due_schedule=(spell,), when_closed=when_closed, hours_end=hours_end,
    )  # fmt: skip

    due_at = due(rule, now=now, calendar=calendar, membership_ends=ends)

    assert now.replace(microsecond=0) <= due_at
    assert calendar.day_of(due_at) <= min(ceiling, ends)


@given(data=st.data(), now=MOMENTS, amount=st.integers(1, 2000))
def test_in_every_zone_an_hour_loan_that_ends_with_an_opening_never_lasts_longer_than_one_that_waits_for_the_next(
    data: st.DataObject, now: datetime, amount: int
) -> None:
    calendar = data.draw(calendars(around=now.date()))
    rule = a_rule(amount, Unit.HOURS)

    sooner = due(replace(rule, hours_end=HoursEnd.OPENING_END), now=now, calendar=calendar)

    assert now < sooner <= due(rule, now=now, calendar=calendar)
    assert calendar.desk_is_open(sooner)


def test_a_renewal_that_repeats_itself_needs_no_more_than_its_own_terms() -> None:
    """A term loan: until the end of the term, then a week at a time from the day on which somebody asks."""
    rule = replace(
        scheduled(365, SPRING), renewal_period=Period(1, Unit.WEEKS), renew_from=RenewFrom.TODAY,
    )  # fmt: skip
    in_july = datetime(2026, 6, 29, 12, tzinfo=UTC)

    assert end_of(7, 6) == renewed(rule, end_of(6, 30), now=in_july, calendar=ALWAYS_OPEN)

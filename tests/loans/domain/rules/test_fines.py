from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar, Closure
from loans_service.domain.rules.fines import left_to_charge, overdue_days, overdue_fine, price_of_loss
from loans_service.domain.rules.overdue_rate import OverdueRate
from loans_service.domain.rules.policy import LendingRule
from tests.loans.makers import ALWAYS_OPEN, UTC_ZONE, WEEKDAYS, a_rule, euros

DUE = datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)
"""A Thursday."""
OFFICE = Calendar(UTC_ZONE, weekly=WEEKDAYS)


def late(
    days: int, *, calendar: Calendar = ALWAYS_OPEN, rule: LendingRule | None = None, price: int | None = None
) -> int:
    returned_at = DUE + timedelta(days=days) - timedelta(hours=12)
    fine = overdue_fine(
        DUE, returned_at, calendar=calendar, rule=rule or a_rule(), price=None if price is None else euros(price)
    )
    return 0 if fine is None else fine.amount


def test_a_copy_that_comes_back_in_time_costs_nothing() -> None:
    assert overdue_fine(DUE, DUE, calendar=ALWAYS_OPEN, rule=a_rule(grace_days=0)) is None


def test_up_to_one_open_day_late_costs_nothing_and_then_every_day_counts_the_first_included() -> None:
    assert [0, 0, 40, 60] == [late(days) for days in range(4)]


@pytest.mark.parametrize(
    ("charged", "left"),
    [
        ([], euros(600)),
        ([euros(250), euros(100)], euros(250)),
        ([euros(599)], euros(1)),
        ([euros(600)], None),
        ([euros(900)], None),
        ([Money(250, "CHF")], euros(600)),
    ],
)
def test_only_what_was_not_charged_before_is_left_to_be_charged(charged: list[Money], left: Money | None) -> None:
    assert left == left_to_charge(euros(600), charged)


def test_closed_days_cost_nothing() -> None:
    friday, saturday, sunday, monday, tuesday = (late(days, calendar=OFFICE) for days in range(1, 6))

    assert [0, 0, 0, 40, 60] == [friday, saturday, sunday, monday, tuesday]


def test_days_that_the_branch_was_closed_are_not_overdue_days() -> None:
    """AS-37, the day rate: only 22 January 2020 was open."""
    closed = (
        Closure(date(2019, 12, 1), date(2020, 1, 21), "moving"),
        Closure(date(2020, 1, 23), date(2020, 3, 1), "moving"),
    )
    calendar = Calendar(UTC_ZONE, closures=closed)
    due_at = datetime(2020, 1, 21, 18, tzinfo=UTC)

    assert 1 == overdue_days(due_at, datetime(2020, 1, 25, 12, tzinfo=UTC), calendar)
    assert 0 == overdue_days(
        datetime(2020, 1, 22, 23, 59, 59, tzinfo=UTC), datetime(2020, 1, 25, 12, tzinfo=UTC), calendar
    )


def test_a_fine_never_grows_beyond_ten_euros() -> None:
    assert [980, 1000, 1000] == [late(days) for days in (49, 50, 400)]


def test_a_fine_never_grows_beyond_the_price_of_the_copy() -> None:
    assert [60, 70, 70] == [late(days, price=70) for days in (3, 4, 100)]


def test_a_price_in_another_currency_is_no_measure() -> None:
    fine = overdue_fine(DUE, DUE + timedelta(days=10), calendar=ALWAYS_OPEN, rule=a_rule(), price=Money(1, "USD"))

    assert euros(200) == fine


def test_a_rule_without_a_fine_asks_for_nothing() -> None:
    assert 0 == late(400, rule=LendingRule(name="child"))


def test_late_days_are_counted_by_the_clock_of_the_branch() -> None:
    new_york = Calendar(ZoneInfo("America/New_York"))
    due_at = new_york.end_of_day(date(2026, 3, 5))

    assert 1 == overdue_days(due_at, datetime(2026, 3, 7, 4, 59, tzinfo=UTC), new_york)
    assert 2 == overdue_days(due_at, datetime(2026, 3, 7, 5, 0, tzinfo=UTC), new_york)


@given(days=st.integers(-10, 500), more=st.integers(0, 100), grace=st.integers(0, 5))
def test_coming_back_later_never_costs_less(days: int, more: int, grace: int) -> None:
    rule = a_rule(grace_days=grace)

    assert late(days, calendar=OFFICE, rule=rule) <= late(days + more, calendar=OFFICE, rule=rule)


@pytest.mark.parametrize("grace", [0, 1, 3])
def test_within_the_grace_nothing_is_owed(grace: int) -> None:
    rule = a_rule(grace_days=grace)

    assert (0, 20 * (grace + 1)) == (late(grace, rule=rule), late(grace + 1, rule=rule))


def test_lateness_that_costs_nothing_a_day_is_no_fine_and_one_of_a_cent_is() -> None:
    for per_day, owed in ((0, None), (1, euros(1))):
        rule = replace(a_rule(grace_days=0), fine=OverdueRate(euros(per_day), euros(1000), 0))
        assert owed == overdue_fine(DUE, DUE + timedelta(hours=1), calendar=ALWAYS_OPEN, rule=rule)


def test_a_lost_copy_costs_what_is_known_of_it_unless_that_is_in_another_currency() -> None:
    default = euros(2500)

    assert (euros(1200), euros(0)) == (price_of_loss(default, euros(1200)), price_of_loss(default, euros(0)))
    assert (default, default) == (price_of_loss(default, None), price_of_loss(default, Money(1200, "USD")))

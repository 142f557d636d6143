from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.due_date import InvalidDueDate, due_date, wished_due_date
from loans_service.domain.policy import LendingRule
from tests.loans.makers import NOW

NEW_YORK = ZoneInfo("America/New_York")


def a_rule(days: int) -> LendingRule:
    return LendingRule("test", None, None, loanable=True, days=days, renewals=0)


def test_a_day_loan_ends_with_the_last_second_of_its_last_day_in_the_librarys_zone() -> None:
    due_at = due_date(a_rule(21), now=NOW, zone=NEW_YORK, membership_ends=date(2027, 1, 1))

    assert datetime(2026, 3, 23, 23, 59, 59, tzinfo=NEW_YORK) == due_at


def test_late_in_the_evening_the_day_counts_where_the_library_is_not_where_utc_is() -> None:
    still_monday_in_new_york = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)

    due_at = due_date(a_rule(1), now=still_monday_in_new_york, zone=NEW_YORK, membership_ends=date(2027, 1, 1))

    assert date(2026, 3, 3) == due_at.astimezone(NEW_YORK).date()


def test_a_membership_that_ends_earlier_pulls_the_due_date_back_to_its_last_day() -> None:
    due_at = due_date(a_rule(21), now=NOW, zone=ZoneInfo("UTC"), membership_ends=date(2026, 3, 10))

    assert datetime(2026, 3, 10, 23, 59, 59, tzinfo=UTC) == due_at


def test_a_membership_that_has_ended_never_pulls_the_due_date_before_the_day_of_the_loan() -> None:
    due_at = due_date(a_rule(21), now=NOW, zone=ZoneInfo("UTC"), membership_ends=date(2025, 1, 1))

    assert datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC) == due_at


@pytest.mark.parametrize("wish", [NOW, NOW - timedelta(days=1), NOW + timedelta(days=366, seconds=1)])
def test_a_due_date_in_the_past_or_further_than_a_year_is_refused(wish: datetime) -> None:
    with pytest.raises(InvalidDueDate):
        wished_due_date(wish, now=NOW)


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware here
    days=st.integers(0, 366),
)
def test_in_every_zone_a_loan_ends_after_it_begins_and_a_longer_one_never_ends_earlier(
    zone: str, now: datetime, days: int
) -> None:
    here = ZoneInfo(zone)
    never = date(2100, 1, 1)

    due_at = due_date(a_rule(days), now=now, zone=here, membership_ends=never)
    later = due_date(a_rule(days + 1), now=now, zone=here, membership_ends=never)

    # A zone that moves its clock back across midnight may live the last second of a day twice: hence not strictly.
    assert now.replace(microsecond=0) <= due_at < later

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.rules.calendar import Calendar, Closure
from loans_service.domain.rules.recall import RecallTerms, recalled_due_date
from tests.loans.makers import ALWAYS_OPEN, NOW, UTC_ZONE, WEEKDAYS

DUE = datetime(2026, 3, 23, 23, 59, 59, tzinfo=UTC)
OFFICE = Calendar(UTC_ZONE, weekly=WEEKDAYS)


def end_of(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 23, 59, 59, tzinfo=UTC)


def recalled(
    minimum_days: int,
    due_in_days: int,
    *,
    due_at: datetime = DUE,
    after: timedelta = timedelta(days=1),
    calendar: Calendar = ALWAYS_OPEN,
) -> datetime:
    terms = RecallTerms(minimum_days, due_in_days)
    return recalled_due_date(terms, checked_out_at=NOW, due_at=due_at, now=NOW + after, calendar=calendar)


@pytest.mark.parametrize(
    ("minimum_days", "due_in_days", "due_at"),
    [(0, 7, end_of(3, 10)), (14, 7, end_of(3, 16)), (14, 60, DUE), (60, 1, DUE)],
    ids=["notice", "guaranteed", "long notice", "long guarantee"],
)
def test_a_recalled_loan_is_due_after_its_notice_and_its_guaranteed_days_and_never_later_than_before(
    minimum_days: int, due_in_days: int, due_at: datetime
) -> None:
    """AS-34."""
    assert due_at == recalled(minimum_days, due_in_days)


def test_a_late_loan_stays_as_late_as_it_is() -> None:
    assert DUE == recalled(0, 7, after=timedelta(days=30))


def test_the_notice_counts_open_days_and_a_guaranteed_end_on_a_closed_day_moves_to_the_next_open_one() -> None:
    assert end_of(3, 10) == recalled(0, 5, calendar=OFFICE)
    assert end_of(3, 9) == recalled(5, 1, calendar=OFFICE)


def test_a_branch_that_stays_closed_leaves_the_due_date_as_it_is() -> None:
    closed = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 3), date(2028, 3, 3), "Building works"),))

    assert DUE == recalled(0, 1, calendar=closed)


@given(st.integers(0, 3_650), st.integers(1, 366), st.integers(0, 400))
def test_no_recall_ever_makes_a_loan_longer(minimum_days: int, due_in_days: int, days: int) -> None:
    assert recalled(minimum_days, due_in_days, after=timedelta(days=days), calendar=OFFICE) <= DUE

from datetime import timedelta

import pytest

from loans_service.domain.lending.reminders import next_reminder, reminder_due, renews_itself_from
from tests.loans.makers import NOW

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
THREE_WEEKS, TOO_SHORT = 21 * DAY, 2 * DAY


@pytest.mark.parametrize(
    ("late", "length", "told"),
    [
        (-3 * DAY - SECOND, THREE_WEEKS, (0, 0)),
        (-3 * DAY, THREE_WEEKS, (1, 0)),
        (timedelta(), THREE_WEEKS, (1, 0)),
        (SECOND, THREE_WEEKS, (2, 1)),
        (7 * DAY, THREE_WEEKS, (2, 1)),
        (7 * DAY + SECOND, THREE_WEEKS, (3, 2)),
        (21 * DAY + SECOND, THREE_WEEKS, (4, 3)),
        (-DAY - SECOND, 3 * DAY, (0, 0)),
        (-DAY, 3 * DAY, (1, 0)),
        (timedelta(), TOO_SHORT, (0, 0)),
        (SECOND, TOO_SHORT, (2, 1)),
    ],
)
def test_a_reminder_is_due_at_its_moment_and_lateness_begins_after_the_due_date(
    late: timedelta, length: timedelta, told: tuple[int, int]
) -> None:
    assert told == reminder_due(NOW + late, due_at=NOW, length=length)


@pytest.mark.parametrize(
    ("told", "length", "next_one"),
    [
        (0, THREE_WEEKS, -3 * DAY),
        (0, TOO_SHORT, timedelta()),
        (1, THREE_WEEKS, timedelta()),
        (2, THREE_WEEKS, 7 * DAY),
        (3, THREE_WEEKS, 21 * DAY),
        (4, THREE_WEEKS, None),
    ],
)
def test_after_each_reminder_the_next_one_is_known_until_all_is_told(
    told: int, length: timedelta, next_one: timedelta | None
) -> None:
    assert (None if next_one is None else NOW + next_one) == next_reminder(told, due_at=NOW, length=length)


@pytest.mark.parametrize(
    ("length", "before_its_end"),
    [(THREE_WEEKS, 3 * DAY), (3 * DAY, DAY), (TOO_SHORT, DAY), (timedelta(hours=4), timedelta(hours=2))],
)
def test_a_loan_renews_itself_when_it_would_be_told_to_be_due_soon_or_in_its_second_half(
    length: timedelta, before_its_end: timedelta
) -> None:
    assert NOW + length - before_its_end == renews_itself_from(checked_out_at=NOW, due_at=NOW + length)

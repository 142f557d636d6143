"""For how long lateness suspends borrowing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.suspension import LONGEST_SUSPENSION, SuspensionTerms
from tests.loans.makers import ALWAYS_OPEN, UTC_ZONE, WEEKDAYS

DUE = datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)
"""A Thursday."""
BACK = date(2026, 3, 20)
ONE, TWO = SuspensionTerms(1), SuspensionTerms(2)


def days(terms: SuspensionTerms, late: int, *, calendar: Calendar = ALWAYS_OPEN) -> int:
    return terms.days(DUE, DUE + timedelta(days=late) - timedelta(hours=12), calendar)


def test_each_open_day_late_suspends_for_so_many_days() -> None:
    assert [0, 1, 2, 10] == [days(ONE, late) for late in (0, 1, 2, 10)]
    assert [0, 2, 4, 20] == [days(TWO, late) for late in (0, 1, 2, 10)]
    assert [2, 2, 2, 4] == [days(TWO, late, calendar=Calendar(UTC_ZONE, weekly=WEEKDAYS)) for late in (1, 2, 3, 4)]


def test_a_suspension_has_a_maximum_and_lateness_within_the_grace_suspends_nothing() -> None:
    capped, graceful = SuspensionTerms(2, most=15), SuspensionTerms(2, grace_days=3)

    assert [14, 15, 15] == [days(capped, late) for late in (7, 8, 400)]
    assert [0, 0, 8] == [days(graceful, late) for late in (1, 3, 4)]
    assert LONGEST_SUSPENSION == days(TWO, 9000)


def test_what_suspends_is_beyond_grace() -> None:
    graceful = SuspensionTerms(2, grace_days=3)

    assert [False, False, True] == [
        graceful.is_beyond_grace(DUE, DUE + timedelta(days=late), ALWAYS_OPEN) for late in (0, 3, 4)
    ]


@pytest.mark.parametrize(
    ("until", "at_once", "one_after_another"),
    [
        (None, date(2026, 3, 26), date(2026, 3, 26)),
        (date(2026, 3, 1), date(2026, 3, 26), date(2026, 3, 26)),
        (BACK, date(2026, 3, 26), date(2026, 3, 26)),
        (date(2026, 4, 10), date(2026, 3, 26), date(2026, 4, 16)),
    ],
)
def test_suspensions_run_at_once_or_one_after_another(
    until: date | None, at_once: date, one_after_another: date
) -> None:
    adding = SuspensionTerms(2, adds_up=True)

    assert at_once == TWO.ends_on(BACK, 6, suspended_until=until)
    assert one_after_another == adding.ends_on(BACK, 6, suspended_until=until)


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        (SuspensionTerms(1, most=1), []),
        (SuspensionTerms(LONGEST_SUSPENSION, most=LONGEST_SUSPENSION), []),
        (SuspensionTerms(0), ["days_per_day"]),
        (SuspensionTerms(LONGEST_SUSPENSION + 1), ["days_per_day"]),
        (SuspensionTerms(1, most=0), ["most"]),
        (SuspensionTerms(0, most=LONGEST_SUSPENSION + 1), ["days_per_day", "most"]),
    ],
)
def test_numbers_that_will_not_do_are_named(terms: SuspensionTerms, names: list[str]) -> None:
    found = dict(terms.problems())

    words = {
        "days_per_day": "A day late suspends borrowing for 1 day to ten years.",
        "most": "A suspension lasts from 1 day to ten years.",
    }
    assert {name: words[name] for name in names} == found

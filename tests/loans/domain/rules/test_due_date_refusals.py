"""The due dates that are refused or asked for, and what is told of them."""

from datetime import timedelta

import pytest

from loans_service.domain.rules.calendar import Calendar, NoOpenDay
from loans_service.domain.rules.due_date import (
    DueStep,
    InvalidDueDate,
    RenewalChangesNothing,
    Step,
    requested_due_date,
)
from tests.loans.makers import NOW, UTC_ZONE

MOST = timedelta(days=366)


@pytest.mark.parametrize("later", [timedelta(microseconds=1), MOST])
def test_a_due_date_may_be_asked_for_from_now_on_for_a_year(later: timedelta) -> None:
    found = requested_due_date(NOW + later, now=NOW)

    assert (DueStep(Step.REQUESTED, NOW + later, "Asked for at the desk."),) == found.steps


@pytest.mark.parametrize("later", [timedelta(), MOST + timedelta(microseconds=1)])
def test_a_due_date_that_is_refused_is_told_with_the_reason(later: timedelta) -> None:
    with pytest.raises(InvalidDueDate) as refused:
        requested_due_date(NOW + later, now=NOW)

    told = "A loan must be due after this moment and within 366 days. Choose another due date."
    due_at = (NOW + later).isoformat().replace("+00:00", "Z")
    assert (told, {"due_at": due_at}) == (refused.value.detail, refused.value.figures)


def test_a_refusal_says_the_moment_as_the_library_writes_it_or_that_nobody_knows_one() -> None:
    unknown, same = InvalidDueDate(None), RenewalChangesNothing(NOW)

    told = "The policy knows no due date for this. Say with `due_at` until when it is lent."
    assert (told, {}) == (unknown.detail, unknown.figures)
    told = "Renewed now, the loan would not end later than it does. Renew it later."
    assert (told, {"due_at": "2026-03-02T10:00:00Z"}) == (same.detail, same.figures)


def test_a_branch_that_does_not_open_again_is_told_with_the_day_from_which_on() -> None:
    with pytest.raises(NoOpenDay) as refused:
        Calendar(UTC_ZONE, weekly=((),) * 7).next_open_day(NOW.date())

    told = "The branch does not open within 366 days of 2026-03-02. Correct its calendar, or say a due date."
    assert (told, {"day": "2026-03-02"}) == (refused.value.detail, refused.value.figures)

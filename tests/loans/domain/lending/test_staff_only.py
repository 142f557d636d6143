from datetime import datetime, timedelta

import pytest

from loans_service.domain.lending.staff_only import StaffOnly, moment_of_return
from tests.loans.makers import NOW

YESTERDAY = NOW - timedelta(days=1)


@pytest.mark.parametrize("told", [YESTERDAY, NOW - timedelta(microseconds=1)])
def test_a_kiosk_cannot_say_that_a_copy_came_back_earlier(told: datetime) -> None:
    with pytest.raises(StaffOnly) as refused:
        moment_of_return(told, now=NOW, by_staff=False)

    assert "returned_at" == refused.value.field


def test_staff_empty_the_book_drop_after_the_weekend() -> None:
    assert YESTERDAY == moment_of_return(YESTERDAY, now=NOW, by_staff=True)


@pytest.mark.parametrize("by_staff", [True, False])
def test_a_copy_comes_back_when_it_is_scanned_unless_somebody_says_otherwise(by_staff: bool) -> None:
    assert NOW == moment_of_return(None, now=NOW, by_staff=by_staff)
    assert NOW == moment_of_return(NOW, now=NOW, by_staff=by_staff)


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("due_at", "Only staff who signed in may send `due_at`. Send the request without it."),
        (
            "offline",
            "Only machines with the scope loans:offline may send `offline`. Send the request without it.",
        ),
    ],
)
def test_a_refused_field_is_named_with_who_may_send_it(field: str, sentence: str) -> None:
    assert (field, sentence) == ((refusal := StaffOnly(field)).field, refusal.detail)

from datetime import datetime, timedelta

import pytest

from loans_service.domain.lending.giving_up import is_to_be_given_up
from tests.loans.makers import NOW, a_loan

DUE = a_loan().due_at
FORTY_DAYS, A_SECOND = timedelta(days=40), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("counted_from", "last"),
    [
        (None, DUE + FORTY_DAYS),
        (NOW, DUE + FORTY_DAYS),
        (DUE + timedelta(days=50), DUE + timedelta(days=90)),
    ],
)
def test_a_copy_is_given_up_so_many_days_after_it_was_due_found_with_its_borrower_or_taken_over(
    counted_from: datetime | None, last: datetime
) -> None:
    moments = (last, last + A_SECOND)

    assert [False, True] == [
        is_to_be_given_up(a_loan(), after_days=40, counted_from=counted_from, now=now) for now in moments
    ]


def test_a_copy_that_is_missed_already_is_not_given_up_once_more() -> None:
    claimed, late = a_loan(), DUE + timedelta(days=99)
    claimed.claim_returned(why="", now=NOW)

    assert not is_to_be_given_up(claimed, after_days=40, counted_from=None, now=late)

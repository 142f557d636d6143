from contextlib import nullcontext
from datetime import date

import pytest

from members_service.domain.membership.membership import AgeNotForCategory
from tests.members.makers import CATEGORIES, TODAY


@pytest.mark.parametrize(("born", "fits"), [
    (date(2008, 3, 3), True),  # eighteen tomorrow
    (date(2008, 3, 2), False),  # today
    (date(2026, 3, 2), True),
    (None, True),
])  # fmt: skip
def test_a_child_is_under_eighteen_as_far_as_anybody_knows(born: date | None, *, fits: bool) -> None:
    with nullcontext() if fits else pytest.raises(AgeNotForCategory, match="Somebody of 18 years"):
        CATEGORIES["child"].check_age(born, today=TODAY)


def test_adults_may_have_any_age() -> None:
    CATEGORIES["adult"].check_age(date(1900, 1, 1), today=TODAY)


def test_whoever_was_born_on_a_leap_day_is_a_year_older_in_march() -> None:
    CATEGORIES["child"].check_age(date(2008, 2, 29), today=date(2026, 2, 28))
    with pytest.raises(AgeNotForCategory):
        CATEGORIES["child"].check_age(date(2008, 2, 29), today=date(2026, 3, 1))

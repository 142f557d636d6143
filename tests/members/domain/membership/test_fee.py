"""What a membership costs, and for how many years."""

from datetime import date

import pytest

from members_service.domain.membership.fee import Fee, FeeDue, FeeKind, years_begun
from members_service.domain.membership.membership import Categories, CategoryTerms, InvalidCategories

BOTH = CategoryTerms("adult", "Adult", 12, enrolment_fee=Fee(500, "EUR"), annual_fee=Fee(2000))
FREE = CategoryTerms("child", "Child", 12)
FIRST = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("last", "years"),
    [
        (date(2026, 8, 31), 0),
        (date(2026, 9, 1), 0),
        (date(2026, 9, 2), 1),
        (date(2027, 7, 31), 1),
        (date(2027, 9, 1), 1),
        (date(2027, 9, 2), 2),
        (date(2028, 9, 1), 2),
        (date(2036, 9, 1), 10),
    ],
)
def test_a_year_counts_from_the_day_on_which_it_begins(last: date, years: int) -> None:
    assert years == years_begun(FIRST, last)


def test_a_membership_that_never_ends_costs_a_year() -> None:
    for last in (date.max, date(9999, 1, 1)):
        assert 1 == years_begun(FIRST, last)
    due = BOTH.fees_of_joining(first=FIRST, last=date.max)
    assert (FeeDue(FeeKind.ENROLMENT, Fee(500, "EUR")), FeeDue(FeeKind.MEMBERSHIP, Fee(2000))) == due


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        (date(2027, 2, 28), date(2028, 2, 29), 1),
        (date(2028, 2, 29), date(2029, 2, 28), 1),
        (date(2027, 2, 28), date(2028, 3, 1), 2),
        (date(2028, 2, 28), date(2032, 2, 29), 5),
    ],
)
def test_a_year_from_the_end_of_february_ends_with_february(first: date, last: date, years: int) -> None:
    assert years == years_begun(first, last)


def test_who_is_put_on_record_with_a_membership_that_is_over_owes_nothing() -> None:
    assert () == BOTH.fees_of_joining(first=FIRST, last=date(2026, 8, 31))


def test_who_joins_owes_the_enrolment_and_each_year() -> None:
    due = BOTH.fees_of_joining(first=FIRST, last=date(2028, 9, 1))

    assert (FeeDue(FeeKind.ENROLMENT, Fee(500, "EUR")), FeeDue(FeeKind.MEMBERSHIP, Fee(4000))) == due


def test_who_is_renewed_owes_each_year_and_no_enrolment() -> None:
    assert (FeeDue(FeeKind.MEMBERSHIP, Fee(2000)),) == BOTH.fees_of_renewal(first=FIRST, last=date(2027, 9, 1))


def test_a_membership_for_today_or_one_that_costs_nothing_owes_no_year() -> None:
    assert [FeeKind.ENROLMENT] == [due.kind for due in BOTH.fees_of_joining(first=FIRST, last=FIRST)]
    assert () == FREE.fees_of_joining(first=FIRST, last=date(2027, 9, 1))


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 9, 1), 12, date(2027, 7, 31)),
        (date(2026, 7, 31), 12, date(2027, 7, 31)),
        (date(2026, 7, 30), 12, date(2026, 7, 31)),
        (date(2026, 9, 1), 24, date(2028, 7, 31)),
        (date(2026, 9, 1), 3, date(2027, 7, 31)),
        (date(9999, 8, 1), 12, date(9999, 12, 31)),
    ],
)
def test_where_memberships_end_on_one_day_for_all_it_is_the_last_such_day_or_the_next(
    first: date, months: int, last: date
) -> None:
    assert last == CategoryTerms("pupil", "Pupil", months, ends_on="07-31").last_day(first=first)


def test_a_leap_day_is_the_day_before_in_other_years() -> None:
    assert date(2027, 2, 28) == CategoryTerms("pupil", "Pupil", 12, ends_on="02-29").last_day(first=FIRST)


@pytest.mark.parametrize("ends_on", ["13-01", "02-30", "7-31", "0731", "", "07-31T00"])
def test_a_day_that_no_year_has_is_none_to_end_on(ends_on: str) -> None:
    with pytest.raises(InvalidCategories, match="Say MM-DD"):
        Categories((CategoryTerms("pupil", "Pupil", 12, ends_on=ends_on),))

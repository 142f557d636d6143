from contextlib import nullcontext
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from members_service.domain.membership.membership import (
    AgeNotForCategory,
    CategoryInUse,
    CategoryTerms,
    NotTimeToRenew,
    OwnRenewalOff,
    UnknownCategory,
    birthdays_between,
    end_of_day,
    of_age_on,
)
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


@pytest.mark.parametrize(
    ("terms", "figures"),
    [
        (CategoryTerms("pupil", "Pupil", 12, youngest=6, oldest=15), {"age": 16, "youngest": 6, "oldest": 15}),
        (CategoryTerms("pupil", "Pupil", 12, oldest=15), {"age": 16, "oldest": 15}),
        (CategoryTerms("pupil", "Pupil", 12, youngest=18), {"age": 16, "youngest": 18}),
    ],
)
def test_whoever_has_the_wrong_age_is_told_the_ages_that_a_category_takes(
    terms: CategoryTerms, figures: dict[str, int]
) -> None:
    with pytest.raises(AgeNotForCategory) as refused:
        terms.check_age(date(2010, 3, 2), today=TODAY)

    told = "Somebody of 16 years cannot be a member of the category pupil. Choose another category."
    assert (told, "category", figures) == (refused.value.detail, refused.value.field, refused.value.figures)


@pytest.mark.parametrize(
    ("word", "told", "figures"),
    [
        ("Adlut", "The library has no category 'Adlut'. Did you mean adult?", {"did_you_mean": "adult"}),
        ("seniors", "The library has no category 'seniors'. Did you mean senior?", {"did_you_mean": "senior"}),
        ("xyz", "The library has no category 'xyz'. There are: adult, child, senior, staff, student.", {}),
    ],
)
def test_an_unknown_category_is_answered_with_what_may_have_been_meant(
    word: str, told: str, figures: dict[str, str]
) -> None:
    with pytest.raises(UnknownCategory) as refused:
        CATEGORIES[word]

    assert (told, "category", figures) == (refused.value.detail, refused.value.field, refused.value.figures)


def test_a_very_long_word_for_a_category_is_shown_cut() -> None:
    assert str(UnknownCategory("x" * 99, ["adult"])).startswith(f"The library has no category '{'x' * 59}. There")


def test_categories_that_somebody_belongs_to_are_all_named_in_order() -> None:
    refusal = CategoryInUse({"student", "child"})

    told = "There are members of the category child, student. Move them first, or keep it."
    assert (told, {"categories": ["child", "student"]}) == (refusal.detail, refusal.figures)


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 1, 31), 13, date(2028, 2, 29)),
        (date(2026, 3, 2), 12, date(2027, 3, 2)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), 11, date(2026, 12, 15)),
        (date(2028, 2, 29), 36, date(2031, 2, 28)),
    ],
)
def test_a_membership_ends_on_the_same_day_some_months_later_or_on_the_last_of_a_shorter_month(
    first: date, months: int, last: date
) -> None:
    assert last == CategoryTerms("adult", "Adult", months).last_day(first=first)


@pytest.mark.parametrize(
    ("today", "renewed"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 30), True),
        (date(2026, 5, 1), False),
    ],
)
def test_a_member_renews_the_own_membership_so_many_days_before_and_after_its_end(today: date, renewed: bool) -> None:
    terms = CategoryTerms("adult", "Adult", 12, own_renewal_days=30)

    with nullcontext() if renewed else pytest.raises(NotTimeToRenew, match="from 2026-03-01 through 2026-04-30"):
        terms.expect_own_renewal(date(2026, 3, 31), today=today)


def test_a_member_is_told_when_to_renew() -> None:
    told = "You may renew this membership from 2026-03-01 through 2026-04-30. Before and after that, ask at the desk."

    refusal = NotTimeToRenew(date(2026, 3, 1), date(2026, 4, 30))

    days = {"renewable_from": "2026-03-01", "renewable_until": "2026-04-30"}
    assert (told, days) == (str(refusal), refusal.figures)


def test_where_the_category_says_nothing_of_it_a_membership_is_renewed_at_the_desk() -> None:
    with pytest.raises(OwnRenewalOff):
        CategoryTerms("adult", "Adult", 12).expect_own_renewal(TODAY, today=TODAY)


def test_a_membership_without_an_end_is_renewed_by_its_member_as_well() -> None:
    terms = CategoryTerms("adult", "Adult", 12, own_renewal_days=30)

    terms.expect_own_renewal(date.max, today=date.max)
    terms.expect_own_renewal(date.min, today=date.min)
    with pytest.raises(NotTimeToRenew):
        terms.expect_own_renewal(date.max, today=date(9999, 11, 1))


def test_one_comes_of_age_on_a_birthday_and_who_was_born_on_a_leap_day_on_the_first_of_march() -> None:
    assert date(2028, 5, 20) == of_age_on(date(2010, 5, 20), of_age=18)
    assert date(2026, 3, 1) == of_age_on(date(2008, 2, 29), of_age=18)
    assert date(2024, 2, 29) == of_age_on(date(2008, 2, 29), of_age=16)
    assert date(2026, 2, 28) == of_age_on(date(2008, 2, 28), of_age=18)


def test_who_comes_of_age_in_some_days_was_born_on_one_of_these() -> None:
    assert (date(2008, 2, 28), date(2008, 2, 29), date(2008, 3, 1)) == birthdays_between(
        date(2026, 2, 28), date(2026, 3, 1), of_age=18
    )
    assert (date(2010, 2, 28),) == birthdays_between(date(2026, 2, 28), date(2026, 2, 28), of_age=16)
    assert () == birthdays_between(date(2026, 2, 28), date(2026, 2, 27), of_age=18)


def test_a_day_is_over_when_the_next_one_begins_where_the_library_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    assert datetime(2026, 3, 2, 23, tzinfo=UTC) == end_of_day(TODAY, berlin)
    assert datetime(2026, 3, 3, tzinfo=berlin) == end_of_day(TODAY, berlin)

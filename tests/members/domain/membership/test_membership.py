from contextlib import nullcontext
from datetime import date

import pytest

from members_service.domain.membership.membership import (
    AgeNotForCategory,
    CategoryInUse,
    CategoryTerms,
    UnknownCategory,
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

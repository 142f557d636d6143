from datetime import date

import pytest

from members_service.domain.membership.membership import Categories, CategoryTerms, InvalidCategories
from shared.kernel.errors import Refusals
from tests.members.makers import TODAY

CHILD = CategoryTerms("child", "Child", 12, oldest=12, follows="teenager")
TEENAGER = CategoryTerms("teenager", "Teenager", 12, youngest=13, oldest=17, follows="adult")
ADULT = CategoryTerms("adult", "Adult", 12, youngest=18)
GROWING = Categories((CHILD, TEENAGER, ADULT))


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ([], "at least one"),
        ([ADULT, ADULT], "2 times"),
        ([CategoryTerms("none", "Nobody", 12, youngest=9, oldest=8)], "Nobody has the age"),
        ([CategoryTerms("child", "Child", 12, follows="adult"), ADULT], "Nobody outgrows"),
        ([CHILD, ADULT], "no category here"),
        ([CategoryTerms("child", "Child", 12, oldest=12, follows="adult"), ADULT], "does not take"),
        ([CategoryTerms("child", "Child", 12, oldest=16, follows="adult"), ADULT], "adult does not take those who"),
    ],
)
def test_a_table_that_contradicts_itself_is_none(terms: list[CategoryTerms], sentence: str) -> None:
    with pytest.raises((InvalidCategories, Refusals), match=sentence):
        Categories(tuple(terms))


@pytest.mark.parametrize(
    ("born", "category"),
    [
        (date(2014, 1, 1), "child"),
        (date(2013, 3, 3), "child"),
        (date(2013, 3, 2), "teenager"),
        (date(1990, 1, 1), "adult"),
        (None, "child"),
    ],
)
def test_a_child_grows_into_what_follows_at_its_age(born: date | None, category: str) -> None:
    assert category == GROWING.grown_into("child", born=born, today=TODAY)


def test_a_category_that_is_there_no_longer_is_left_as_it_is() -> None:
    assert "pupil" == GROWING.grown_into("pupil", born=date(1990, 1, 1), today=TODAY)


def test_a_category_for_one_age_alone_is_one_and_a_library_without_any_is_told_so() -> None:
    assert {"ten"} == Categories((CategoryTerms("ten", "Ten", 12, youngest=10, oldest=10),)).names
    with pytest.raises(InvalidCategories, match=r"^A library has at least one category\.$"):
        Categories(())

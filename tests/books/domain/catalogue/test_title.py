import pytest

from books_service.domain.catalogue.title import InvalidNonfilingCharacters, nonfiling_characters
from tests.books.makers import a_record


@pytest.mark.parametrize(
    ("title", "number", "filed"),
    [
        ("The Sea", 4, "sea"),
        ("The Sea", None, "the sea"),
        ("L'Étranger", 2, "etranger"),
        ('The "Genius"', 5, "genius"),
        ("Hē Odysseia", 4, "odysseia"),  # as MARC counts, the accent by itself
        ("Hē Odysseia", 3, "odysseia"),
        ("It", 9, "it"),
        ("A ...", 2, "..."),
        ("The", 4, "the"),
    ],
)
def test_a_title_is_filed_without_what_the_record_says_is_passed_over(
    title: str, number: int | None, filed: str
) -> None:
    record = a_record(title=title, nonfiling_characters=number)

    assert filed == record.sort_key


def test_what_a_title_begins_with_has_its_article() -> None:
    assert "the sea" == a_record(title="The Sea", nonfiling_characters=4).title_key


def test_as_many_characters_are_passed_over_as_marc_has_a_digit_for() -> None:
    assert [None, 1, 9] == [nonfiling_characters(number) for number in (0, 1, 9)]
    for wrong in (-1, 10):
        with pytest.raises(InvalidNonfilingCharacters):
            nonfiling_characters(wrong)


@pytest.mark.parametrize(
    ("title", "passed_over"), [("The Sea, the Sea", 4), ("Sea", None), ("the Sea", None), ("A Sea", None)]
)
def test_what_is_passed_over_stays_with_a_title_that_begins_alike(title: str, passed_over: int | None) -> None:
    sea = a_record(title="The Sea", nonfiling_characters=4)

    assert passed_over == sea.with_changes({"title": title}).nonfiling_characters
    assert passed_over == a_record(title=title).over(sea).nonfiling_characters


def test_what_is_passed_over_is_what_is_said_last() -> None:
    sea = a_record(title="The Sea", nonfiling_characters=4)

    assert 2 == sea.with_changes({"title": "A Sea", "nonfiling_characters": 2}).nonfiling_characters
    assert sea.with_changes({"nonfiling_characters": 0}).nonfiling_characters is None
    assert 3 == a_record(title="The Sea", nonfiling_characters=3).over(sea).nonfiling_characters

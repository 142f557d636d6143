"""The parts of a title page that are more than a text: each refuses by the name of its field."""

from typing import Any

import pytest

from books_service.domain.catalogue.record import MOST_NAMES, TooManyNames
from books_service.domain.catalogue.series import Series
from shared.kernel.errors import InvalidValue
from tests.books.makers import a_record


def test_the_place_in_a_series_is_kept_as_the_book_prints_it() -> None:
    assert (Series("Classics", "Bd. IV"),) == a_record(series=[(" Classics ", " Bd.  IV ")]).series


@pytest.mark.parametrize(
    "wrong",
    [
        {"series": [("x", "")]},
        {"series": [("x", "x" * 101)]},
        {"series": [("", None)]},
        {"identifiers": [("oclc", "x" * 201, None)]},
        {"identifiers": [("other", "1", "")]},
        {"contributors": [("x" * 301, "editor")]},
        {"classification": [("", None)]},
        {"classification": [("x", "")]},
        {"links": [("example.org", None)]},
        {"links": [("https://example.org", "")]},
        {"notes": ["x" * 2_001]},
        {"extent": "x" * 301},
        {"format": "papyrus"},
        {"audience": "cats"},
        {"external_id": "x" * 101},
        {"description": "\x07"},
    ],
    ids=str,
)
def test_a_part_that_cannot_be_is_refused_by_the_name_of_its_field(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as refused:
        a_record(**wrong)

    assert [refused.value.field] == list(wrong)


def test_a_book_lists_as_many_names_as_are_allowed_and_not_one_more() -> None:
    names = [f"Author {number}" for number in range(MOST_NAMES + 1)]

    assert MOST_NAMES == len(a_record(authors=[*names[:MOST_NAMES], names[0]]).authors)
    with pytest.raises(TooManyNames) as refused:
        a_record(authors=names)
    assert ("A book lists 100 authors at most.", {"limit": 100}) == (refused.value.detail, refused.value.figures)


def test_a_text_that_is_too_long_is_told_with_its_length_and_the_limit() -> None:
    with pytest.raises(InvalidValue) as refused:
        a_record(title="x" * 1_001)

    assert ("The title has 1001 characters; 1000 is the most.", {"limit": 1000}) == (
        refused.value.detail, refused.value.figures,
    )  # fmt: skip


def test_a_paragraph_has_single_spaces_between_its_words() -> None:
    assert "One two.\nThree." == a_record(description="One   two.\nThree.").description

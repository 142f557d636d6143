"""Tags are short words; however they are written, one word is one tag."""

import pytest

from books_service.domain.tags import LONGEST_TAG, MOST_TAGS, TooManyTags, tags_of, tags_text
from books_service.domain.text import InvalidText


def test_a_word_is_one_tag_however_it_is_written() -> None:
    assert ("book club", "été") == tags_of(["  Été ", "Book  Club", "BOOK CLUB"])


def test_a_semicolon_parts_tags_so_that_a_file_holds_them_in_one_text() -> None:
    tags = tags_of(["weed; ;Summer Reading", "a,b"])

    assert ("a,b", "summer reading", "weed") == tags == tags_of([tags_text(tags)])


def test_few_tags_gather_and_many_do_not() -> None:
    assert MOST_TAGS == len(tags_of(map(str, range(MOST_TAGS))))

    with pytest.raises(TooManyTags, match=r"20 tags at most\. Take one off") as refused:
        tags_of(map(str, range(MOST_TAGS + 1)))

    assert "tags" == refused.value.field


@pytest.mark.parametrize("text", ["x" * (LONGEST_TAG + 1), "a\x00"])
def test_a_tag_is_one_short_line(text: str) -> None:
    assert ("x" * LONGEST_TAG,) == tags_of(["x" * LONGEST_TAG])

    with pytest.raises(InvalidText) as refused:
        tags_of([text])

    assert "tags" == refused.value.field

import pytest

from books_service.domain.catalogue.format import (
    Audience,
    BookFormat,
    InvalidAudience,
    InvalidFormat,
    audience,
    book_format,
)


@pytest.mark.parametrize("word", BookFormat)
def test_each_format_is_read_by_its_word(word: str) -> None:
    assert BookFormat(word) is book_format(word)


@pytest.mark.parametrize("word", Audience)
def test_each_audience_is_read_by_its_word(word: str) -> None:
    assert Audience(word) is audience(word)


def test_whoever_says_another_word_is_told_all_that_there_are() -> None:
    with pytest.raises(InvalidFormat, match=r"one of these: audiobook, book, computer_file, .*, video"):
        book_format("papyrus")
    with pytest.raises(InvalidAudience, match=r"one of these: preschool, primary, .*, juvenile"):
        audience("cats")

"""How many marks may sit on one letter."""

import sys
import time
import unicodedata

import pytest

from shared.kernel.combining_marks import MOST_MARKS, has_too_many_marks
from tests.shared.cpu_time import grows_faster_than_its_text


@pytest.mark.parametrize("mark", ["\u0301", "\u0327", "\u0f73", "\uff9e", "\U0001d165"])
def test_thirty_marks_on_a_letter_are_let_through_and_one_more_is_not(mark: str) -> None:
    assert not has_too_many_marks("a" + mark * MOST_MARKS)
    assert has_too_many_marks("a" + mark * (MOST_MARKS + 1))


def test_marks_on_many_letters_are_not_added_up() -> None:
    assert not has_too_many_marks("a\u0301\u0327" * 1_000)
    assert not has_too_many_marks("Nguyễn Thị Minh Khai" * 1_000)


def test_no_character_that_becomes_nothing_but_marks_is_overlooked() -> None:
    of_marks = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if all(map(unicodedata.combining, unicodedata.normalize("NFKD", character)))
    ]

    assert len(of_marks) > 800
    assert [] == [character for character in of_marks if not has_too_many_marks(character * (MOST_MARKS + 1))]


async def test_looking_takes_time_that_grows_like_the_text() -> None:
    async def cost(size: int) -> float:
        text = "a\u0301\u0327" * (size // 3)
        began = time.thread_time()
        has_too_many_marks(text)
        return time.thread_time() - began

    assert not await grows_faster_than_its_text(cost, 1_000_000)

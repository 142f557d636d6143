import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.domain.search.spelling import MOST_MEANT, meant, slips, swapped

WORDS = st.text("abcd", max_size=8)


@pytest.mark.parametrize(
    ("word", "other", "count"),
    [
        ("emma", "emma", 0),
        ("poter", "potter", 1),
        ("pottter", "potter", 1),
        ("putter", "potter", 1),
        ("hrary", "harry", 1),
        ("dostoyevski", "dostoevsky", 2),
        ("emma", "ada", 3),
        ("", "emma", 4),
    ],
)
def test_a_slip_is_a_letter_too_many_or_too_few_or_wrong_or_two_swapped(word: str, other: str, count: int) -> None:
    assert count == slips(word, other) == slips(other, word)


def test_one_slip_makes_it_another_word_and_two_a_long_one() -> None:
    known = ("potter", "porter", "poster", "dostoevsky", "ada")

    assert ("potter", "porter", "poster") == meant("poter", known)
    assert ("dostoevsky",) == meant("dostoyevski", known)
    assert () == meant("ottrr", known)


def test_the_last_part_of_a_compound_is_meant_too_after_all_that_is_spelt_alike() -> None:
    known = ("volksmarchen", "hausmarchen", "marchenbuch", "machen", "haus")

    assert ("machen", "hausmarchen", "volksmarchen") == meant("marchen", known)
    assert () == meant("aus", ["haushalt", "maushaus"])


def test_the_likeliest_word_comes_first_and_they_are_not_many() -> None:
    assert "emma" == meant("emma", ("emmas", "emma"))[0]
    assert MOST_MEANT == len(meant("a" * 8, [f"{'a' * 7}{chr(98 + n)}" for n in range(24)]))


@given(WORDS, WORDS)
def test_no_slip_means_the_same_word_and_each_letter_of_difference_is_one(word: str, other: str) -> None:
    count = slips(word, other)

    assert (count == 0) == (word == other)
    assert abs(len(word) - len(other)) <= count <= max(len(word), len(other))


@given(WORDS)
def test_what_changed_places_is_one_slip_away(word: str) -> None:
    assert all(slips(word, other) <= 1 for other in swapped(word))


@pytest.mark.parametrize(
    ("word", "other", "means"),
    [("sevenxy", "seven", False), ("sevenxyz", "sevenx", True), ("eightletters", "eightlett", False)],
)
def test_two_slips_are_forgiven_from_eight_letters_on_and_three_never(word: str, other: str, *, means: bool) -> None:
    assert means is (meant(word, [other]) == (other,))


def test_the_end_of_a_compound_has_four_letters_and_the_shortest_compound_comes_first() -> None:
    assert ("axhaus", "zzhaus", "abchaus") == meant("haus", ["zzhaus", "abchaus", "axhaus"])

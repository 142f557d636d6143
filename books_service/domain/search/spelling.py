"""Which word is meant by a misspelt one."""

from collections.abc import Iterable
from itertools import groupby

_LONG = 8
_SHORTEST_PART = 4  # of a compound; shorter ones end far too many words
MOST_MEANT = 20


def meant(word: str, vocabulary: Iterable[str]) -> tuple[str, ...]:
    """Return the words of `vocabulary` that may be meant by `word`, likeliest first.

    One slip makes it another word, two a long one: a letter too many, too few, wrong, or two that changed places. That
    a letter is doubled or not is the commonest of all. Least likely is the end of a compound: Märchen in Hausmärchen.
    """
    most = 2 if len(word) >= _LONG else 1
    vocabulary = set(vocabulary)
    near = {other: slips(word, other) for other in vocabulary if abs(len(word) - len(other)) <= most}
    likely = [other for other, count in near.items() if count <= most]
    likely.sort(key=lambda other: (near[other], _sound(word) != _sound(other), other))
    return tuple(dict.fromkeys((*likely, *_ending_in(word, vocabulary))))[:MOST_MEANT]


def _ending_in(word: str, vocabulary: Iterable[str]) -> list[str]:
    """Return the words whose last part it is, the shortest first: many languages write compounds in one."""
    if len(word) < _SHORTEST_PART:
        return []
    return sorted((other for other in vocabulary if other.endswith(word)), key=lambda other: (len(other), other))


def _sound(word: str) -> str:
    """Return the word without doubled letters."""
    return "".join(letter for letter, _ in groupby(word))


def swapped(word: str) -> Iterable[str]:
    """Return the word with each two neighbours in each other's place: hrary looks little like harry to a machine."""
    return (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))


def slips(word: str, other: str) -> int:
    """Return how many slips lead from one word to the other."""
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for y, letter in enumerate(word):
        above, row = row, [y + 1]
        for x, target in enumerate(other):
            count: int = min(above[x] + (letter != target), above[x + 1] + 1, row[x] + 1)
            if x and y and letter == other[x - 1] and word[y - 1] == target:
                count = min(count, before[x - 1] + 1)
            row.append(count)
        before = above
    return row[-1]

"""Made-up words and names, as unevenly common as real ones."""

import random
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate

_STARTS = "b br c ch d f g gr h j k l m n p pr qu r s st t th v w".split()  # noqa: SIM905 - read as a sentence
_VOWELS = "a e i o u ai ea ou é ö".split()  # noqa: SIM905 - read as a sentence
_ENDS = "n r s l t m nd rk st ck ng x lle tte".split()  # noqa: SIM905 - read as a sentence


class Frequent:
    """Draws words so that the n-th is drawn about 1/n as often as the first."""

    def __init__(self, words: Sequence[str], *, flat: float = 0.0) -> None:
        self._words = words
        self._sums = [*accumulate(1 / (rank + 1 + flat) for rank in range(len(words)))]

    def draw(self, rng: random.Random) -> str:
        return self._words[bisect(self._sums, rng.random() * self._sums[-1])]

    def common(self, rank: int) -> str:
        """Return the word of this rank, 0 being the most common."""
        return self._words[rank]


def made_up(count: int, *, seed: str) -> list[str]:
    """Return so many different words, the same for the same seed."""
    rng, words = random.Random(seed), dict[str, None]()  # noqa: S311 - nothing here is a secret
    while len(words) < count:
        syllables = (rng.choice(_STARTS) + rng.choice(_VOWELS) for _ in range(rng.choice((1, 2, 2, 3))))
        words["".join(syllables) + rng.choice(_ENDS)] = None
    return list(words)


def luhn_number(first: str, number: int, *, digits: int) -> str:
    """Return a number of a card or a barcode: `first`, the number in so many digits, and the Luhn check digit."""
    payload = f"{first}{number:0{digits}}"
    doubled_first = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(payload)))
    return payload + str(-sum(one - 9 if one > 9 else one for one in doubled_first) % 10)


def isbn_of(number: int) -> str:
    """Return the ISBN-13 of a book that has this number."""
    twelve = f"978{number:09}"
    return twelve + str(-sum((3 if place % 2 else 1) * int(digit) for place, digit in enumerate(twelve)) % 10)

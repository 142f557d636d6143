"""A made-up catalogue of any size, the same each time: its words are as unevenly common as those of real titles."""

import json
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from uuid import UUID

from books_service.domain.catalogue.index_term import index_terms
from books_service.domain.catalogue.record import BookRecord

BEGINNING = datetime(2006, 1, 2, 8, 0, tzinfo=UTC)
COPIES_PER_BOOK = 2
_SMALL_WORDS = "the of and a in to for on with from an at by la de der die und le les el los das du en il".split()  # noqa: SIM905 - read as a sentence
_BIG_WORDS = "history world love war life story art science house night book guide children modern river king".split()  # noqa: SIM905 - read as a sentence
_LANGUAGES = (
    ("eng",) * 62 + ("ger",) * 10 + ("fre",) * 8 + ("spa",) * 7 + ("ita",) * 4 + ("rus", "jpn", "por", "dut") * 2
)
_STARTS = "b br c ch d f g gr h j k l m n p pr qu r s st t th v w".split()  # noqa: SIM905 - read as a sentence
_VOWELS = "a e i o u ai ea ou é ö".split()  # noqa: SIM905 - read as a sentence
_ENDS = "n r s l t m nd rk st ck ng x lle tte".split()  # noqa: SIM905 - read as a sentence


BOOK_COLUMNS = (
    *("book_id", "title", "authors", "isbn", "subtitle", "publisher", "published_year", "language", "subjects"),
    *("match_key", "sort_key", "year_key", "index_terms", "added_at", "version"),
)


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


class Catalogue:
    """Book number n is always the same, however many there are."""

    @cached_property
    def words(self) -> Frequent:
        return Frequent([*_SMALL_WORDS, *_BIG_WORDS, *_made_up(80_000, seed="words")])

    @cached_property
    def names(self) -> Frequent:
        return Frequent([word.capitalize() for word in _made_up(60_000, seed="names")], flat=300)

    @cached_property
    def first_names(self) -> Frequent:
        return Frequent([word.capitalize() for word in _made_up(2_000, seed="first names")], flat=20)

    @cached_property
    def subjects(self) -> Frequent:
        return Frequent([" ".join(pair) for pair in _pairs(20_000)], flat=5)

    @cached_property
    def publishers(self) -> Frequent:
        return Frequent([f"{word.capitalize()} Press" for word in _made_up(8_000, seed="publishers")], flat=5)

    def record(self, number: int) -> BookRecord:
        """Return what the title page of book `number` says."""
        rng = random.Random(number)
        title = " ".join(self.words.draw(rng) for _ in range(rng.choice((2, 3, 3, 4, 4, 5, 6, 8))))
        return BookRecord.of(
            title=title.capitalize(),
            subtitle=" ".join(self.words.draw(rng) for _ in range(5)) if rng.random() < 0.3 else None,
            authors=tuple(
                f"{self.first_names.draw(rng)} {self.names.draw(rng)}" for _ in range(rng.choice((1, 1, 1, 2)))
            ),
            isbn=_isbn(number) if rng.random() < 0.8 else None,
            publisher=self.publishers.draw(rng),
            published_year=2026 - int(rng.expovariate(1 / 25)) if rng.random() < 0.97 else None,
            language=rng.choice(_LANGUAGES),
            subjects=tuple(self.subjects.draw(rng) for _ in range(rng.choice((0, 1, 2, 3)))),
        )

    def book_id(self, number: int) -> UUID:
        """Return an id that, as real ones do, grows with the time of the adding."""
        moment = int(self.added_at(number).timestamp() * 1000)
        tail = random.Random(~number).getrandbits(62)
        return UUID(int=moment << 80 | 0x7 << 76 | (number & 0xFFF) << 64 | 0b10 << 62 | tail)

    def added_at(self, number: int) -> datetime:
        return BEGINNING + number * timedelta(minutes=9)

    def book_rows(self, numbers: range) -> Iterator[tuple[object, ...]]:
        """Return rows of the columns `BOOK_COLUMNS`."""
        for number in numbers:
            record = self.record(number)
            yield (
                self.book_id(number),
                record.title,
                json.dumps(record.authors),
                record.isbn,
                record.subtitle,
                record.publisher,
                record.published_year,
                record.language,
                json.dumps(record.subjects),
                record.match_key,
                record.sort_key,
                record.year_key,
                " ".join(f"'{word}'" for word in index_terms(record)),
                self.added_at(number),
                1,
            )


def _made_up(count: int, *, seed: str) -> list[str]:
    rng, words = random.Random(seed), dict[str, None]()
    while len(words) < count:
        syllables = (rng.choice(_STARTS) + rng.choice(_VOWELS) for _ in range(rng.choice((1, 2, 2, 3))))
        words["".join(syllables) + rng.choice(_ENDS)] = None
    return list(words)


def _pairs(count: int) -> Iterator[tuple[str, str]]:
    words = [*_BIG_WORDS, *_made_up(5_000, seed="subjects")]
    rng = random.Random("pairs")
    for rank in range(count):
        yield words[min(rank, rng.randrange(len(words)))].capitalize(), rng.choice(words)


def _isbn(number: int) -> str:
    twelve = f"978{number:09}"
    return twelve + str(-sum((3 if place % 2 else 1) * int(digit) for place, digit in enumerate(twelve)) % 10)

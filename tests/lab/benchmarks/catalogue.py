"""A made-up catalogue of any size, the same each time: its words are as unevenly common as those of real titles."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID

from books_service.domain.catalogue.index_term import index_terms
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.stock.copy_terms import BookTerms, ShelvedCopy
from books_service.domain.stock.shelf_mark import shelf_mark_key
from deploy.rehearsal.words import Frequent, isbn_of, made_up

BEGINNING = datetime(2006, 1, 2, 8, 0, tzinfo=UTC)
COPIES_PER_BOOK = 2
_SMALL_WORDS = "the of and a in to for on with from an at by la de der die und le les el los das du en il".split()  # noqa: SIM905 - read as a sentence
_BIG_WORDS = "history world love war life story art science house night book guide children modern river king".split()  # noqa: SIM905 - read as a sentence
_LANGUAGES = (
    ("eng",) * 62 + ("ger",) * 10 + ("fre",) * 8 + ("spa",) * 7 + ("ita",) * 4 + ("rus", "jpn", "por", "dut") * 2
)


BOOK_COLUMNS = (
    *("book_id", "title", "authors", "isbn", "subtitle", "publisher", "published_year", "language", "subjects"),
    *("match_key", "title_key", "sort_key", "author_key", "year_key", "index_terms", "added_at", "version"),
)
COPY_COLUMNS = (
    *("copy_id", "book_id", "barcode", "barcode_key", "branch", "item_type", "shelf_mark", "shelf_mark_key"),
    *("status", "status_since", "added_at", "version"),
)
BRANCHES = ("MAIN", *(f"B{number}" for number in range(1, 10)))


class Catalogue:
    """Book number n is always the same, however many there are."""

    @cached_property
    def words(self) -> Frequent:
        return Frequent([*_SMALL_WORDS, *_BIG_WORDS, *made_up(80_000, seed="words")])

    @cached_property
    def names(self) -> Frequent:
        return Frequent([word.capitalize() for word in made_up(60_000, seed="names")], flat=300)

    @cached_property
    def first_names(self) -> Frequent:
        return Frequent([word.capitalize() for word in made_up(2_000, seed="first names")], flat=20)

    @cached_property
    def subjects(self) -> Frequent:
        return Frequent([" ".join(pair) for pair in _pairs(20_000)], flat=5)

    @cached_property
    def publishers(self) -> Frequent:
        return Frequent([f"{word.capitalize()} Press" for word in made_up(8_000, seed="publishers")], flat=5)

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
            isbns=[isbn_of(number)] if rng.random() < 0.8 else [],
            publisher=self.publishers.draw(rng),
            published_year=2026 - int(rng.expovariate(1 / 25)) if rng.random() < 0.97 else None,
            languages=[rng.choice(_LANGUAGES)],
            subjects=tuple(self.subjects.draw(rng) for _ in range(rng.choice((0, 1, 2, 3)))),
        )

    def book_id(self, number: int) -> UUID:
        """Return an id that, as real ones do, grows with the time of the adding."""
        moment = int(self.added_at(number).timestamp() * 1000)
        tail = random.Random(~number).getrandbits(62)
        return UUID(int=moment << 80 | 0x7 << 76 | (number & 0xFFF) << 64 | 0b10 << 62 | tail)

    def copies(self, number: int) -> tuple[ShelvedCopy, ShelvedCopy]:
        """Return the copies of a book: one in the largest branch, one in another."""
        letters = "".join(chr(65 + number // power % 26) for power in (1, 29, 871))
        mark = f"{number * 7919 % 1000:03}.{number % 97} {letters}"
        item_type = "book" if number % 23 else "dvd"
        return ShelvedCopy("MAIN", item_type, mark), ShelvedCopy(BRANCHES[1 + number % 9], item_type, mark)

    def copy_rows(self, numbers: range) -> Iterator[tuple[object, ...]]:
        """Return rows of the columns `COPY_COLUMNS`."""
        for number in numbers:
            added_at = self.added_at(number)
            for place, copy in enumerate(self.copies(number)):
                copy_id = UUID(int=self.book_id(number).int ^ (place + 1))
                barcode = f"R{number * COPIES_PER_BOOK + place}"
                filed = (copy.branch, copy.item_type, copy.shelf_mark, shelf_mark_key(copy.shelf_mark))
                ends = ("in_service", added_at, added_at, 1)
                yield (copy_id, self.book_id(number), barcode, barcode, *filed, *ends)

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
                record.main_isbn,
                record.subtitle,
                record.publisher,
                record.published_year,
                record.languages[0],
                json.dumps(record.subjects),
                record.match_key,
                record.title_key,
                record.sort_key,
                record.author_key,
                record.year_key,
                " ".join(f"'{word}'" for word in BookTerms.of(index_terms(record), self.copies(number)).all),
                self.added_at(number),
                1,
            )


def _pairs(count: int) -> Iterator[tuple[str, str]]:
    words = [*_BIG_WORDS, *made_up(5_000, seed="subjects")]
    rng = random.Random("pairs")
    for rank in range(count):
        yield words[min(rank, rng.randrange(len(words)))].capitalize(), rng.choice(words)

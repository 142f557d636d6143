"""Made-up branches, books and copies. Book number 0 is the best known of all, and has the most copies."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from deploy.rehearsal.sizes import RehearsedLibrary, shared_by_fame
from deploy.rehearsal.words import Frequent, isbn_of, luhn_number, made_up

_SMALL_WORDS = ("the", "of", "and", "a", "in", "to", "for", "on", "with", "der", "die", "und", "le", "la", "de")
_TOWNS = ("Harbour", "Hill", "North", "Mill", "Castle", "Station", "Lake", "Market", "Green", "Bridge", "Abbey")
_LOCATIONS = (("ADULT", "Adult shelves"), ("CHILD", "Children's corner"), ("MEDIA", "Film and music"))
_LANGUAGES = ("eng",) * 12 + ("ger",) * 3 + ("fre",) * 2 + ("spa", "ita", "tur")
_KINDS = ("book",) * 17 + ("dvd",) * 2 + ("magazine",)
_TROUBLES = ("missing", "lost", "damaged", "in_repair", "withdrawn", "on_order", "in_processing", "reference_only")
_IN_TROUBLE = 0.03  # of all copies
_WITH_ISBN = 0.85  # of all books


@dataclass(frozen=True, slots=True)
class CopyOnShelf:
    """A copy, as far as others need to know it."""

    book: int
    barcode: str
    branch: str
    status: str


class RehearsedStock:
    """What the library owns."""

    def __init__(self, library: RehearsedLibrary) -> None:
        self._library = library

    def branch(self, number: int) -> dict[str, Any]:
        """Return a branch as `POST /v1/branches` takes it; number 0 is the central one."""
        town = _TOWNS[(number - 1) % len(_TOWNS)]
        code, name = ("CENTRAL", "Central library") if number == 0 else (f"B{number:02}", f"{town} branch {number}")
        locations = [{"code": code, "name": name} for code, name in _LOCATIONS]
        return {"code": code, "name": name, "locations": locations}

    def branches(self) -> Iterator[dict[str, Any]]:
        return map(self.branch, range(self._library.branches))

    def branch_code(self, rng: random.Random) -> str:
        """Draw a branch: the central one has a third of everything."""
        several = self._library.branches > 1 and rng.random() > 1 / 3
        return str(self.branch(rng.randrange(1, self._library.branches) if several else 0)["code"])

    def isbn(self, book: int) -> str | None:
        has_one = self._library.rng("isbn", book).random() < _WITH_ISBN
        return isbn_of(book) if has_one else None

    def copies_before(self, book: int) -> int:
        """Return the number of the first copy of a book; each has one, if there are enough, and the known ones more."""
        books, copies = self._library.books, self._library.copies
        each = min(books, copies)
        return each * book // books + shared_by_fame(copies - each, books, book)

    def copy(self, number: int, book: int) -> CopyOnShelf:
        rng = self._library.rng("copy", number)
        status = rng.choice(_TROUBLES) if rng.random() < _IN_TROUBLE else "in_service"
        return CopyOnShelf(book, luhn_number("38", number, digits=11), self.branch_code(rng), status)

    def copies_of(self, book: int) -> Iterator[CopyOnShelf]:
        numbers = range(self.copies_before(book), self.copies_before(book + 1))
        return (self.copy(number, book) for number in numbers)

    def books(self) -> Iterator[dict[str, Any]]:
        """Return every book with its copies, as books imports them from JSON."""
        return map(self.book, range(self._library.books))

    def book(self, number: int) -> dict[str, Any]:
        rng = self._library.rng("book", number)
        kind = rng.choice(_KINDS)
        authors = [
            f"{self._given_names.draw(rng)} {self._family_names.draw(rng)}" for _ in range(rng.choice((1, 1, 1, 1, 2)))
        ]
        shelf_mark = f"{rng.randrange(1000):03}.{rng.randrange(100):02} {authors[0].rsplit(maxsplit=1)[-1][:3].upper()}"
        book = {
            "title": " ".join(self._words.draw(rng) for _ in range(rng.choice((2, 3, 3, 4, 5)))).capitalize(),
            "subtitle": " ".join(self._words.draw(rng) for _ in range(4)) if rng.random() < 0.3 else None,
            "authors": authors,
            "isbns": [] if (isbn := self.isbn(number)) is None else [isbn],
            "publisher": f"{self._family_names.draw(rng)} Press",
            "published_year": 2026 - int(rng.expovariate(1 / 15)),
            "languages": [rng.choice(_LANGUAGES)],
            "subjects": [self._subjects.draw(rng) for _ in range(rng.choice((0, 1, 2, 3)))],
            "external_id": f"b{number:08}",
        }  # fmt: skip
        price = f"{rng.randrange(5, 45)}.{rng.choice(('00', '50', '90', '99'))}"
        location = "MEDIA" if kind == "dvd" else rng.choice(("ADULT", "ADULT", "CHILD"))
        about = {"item_type": kind, "shelf_mark": shelf_mark, "location": location, "price": price}
        copies = [
            {"barcode": copy.barcode, "branch": copy.branch, "status": copy.status, **about}
            for copy in self.copies_of(number)
        ]
        return {name: value for name, value in book.items() if value not in (None, [])} | {"copies": copies}

    @cached_property
    def _words(self) -> Frequent:
        return Frequent([*_SMALL_WORDS, *made_up(20_000, seed=f"{self._library.seed} words")])

    @cached_property
    def _given_names(self) -> Frequent:
        return Frequent([word.capitalize() for word in made_up(1_000, seed=f"{self._library.seed} given")], flat=20)

    @cached_property
    def _family_names(self) -> Frequent:
        return Frequent([word.capitalize() for word in made_up(10_000, seed=f"{self._library.seed} family")], flat=100)

    @cached_property
    def _subjects(self) -> Frequent:
        return Frequent([word.capitalize() for word in made_up(3_000, seed=f"{self._library.seed} subjects")], flat=5)

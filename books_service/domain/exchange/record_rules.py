"""Which keys and fields of books and copies the rules of an import are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from books_service.domain.exchange.came_before import BOOK_KEYS, COPY_KEYS
from shared.kernel.import_profiles import ImportRules

_COPY = "copy_"


@dataclass(frozen=True, slots=True)
class RecordRules:
    """By which keys books and copies match, best first, and which of their fields keep the value that they have here.

    Copies that come inside of books match by all of theirs.
    """

    book_keys: Sequence[str] = BOOK_KEYS
    copy_keys: Sequence[str] = COPY_KEYS
    of_books: frozenset[str] = frozenset()
    of_copies: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rules: ImportRules, *, copies_alone: bool) -> Self:
        """Return what the rules of an import mean."""
        fields = frozenset(rules.protect)
        if copies_alone:
            return cls(copy_keys=rules.match or COPY_KEYS, of_copies=fields)
        of_copies = frozenset(name.removeprefix(_COPY) for name in fields if name.startswith(_COPY))
        of_title = {"nonfiling_characters"} if "title" in fields else set()
        return cls(rules.match or BOOK_KEYS, of_books=fields | of_title, of_copies=of_copies)


def kept(protected: frozenset[str], here: object) -> frozenset[str]:
    """Return which of these fields have a value here, which they keep."""
    return frozenset(name for name in protected if getattr(here, name, None) not in (None, ()))

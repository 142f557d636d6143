"""Copy terms: what a book is found by because of its copies, beside the words of its title page."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from books_service.domain.catalogue.index_term import (
    BRANCH,
    ITEM_TYPE,
    SHELF_MARK,
    code_term,
    notation_terms,
    shelf_mark_words,
    volume_term,
    words_to_index,
)
from books_service.domain.notation import volume_key


@dataclass(frozen=True, slots=True)
class ShelvedCopy:
    """What search knows of a copy. `stands` is another branch, on a shelf of which it stands for now."""

    branch: str
    item_type: str
    shelf_mark: str | None
    stands: str | None = None
    volume: str | None = None

    @property
    def terms(self) -> frozenset[str]:
        """Return under what the book is found because of this copy."""
        branches = [self.branch] if self.stands is None else [self.branch, self.stands]
        terms = {code_term(ITEM_TYPE, self.item_type), *(code_term(BRANCH, each) for each in branches)}
        if self.shelf_mark is not None:
            terms |= {*notation_terms(SHELF_MARK, self.shelf_mark), *shelf_mark_words(self.shelf_mark)}
        if self.volume is not None:
            key = volume_key(self.volume)
            terms |= {volume_term(key), *words_to_index(self.volume), *words_to_index(key)}
        return frozenset(terms)


@dataclass(frozen=True, slots=True)
class BookTerms:
    """All index terms of a book, and which of them are there because of its copies alone."""

    all: frozenset[str]
    of_copies: frozenset[str] = frozenset()

    @property
    def of_record(self) -> frozenset[str]:
        return self.all - self.of_copies

    @classmethod
    def of(cls, of_record: Collection[str], copies: Collection[ShelvedCopy]) -> Self:
        """Return the terms of a book with these copies."""
        record = frozenset(of_record)
        with_copies = record.union(*(copy.terms for copy in copies))
        return cls(with_copies, with_copies - record)

"""A search of the catalogue, in the index terms of its books."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Self, TypeVar
from uuid import UUID

from books_service.domain.attributes import named_attribute
from books_service.domain.catalogue.index_term import (
    AUTHOR,
    BRANCH,
    CLASS,
    FORMAT,
    ITEM_TYPE,
    LANGUAGE,
    MARK,
    ONLINE,
    PUBLISHER,
    SERIES,
    SHELF_MARK,
    SUBJECT,
    TITLE,
    attribute_term,
    code_term,
    is_unspaced,
    marks_of,
    may_be_misspelt,
    notation_terms,
    tag_term,
    volume_term,
    words_to_find,
)
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.catalogue.title import title_key
from books_service.domain.notation import volume_key
from books_service.domain.tags import tags_of
from shared.kernel.errors import InvalidValue, refuse_if_any

Value = TypeVar("Value")

_MATCHES_NOTHING = "-"
_IN_FRACTION = re.compile(r"~\d+$")  # where a point has become a sign of a term
_TYPED_NUMBER = re.compile(r"[1-9][0-9]{0,11}")
_FEWEST_DIGITS = 9  # of what may be an ISBN; X is none


class Order(StrEnum):
    """How what was found is laid out.

    By relevance: first the books whose title begins as was asked, the very title before all others; then those with all
    the words in their titles; then the rest. Of equally relevant books the newest in the catalogue comes first.
    """

    RELEVANCE = "relevance"
    TITLE = "title"
    AUTHOR = "author"
    SHELF_MARK = "shelf_mark"
    NEWEST = "-published_year"
    NEWLY_ADDED = "-added_at"
    MOST_LENT = "-loans"


class Facet(StrEnum):
    """By what the books that were found can be told apart."""

    SUBJECT = "subject"
    LANGUAGE = "language"
    AUTHOR = "author"
    FORMAT = "format"
    SERIES = "series"
    PUBLISHER = "publisher"
    CLASSIFICATION = "classification"
    ONLINE = "online"
    BRANCH = "branch"
    AVAILABLE_AT = "available_at"
    ITEM_TYPE = "item_type"
    SHELF_MARK = "shelf_mark"


class Rank(IntEnum):
    """How well a book answers a search; none where that does not matter."""

    NONE = 0
    TITLE_BEGINS = 1
    IN_TITLE = 2
    ELSEWHERE = 3


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """Where a book stands in what was found: `key` is what its order goes by.

    `respelt`: nothing was found for the words as they were asked for.
    """

    respelt: bool
    rank: int
    key: str | int | datetime
    book_id: UUID


@dataclass(frozen=True, slots=True)
class Term:
    """Words of which a book must have one. `begins`: a word that begins like it is as good."""

    words: tuple[str, ...]
    begins: bool = False

    def signed(self, sign: str) -> Self:
        """Return the same for words in a certain place on the title page."""
        return replace(self, words=tuple(word if word.startswith(MARK) else sign + word for word in self.words))


@dataclass(frozen=True, slots=True)
class Search:
    """Each of `terms` must be found somewhere in a book, and each of `filters` where its sign says.

    `title` is the folded title of a reader who knows the book; `first_year` and `last_year` are included. `available`:
    a copy can be had now, or none is needed; `available_at`: in that branch. `number` is that of the book; one that is
    only a `typed_number` finds it beside what has the terms. `suppressed`: only what the library hides. `with_hidden`:
    in all books, not only in those that the public is shown.
    """

    terms: tuple[Term, ...] = ()
    filters: tuple[Term, ...] = ()
    title: str | None = None
    isbn: Isbn | None = None
    first_year: int | None = None
    last_year: int | None = None
    available: bool = False
    available_at: str | None = None
    number: int | None = None
    typed_number: int | None = None
    suppressed: bool = False
    with_hidden: bool = field(default=False, compare=False)

    @classmethod
    def of(
        cls,
        *,
        q: str | None = None,
        title: str | None = None,
        author: str | None = None,
        subject: str | None = None,
        isbn: str | None = None,
        language: str | None = None,
        series: str | None = None,
        publisher: str | None = None,
        classification: str | None = None,
        format: str | None = None,
        online: bool = False,
        branch: str | None = None,
        item_type: str | None = None,
        shelf_mark: str | None = None,
        volume: str | None = None,
        tag: str | None = None,
        attribute: str | None = None,
        first_year: int | None = None,
        last_year: int | None = None,
        available: bool = False,
        available_at: str | None = None,
        number: int | None = None,
        suppressed: bool = False,
        with_hidden: bool = False,
    ) -> Self:
        """Parse a request. The last word of `q` may be a beginning; all others are whole.

        A class and a shelf mark find what stands below them, too.

        Raises InvalidIsbn, InvalidLanguage, InvalidText of the tag, or InvalidAttribute, together. Every other text is
        valid: one without words looks for its marks.
        """
        in_places = {TITLE: title, AUTHOR: author, SUBJECT: subject, SERIES: series, PUBLISHER: publisher}
        filters = [
            term.signed(sign)
            for sign, text in in_places.items()
            if text is not None
            for term in _terms(text, marks=sign is TITLE)
        ]
        codes = ((FORMAT, format), (BRANCH, branch), (BRANCH, available_at), (ITEM_TYPE, item_type))
        filters += [Term((code_term(sign, code),)) for sign, code in codes if code is not None]
        notations = ((CLASS, classification), (SHELF_MARK, shelf_mark))
        filters += [notation_term(sign, text) for sign, text in notations if text is not None]
        filters += [Term((ONLINE,))] if online else []
        filters += [] if volume is None else [Term((volume_term(volume_key(volume)),))]
        wrong: list[InvalidValue] = []
        named = _read(Isbn.parse, isbn, wrong)
        tongue = _read(Language.repaired, language, wrong)
        tags = _read(lambda text: tags_of([text]), tag, wrong)
        named_text = _read(named_attribute, attribute, wrong)
        refuse_if_any(wrong)
        if tongue is not None:
            filters.append(Term((LANGUAGE + tongue.library_code,)))
        filters += [Term((tag_term(each),)) for each in tags or ()]
        filters += [] if named_text is None else [Term((attribute_term(named_text),))]
        title_text = q if q is not None else title
        return cls(
            terms=() if q is None else tuple(_terms(q, typing=True)),
            filters=tuple(filters),
            title=None if title_text is None else title_key(title_text),
            isbn=named,
            first_year=first_year,
            last_year=last_year,
            available=available,
            available_at=available_at,
            number=number,
            typed_number=_typed_number(q),
            suppressed=suppressed,
            with_hidden=with_hidden,
        )

    @property
    def anywhere(self) -> tuple[Term, ...]:
        """Return all terms that a book must have."""
        return (*self.terms, *self.filters)

    @property
    def in_title(self) -> tuple[Term, ...]:
        """Return the terms that a book has if all words that may stand anywhere stand in its title."""
        return (*(term.signed(TITLE) for term in self.terms), *self.filters)

    @property
    def ranks(self) -> bool:
        """Whether one book can answer it better than another."""
        return self.title is not None

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Return the words that may be misspelt."""
        return tuple(term.words[0] for term in self.terms if may_be_misspelt(term.words[0]))

    def respelt(self, spellings: Mapping[str, Sequence[str]]) -> Self:
        """Return the search for what may have been meant: other words for some of its own, the likeliest first.

        All are whole: half a word is never misspelt.
        """
        terms = (Term(tuple(spellings.get(term.words[0], term.words))) for term in self.terms)
        title = " ".join(spellings.get(word, (word,))[0] for word in (self.title or "").split())
        return replace(self, terms=tuple(terms), title=title)


def _read(read: Callable[[str], Value], text: str | None, wrong: list[InvalidValue]) -> Value | None:
    try:
        return None if text is None else read(text)
    except InvalidValue as error:
        wrong.append(error)
        return None


def notation_term(sign: str, notation: str) -> Term:
    """Return the term of a class or shelf mark, whose last digits behind a point may be the first of more."""
    words = notation_terms(sign, notation)
    in_fraction = bool(words) and _IN_FRACTION.search(words[-1]) is not None
    return Term((words[-1] if words else _MATCHES_NOTHING,), begins=in_fraction)


def terms_of(text: str) -> tuple[Term, ...]:
    """Return the terms of a text that may stand anywhere: its words, or its marks if there is no word in it."""
    return tuple(_terms(text))


def _terms(text: str, *, marks: bool = True, typing: bool = False) -> Iterator[Term]:
    """Return the terms of a text, each once; its `marks` if there is no word in it.

    With `typing`, its last word need not be complete: so it is its last place that counts.
    """
    words = [*_words(text)]
    words = [*dict.fromkeys(reversed(words))][::-1] if typing else [*dict.fromkeys(words)]
    if not words:
        words, typing = [*(marks_of(text) if marks else ())] or [_MATCHES_NOTHING], False
    for place, word in enumerate(words, start=1):
        last = typing and place == len(words)
        yield Term((word,), begins=len(word) == 1 if is_unspaced(word) else last)


def _words(text: str) -> Iterator[str]:
    """Return words, and ISBNs as they are kept, whether they were typed in one piece or in several."""
    for part in [text] if _as_isbn(text) else text.split():
        isbn = _as_isbn(part)
        if isbn is None:
            yield from words_to_find(part)
        else:
            yield isbn.digits


def _typed_number(text: str | None) -> int | None:
    """Return the number that a text may be: plain digits, and no more than there are books."""
    digits = (text or "").strip()
    return int(digits) if _TYPED_NUMBER.fullmatch(digits) else None


def _as_isbn(text: str) -> Isbn | None:
    if len(re.findall(r"\d", text)) >= _FEWEST_DIGITS:
        with suppress(InvalidIsbn):
            return Isbn.parse(text)
    return None

"""CQL 1.2, the query language of SRU, as far as the catalogue answers it: clauses with `and`, `or` and brackets."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from itertools import product

from books_service.domain.catalogue.format import InvalidFormat, book_format
from books_service.domain.catalogue.index_term import (
    ANYWHERE,
    AUTHOR,
    CLASS,
    FORMAT,
    LANGUAGE,
    MARK,
    PUBLISHER,
    SERIES,
    SUBJECT,
    TITLE,
    code_term,
    words_to_find,
)
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn
from books_service.domain.catalogue.language import InvalidLanguage, Language
from books_service.domain.search.search import Search, Term, notation_term, terms_of

LONGEST_QUERY = 2_000
MOST_TERMS = 60
_FEWEST_BEFORE_MASK = 3  # letters; fewer begin too many words
_DEEPEST = 20
_TOKEN = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|(<=|>=|<>|==|[()=<>/])|([^\s()=<>"/]+))', re.DOTALL)
_BOOLEANS = frozenset({"and", "or", "not", "prox"})
_WORD_RELATIONS = frozenset({"=", "scr", "all", "any"})
_YEAR = re.compile(r"-?\d{1,4}", re.ASCII)
_YEARS: Mapping[str, Callable[[int], tuple[int | None, int | None]]] = {
    "=": lambda year: (year, year),
    "==": lambda year: (year, year),
    "exact": lambda year: (year, year),
    ">=": lambda year: (year, None),
    ">": lambda year: (year + 1, None),
    "<=": lambda year: (None, year),
    "<": lambda year: (None, year - 1),
}
_ALL_RECORDS = "cql.allrecords"
_SIGNS = {
    "cql.serverchoice": ANYWHERE,
    "cql.anywhere": ANYWHERE,
    "cql.keywords": ANYWHERE,
    "dc.title": TITLE,
    "dc.creator": AUTHOR,
    "dc.contributor": AUTHOR,
    "dc.subject": SUBJECT,
    "dc.publisher": PUBLISHER,
    "bib.titleseries": SERIES,
}
_NUMBERS = frozenset({"bath.isbn", "dc.identifier"})
INDEXES = (
    *_SIGNS,
    *sorted(_NUMBERS),
    *("bib.classification", "dc.format", "dc.language", "dc.date", _ALL_RECORDS),
)
"""The indexes, in small letters; the first is searched if none is named."""
_SHORT = {name.partition(".")[2]: name for name in reversed(INDEXES)} | {
    "author": "dc.creator",
    "year": "dc.date",
    "series": "bib.titleseries",
}


class QueryRefused(Exception):
    """A query that cannot be read, or asks for more than the catalogue answers.

    `diagnostic` is its number in the list of SRU, `details` the offending part of the query.
    """

    def __init__(self, diagnostic: int, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.diagnostic = diagnostic
        self.details = details


@dataclass(frozen=True, slots=True)
class _Criteria:
    """Every one of `terms` must be found, and the year lie in between; with neither, all books are meant."""

    terms: tuple[Term, ...] = ()
    first_year: int | None = None
    last_year: int | None = None

    def both(self, other: "_Criteria") -> "_Criteria":
        first = [year for year in (self.first_year, other.first_year) if year is not None]
        last = [year for year in (self.last_year, other.last_year) if year is not None]
        terms = (*self.terms, *(term for term in other.terms if term not in self.terms))
        return _limited(_Criteria(terms, max(first, default=None), min(last, default=None)))

    def either(self, other: "_Criteria") -> "_Criteria":
        """Multiply out: every pair of terms becomes one of which either will do."""
        pairs = [*product(self.terms, other.terms)]
        years = (self.first_year, self.last_year, other.first_year, other.last_year)
        if any(year is not None for year in years) or any(one.begins is not its.begins for one, its in pairs):
            raise QueryRefused(48, "Years and masked words are not combined by or.", "or")
        return _limited(
            _Criteria(tuple(Term(tuple(dict.fromkeys(one.words + its.words)), one.begins) for one, its in pairs))
        )


def _limited(criteria: _Criteria) -> _Criteria:
    if len(criteria.terms) > MOST_TERMS:
        raise QueryRefused(12, "The query has too many words.", str(MOST_TERMS))
    return criteria


def search_of(query: str) -> Search:
    """Return what a query looks for. Raises QueryRefused."""
    if len(query) > LONGEST_QUERY:
        raise QueryRefused(12, f"A query has {LONGEST_QUERY} characters at most.")
    criteria = _Reader(query).read()
    return Search(filters=criteria.terms, first_year=criteria.first_year, last_year=criteria.last_year)


@dataclass(frozen=True, slots=True)
class _Token:
    """`text` in small letters unless it was in quotes; `sign` for brackets and relations in signs."""

    text: str
    quoted: bool = False
    sign: bool = False

    def says(self, *words: str) -> bool:
        return not self.quoted and self.text.lower() in words


_END = _Token("", sign=True)


class _Reader:
    """Reads a query from left to right; `and` and `or` bind alike, as CQL has it."""

    def __init__(self, query: str) -> None:
        self._tokens = [*_tokens(query), _END]
        self._at = 0

    def read(self) -> _Criteria:
        criteria = self._query(depth=0)
        if self._ahead.says("sortby"):
            raise QueryRefused(80, "The catalogue does not sort what is found.", "sortBy")
        if self._ahead is not _END:
            raise QueryRefused(10, "The query cannot be read.", self._ahead.text)
        return criteria

    @property
    def _ahead(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _query(self, *, depth: int) -> _Criteria:
        criteria = self._clause(depth=depth)
        while self._ahead.says(*_BOOLEANS):
            boolean = self._take().text.lower()
            self._refuse_modifier(46)
            if boolean not in {"and", "or"}:
                raise QueryRefused(37, "The catalogue combines by and and by or.", boolean)
            other = self._clause(depth=depth)
            criteria = criteria.both(other) if boolean == "and" else criteria.either(other)
        return criteria

    def _clause(self, *, depth: int) -> _Criteria:
        if self._ahead.sign and self._ahead.text == "(":
            if depth == _DEEPEST:
                raise QueryRefused(12, "The query has too many brackets in one another.")
            self._take()
            criteria = self._query(depth=depth + 1)
            if self._take().text != ")":
                raise QueryRefused(13, "A bracket of the query is not closed.")
            return criteria
        first = self._word()
        if not self._ahead.sign and not self._ahead.says("any", "all", "exact", "scr", "within", "adj", "encloses"):
            return _criteria_of(INDEXES[0], "=", first)
        if self._ahead.sign and self._ahead.text in {"", "(", ")", "/"}:
            return _criteria_of(INDEXES[0], "=", first)
        relation = self._take().text.lower()
        self._refuse_modifier(20)
        return _criteria_of(first.text, relation, self._word())

    def _word(self) -> _Token:
        token = self._take()
        if token.sign or (not token.quoted and token.says(*_BOOLEANS)):
            raise QueryRefused(10, "The query cannot be read.", token.text)
        return token

    def _refuse_modifier(self, diagnostic: int) -> None:
        if self._ahead.sign and self._ahead.text == "/":
            self._take()
            raise QueryRefused(diagnostic, "The catalogue knows no modifiers.", self._ahead.text)


def _tokens(query: str) -> Iterator[_Token]:
    at, text = 0, query.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise QueryRefused(14, "A quote of the query is not closed.", text[at : at + 20])
        quoted, sign, word = found.groups()
        yield _Token(quoted, quoted=True) if quoted is not None else _Token(sign or word, sign=sign is not None)
        at = found.end()


def _criteria_of(index: str, relation: str, term: _Token) -> _Criteria:
    name = index.lower()
    name = _SHORT.get(name, name)
    text = term.text.strip()
    if not text:
        raise QueryRefused(27, "There is nothing to look for.", index)
    if name == _ALL_RECORDS:
        return _Criteria()
    if name == "dc.date":
        return _years(relation, text)
    if name in _SIGNS:
        return _limited(_Criteria(tuple(_words(_SIGNS[name], relation, text))))
    if name not in INDEXES:
        raise QueryRefused(16, "The catalogue has no such index.", index)
    if relation not in _WORD_RELATIONS | {"==", "exact"}:
        raise QueryRefused(19, "The catalogue does not compare so.", relation)
    if name == "bib.classification":
        return _Criteria((notation_term(CLASS, text),))
    if name == "dc.format":
        return _Criteria((_format(text),))
    return _Criteria((_number(text) if name in _NUMBERS else _language(text),))


def _words(sign: str, relation: str, text: str) -> Iterator[Term]:
    if relation not in _WORD_RELATIONS:
        raise QueryRefused(19, "The catalogue does not compare so.", relation)
    if text.startswith("^") or text.endswith("^"):
        raise QueryRefused(31, "The catalogue knows no anchors.", text)
    masked = text.endswith("*") and not text.endswith("\\*")
    plain = text[:-1] if masked else text
    if re.search(r"(?<!\\)[*?]", plain):
        raise QueryRefused(28, "Only the end of the last word may be masked, by *.", text)
    bare = re.sub(r"\\(.)", r"\1", plain)
    terms = [term.signed(sign) for term in terms_of(bare)]
    last = [*terms_of(bare.split()[-1])][-1].words[0] if bare.split() else ""
    if masked and (len(last) < _FEWEST_BEFORE_MASK or last.startswith(MARK)):
        raise QueryRefused(29, "More letters must stand before the *.", text)
    if masked and terms[-1].words == (sign + last,):  # else it stands earlier as well, and there it is whole
        terms[-1] = Term(terms[-1].words, begins=True)
    if relation != "any" or len(terms) == 1:
        yield from terms
        return
    if masked:
        raise QueryRefused(48, "Masked words are not combined by any.", text)
    yield from _any_of(sign, bare)


def _any_of(sign: str, text: str) -> tuple[Term, ...]:
    """Return the terms that one word of a text fulfils. A word of several terms, as 東京都 is, is all of them."""
    words = [word for word in text.split() if any(words_to_find(word))] or text.split()
    each = (_Criteria(tuple(term.signed(sign) for term in terms_of(word))) for word in words)
    return reduce(_Criteria.either, each).terms


def _number(text: str) -> Term:
    with suppress(InvalidIsbn):
        return Term((Isbn.parse(text.removeprefix("urn:isbn:")).digits,))
    raise QueryRefused(36, "This is no ISBN.", text)


def _language(text: str) -> Term:
    with suppress(InvalidLanguage):
        return Term((LANGUAGE + Language.repaired(text).library_code,))
    raise QueryRefused(36, "This is no code of a language.", text)


def _format(text: str) -> Term:
    with suppress(InvalidFormat):
        return Term((code_term(FORMAT, book_format(text.lower())),))
    raise QueryRefused(36, "This is no format of a book.", text)


def _years(relation: str, text: str) -> _Criteria:
    years = text.split()
    if relation == "within" and len(years) == 2 and all(map(_YEAR.fullmatch, years)):
        return _Criteria(first_year=int(years[0]), last_year=int(years[1]))
    if relation not in _YEARS:
        raise QueryRefused(19, "Years are not compared so.", relation)
    if not _YEAR.fullmatch(text):
        raise QueryRefused(36, "This is no year.", text)
    first, last = _YEARS[relation](int(text))
    return _Criteria(first_year=first, last_year=last)

"""Index terms: the words under which a book is found, folded alike in books and in queries.

A term without a sign stands anywhere on the title page, or in a shelf mark; a sign in front says where it stands. No
word that people write begins with one of them. Codes and notations are terms as a whole, in signs that both databases
take for a part of a word.

A change of how words are folded needs a migration that renews the terms of all books.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from books_service.domain.attributes import Attribute
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.notation import notation_levels
from books_service.domain.text import bare, belongs_to_word

ANYWHERE, TITLE, AUTHOR, SUBJECT, LANGUAGE, MARK = "", "=", "@", "#", "!", "~"
SERIES, PUBLISHER, CLASS, FORMAT, ONLINE = "!=", "!@", "!#", "!+", "!~"
BRANCH, ITEM_TYPE, SHELF_MARK, TAG, VOLUME = "!!", "#!", "@!", "=!", "@#"
LONGEST_WORD = 60
FEWEST_LETTERS = 3
_LONGEST_LEVEL = 120
_IN_SIGNS = str.maketrans(". _-", "~+#=")
_LETTER_AND_DIGIT = re.compile(r"(?<=[^\W\d_])\s*(?=\d)")
_DIGIT_AND_LETTER = re.compile(r"(?<=\d)(?=[^\W\d_])")

# A word, with apostrophes inside and perhaps `+`, `++` or `#` at its end: "C++" is not "C".
_WORD = re.compile(r"([^\s'+#]+(?:'[^\s'+#]+)*)((?:\+\+?|#)(?![^\s'+#]))?")
# Scripts that put no spaces between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")


def words_to_index(text: str) -> Iterator[str]:
    """Return the words of `text` in every form in which people may ask for them.

    `L'Amour` is indexed as lamour, l and amour; C++ as c and c++. Text without spaces is indexed as its pairs of
    letters, and its last letter, so that any part of it is found.
    """
    for joined, parts, sign in _words(text):
        for word in dict.fromkeys((joined, *parts)):
            for run in _RUNS.findall(word):
                yield from _pairs(run, to_index=True)
        if sign:
            yield (joined + sign)[:LONGEST_WORD]


def words_to_find(text: str) -> Iterator[str]:
    """Return the words of `text`, all of which a book must have to be found.

    A single letter of text without spaces is looked up as a beginning, as every last word may be.
    """
    for joined, _, sign in _words(text):
        if sign:
            yield (joined + sign)[:LONGEST_WORD]
        else:
            for run in _RUNS.findall(joined):
                yield from _pairs(run, to_index=False)


def marks_of(text: str) -> Iterator[str]:
    """Return index terms for what is neither a letter nor a blank in `text`: % + " and emoji."""
    for mark in dict.fromkeys(text):
        if unicodedata.category(mark)[0] in "PS":
            yield f"{MARK}{ord(mark):x}"


def is_unspaced(word: str) -> bool:
    """Whether the word is of a script without spaces."""
    return re.match(f"[{_UNSPACED}]", word) is not None


def code_term(sign: str, code: str) -> str:
    """Return the term of a code, however it is written: of a branch, an item type, a format."""
    return sign + code.strip().lower().translate(_IN_SIGNS)


def tag_term(tag: str) -> str:
    """Return the term of a tag, which may hold what no index takes for a part of a word."""
    return TAG + _digest(tag)


def volume_term(key: str) -> str:
    """Return the term of a volume, by the key that all its spellings share."""
    return VOLUME + _digest(key)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def attribute_term(attribute: Attribute) -> str:
    """Return the term of an attribute: one of a tag that nobody can give."""
    return tag_term(f"{attribute.name}\n{attribute.value}")


def notation_terms(sign: str, notation: str) -> tuple[str, ...]:
    """Return the terms of a class or shelf mark: one for each level of it, so that it is found by all above it."""
    levels = (level[:_LONGEST_LEVEL] for level in notation_levels(notation))
    return tuple(code_term(sign, level) for level in levels)


def shelf_mark_words(shelf_mark: str) -> Iterator[str]:
    """Return the words of a shelf mark, with and without a blank between letters and numbers: QA 76 and QA76."""
    yield from words_to_index(shelf_mark)
    yield from words_to_index(_LETTER_AND_DIGIT.sub("", shelf_mark))
    yield from words_to_index(_DIGIT_AND_LETTER.sub(" ", _LETTER_AND_DIGIT.sub(" ", shelf_mark)))


def index_terms(
    record: BookRecord, other_names: Iterable[str] = (), other_subjects: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return all index terms of a book, each once, in the order of the record.

    It is found by `other_names` of those who made it and `other_subjects` as well, which it does not show.
    """
    titles = [*_all(*_titles(record))]
    authors = [*_all(*_names(record))]
    subjects = [*_all(*record.subjects, *record.in_own_script("subjects"))]
    volumes = (f"{series.title} {series.number or ''}" for series in record.series)
    series = [*_all(*volumes, *record.in_own_script("series"))]
    publisher = [*_all(record.publisher or "", *record.in_own_script("publisher"))]
    return tuple(
        dict.fromkeys(
            (
                *_signed(TITLE, titles),
                *_signed(AUTHOR, authors),
                *_signed(SUBJECT, subjects),
                *_signed(SERIES, series),
                *_signed(PUBLISHER, publisher),
                *titles,
                *authors,
                *subjects,
                *series,
                *publisher,
                *_numbers(record),
                *_codes(record),
                *marks_of(record.title),
                *terms_of_others(other_names, other_subjects),
            )
        )
    )


def terms_of_others(names: Iterable[str], subjects: Iterable[str]) -> Iterator[str]:
    """Return the index terms of other forms of names and subjects."""
    for sign, texts in ((AUTHOR, names), (SUBJECT, subjects)):
        for text in texts:
            words = _words_of_form(text)
            yield from _signed(sign, words)
            yield from words


@lru_cache(maxsize=8192)
def _words_of_form(text: str) -> tuple[str, ...]:
    """Return the words of a form, which many books have in common."""
    return tuple(words_to_index(text))


def spelt_words(record: BookRecord) -> frozenset[str]:
    """Return the words of titles and names that somebody may misspell: letters only, and not too few of them."""
    words = _all(*_titles(record), *_names(record))
    return frozenset(word for word in words if may_be_misspelt(word))


def may_be_misspelt(word: str) -> bool:
    """Whether so many letters stand in the word that another one may be meant by it."""
    return len(word) >= FEWEST_LETTERS and word.isalpha() and not is_unspaced(word)


def _titles(record: BookRecord) -> Iterator[str]:
    yield from (record.title, record.subtitle or "", *record.variant_titles)
    yield from record.in_own_script("title", "subtitle", "variant_titles")


def _names(record: BookRecord) -> Iterator[str]:
    yield from (*record.authors, *(contributor.name for contributor in record.contributors))
    yield from record.in_own_script("authors", "contributors")


def _all(*texts: str) -> Iterator[str]:
    for text in texts:
        yield from words_to_index(text)


def _signed(sign: str, words: Iterable[str]) -> Iterator[str]:
    return (sign + word for word in words)


def _codes(record: BookRecord) -> Iterator[str]:
    yield from (LANGUAGE + language.library_code for language in record.languages)
    if record.format is not None:
        yield code_term(FORMAT, record.format)
    if record.is_online:
        yield ONLINE
    for each in record.classification:
        yield from notation_terms(CLASS, each.value)
    yield from map(tag_term, record.tags)
    yield from map(attribute_term, record.attributes)


def _numbers(record: BookRecord) -> Iterator[str]:
    for identifier in record.identifiers:
        yield from words_to_index(identifier.value)
        if joined := bare("".join(mark for mark in identifier.value if mark.isalnum())).replace("'", ""):
            yield joined[:LONGEST_WORD]
    for isbn in record.isbns:
        yield isbn.digits
        if isbn.isbn10 is not None:
            yield isbn.isbn10.lower()


def _words(text: str) -> Iterator[tuple[str, list[str], str]]:
    """Return each word without its apostrophes, its parts between them, and the sign at its end."""
    cleaned = "".join(mark if belongs_to_word(mark) or mark in "'+#" else " " for mark in bare(text))
    for word, sign in _WORD.findall(cleaned):
        if word.isascii() or any(map(str.isalnum, word)):
            parts = word.split("'")
            yield "".join(parts), parts, sign


def _pairs(run: str, *, to_index: bool) -> Iterator[str]:
    if not is_unspaced(run):
        yield run[:LONGEST_WORD]
        return
    yield from map("".join, pairwise(run))
    if to_index or len(run) == 1:
        yield run[-1]

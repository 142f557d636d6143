"""What a catalogue says of a book: the facts of its title page, cleaned once and comparable ever after."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Required, Self, TypedDict, TypeVar, Unpack

from books_service.domain.attributes import Attribute, attributes_of
from books_service.domain.catalogue.contributor import LONGEST_NAME, Contributor
from books_service.domain.catalogue.format import ONLINE_FORMATS, Audience, BookFormat, audience, book_format
from books_service.domain.catalogue.heading_uri import HeadingUri, InvalidHeadingUri
from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.catalogue.link import Classification, Link
from books_service.domain.catalogue.own_script import OwnScript, OwnScriptField
from books_service.domain.catalogue.series import Series
from books_service.domain.catalogue.title import (
    LONGEST_KEY,
    InvalidNonfilingCharacters,
    begin_alike,
    nonfiling_characters,
    sort_key,
    title_key,
)
from books_service.domain.tags import tags_of
from books_service.domain.text import flag, folded, line, paragraph
from shared.kernel.errors import InvalidValue, refuse_if_any

Value = TypeVar("Value")

LONGEST_TITLE = 1000
LONGEST_SUBJECT = 200
LONGEST_DESCRIPTION = 10_000
LONGEST_EXTENT = 300
LONGEST_BOOK_NOTE = 2_000
LONGEST_EXTERNAL_ID = 100
MOST_NAMES = 100
EARLIEST_YEAR, LATEST_YEAR = -9999, 9999
NO_YEAR = EARLIEST_YEAR - 1  # files a book of no known year behind all others
NO_AUTHOR = "\U0010ffff"  # files a book of no known author behind all others

_NUMBER_IN_A_SPREADSHEET = re.compile(r"([+-]?[0-9]{1,4})(?:[.,]0+)?")

RawField = str | tuple[str, ...] | tuple[tuple[str | None, ...], ...]
"""What a file says in one field: a text, several texts, or the parts of contributors, identifiers or series."""


class InvalidYear(InvalidValue):
    """No book was published in that year."""

    code = "invalid-year"
    detail = f"A year is a whole number from {EARLIEST_YEAR} to {LATEST_YEAR}; years before our era are negative."
    field = "published_year"


class TooManyNames(InvalidValue):
    code = "too-many-values"

    def __init__(self, field: str) -> None:
        super().__init__(f"A book lists {MOST_NAMES} {field} at most.", field=field, limit=MOST_NAMES)


class TitlePage(TypedDict, total=False):
    """What a request says of a book, unchecked. None: nothing.

    Contributors are names and roles; identifiers schemes, values and sources; series titles and numbers;
    classification values and schemes; links addresses and labels; own script fields and texts.
    """

    title: Required[str]
    nonfiling_characters: int | None
    authors: Iterable[str]
    contributors: Iterable[tuple[str, str]]
    isbns: Iterable[str]
    identifiers: Iterable[tuple[str, str, str | None]]
    subtitle: str | None
    variant_titles: Iterable[str]
    own_script: Iterable[tuple[str, str]]
    place: str | None
    publisher: str | None
    published_year: int | None
    edition: str | None
    languages: Iterable[str]
    series: Iterable[tuple[str, str | None]]
    subjects: Iterable[str]
    description: str | None
    format: str | None
    extent: str | None
    audience: str | None
    classification: Iterable[tuple[str, str | None]]
    notes: Iterable[str]
    links: Iterable[tuple[str, str | None]]
    external_id: str | None
    suppressed: bool | None
    tags: Iterable[str]
    attributes: Iterable[tuple[str, str]]
    heading_uris: Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class BookRecord:
    """The bibliographic record of a book. Build it with `of` or `repaired`; both leave only clean values in it.

    A year before our era is negative. No authors: none is known, or there is none. Of its ISBNs, which are those of all
    its bindings, of the set, and of what was merged into it, the first is the main one. `nonfiling_characters` of the
    title are passed over where it is filed. `variant_titles` are others under which it is looked for; `place` is where
    it was published. `external_id` is the key of the record in the system that it came from. `suppressed` is true or
    None: whether the book is hidden from the public, or nothing is said of that. By its `tags` staff gather it,
    and its `attributes` say what this library alone wants to say. `heading_uris` are of its names and subjects; one of
    a heading that it does not bear is none of it.
    """

    title: str
    authors: tuple[str, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    isbns: tuple[Isbn, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    subtitle: str | None = None
    variant_titles: tuple[str, ...] = ()
    own_script: tuple[OwnScript, ...] = ()
    nonfiling_characters: int | None = None
    place: str | None = None
    publisher: str | None = None
    published_year: int | None = None
    edition: str | None = None
    languages: tuple[Language, ...] = ()
    series: tuple[Series, ...] = ()
    subjects: tuple[str, ...] = ()
    description: str | None = None
    format: BookFormat | None = None
    extent: str | None = None
    audience: Audience | None = None
    classification: tuple[Classification, ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    external_id: str | None = None
    suppressed: bool | None = None
    tags: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    heading_uris: tuple[HeadingUri, ...] = ()

    def __post_init__(self) -> None:
        if self.heading_uris:
            names = {*self.authors, *(one.name for one in self.contributors), *self.subjects}
            borne = tuple(one for one in self.heading_uris if one.heading in names)
            object.__setattr__(self, "heading_uris", borne)

    @classmethod
    def of(cls, **raw: Unpack[TitlePage]) -> Self:
        """Build a record from unchecked fields. Raises every InvalidValue there is, together."""
        clean, wrong = _read(raw, _AS_IT_IS)
        refuse_if_any(wrong)
        record = cls(**clean)
        refuse_if_any(_unborne(record, clean))
        return record

    @classmethod
    def repaired(cls, raw: Mapping[str, RawField]) -> tuple[Self, tuple[InvalidValue, ...]]:
        """Build a record from the text of a file, which may be broken by whatever it went through.

        Returns the record, with what can be proved repaired, and why each value that cannot be was left out.
        Raises InvalidValue when there is no usable title: without one there is no book.
        """
        wrong: list[InvalidValue] = []
        usable = {name: _usable(_REPAIRING[name], raw[name], wrong) for name in _ONE_BY_ONE if name in raw}
        clean, others = _read({"title": "", **raw, **usable}, _REPAIRING)
        wrong += others
        refuse_if_any(error for error in wrong if error.field == "title")
        record = cls(**clean)
        return record, (*wrong, *_unborne(record, clean))

    def in_own_script(self, *names: str) -> Iterator[str]:
        """Return what stands in its own script beside these fields."""
        return (one.text for one in self.own_script if one.field in names)

    @property
    def control_number(self) -> Identifier | None:
        """The number under which another catalogue keeps this record, if it is known which one that is."""
        return next((one for one in self.identifiers if one.scheme == Scheme.CONTROL_NUMBER and one.source), None)

    @property
    def main_isbn(self) -> Isbn | None:
        """The first of its ISBNs: that of no other book."""
        return next(iter(self.isbns), None)

    @property
    def keys(self) -> frozenset[str]:
        """What the book is found by: its ISBNs and identifiers, and its key in the system that it came from."""
        keys = {identifier.key for identifier in self.identifiers} | {isbn.key for isbn in self.isbns}
        return frozenset(keys if self.external_id is None else {*keys, external_key(self.external_id)})

    @property
    def match_key(self) -> str:
        """The same for every record of this title by these authors in this year, however they are spelt."""
        words = "\n".join((folded(self.title), *sorted(map(folded, self.authors)), str(self.published_year)))
        return hashlib.blake2b(words.encode(), digest_size=16).hexdigest()

    @property
    def title_key(self) -> str:
        """What the title begins with: its words without accents and case."""
        return title_key(self.title)

    @property
    def sort_key(self) -> str:
        """What the title is filed under: the same without the article, where the record says what that is."""
        return sort_key(self.title, self.nonfiling_characters)

    @property
    def author_key(self) -> str:
        """What it is filed under by author: the first of its names as it is written, without accents and case."""
        names = (*self.authors, *(contributor.name for contributor in self.contributors))
        return folded(names[0])[:LONGEST_KEY] if names else NO_AUTHOR

    @property
    def is_online(self) -> bool:
        """Whether it can be read or heard on the web, so that nobody needs a copy."""
        return bool(self.links) or self.format in ONLINE_FORMATS

    @property
    def year_key(self) -> int:
        """The year it is filed under."""
        return NO_YEAR if self.published_year is None else self.published_year

    def with_changes(self, raw: Mapping[str, Any]) -> Self:
        """Return this record with the given fields of a TitlePage instead of its own; None and () empty a field.

        The nonfiling characters stay if another title begins alike. Raises every InvalidValue there is, together.
        """
        clean, wrong = _read(raw, _AS_IT_IS)
        refuse_if_any(wrong)
        emptied: dict[str, Any] = {f.name: f.default for f in fields(self) if f.name in raw and f.name not in clean}
        changed = replace(self, **emptied, **clean)
        refuse_if_any(_unborne(changed, clean))
        if "nonfiling_characters" in raw:
            return changed
        return replace(changed, nonfiling_characters=_inherited_nonfiling(changed.title, self))

    def restricted_to(self, names: Collection[str], older: "BookRecord") -> Self:
        """Return this record with these fields alone; unless the title is among them, it is that of `older`."""
        silent: dict[str, Any] = {f.name: f.default for f in fields(self) if f.name not in names and f.name != "title"}
        return replace(self, title=self.title if "title" in names else older.title, **silent)

    def taking(self, names: Collection[str], other: "BookRecord") -> Self:
        """Return this record with these fields of `other`, be they empty; a title comes as it is filed there."""
        with_title = {"nonfiling_characters"} if "title" in names else set[str]()
        taken: dict[str, Any] = {name: getattr(other, name) for name in {*names, *with_title}}
        return replace(self, **taken)

    def following(self, before: Mapping[str, RawField], after: Mapping[str, RawField]) -> Self:
        """Return this record with those fields changed in which a file said `before`, and says `after` now.

        A field that it no longer says is emptied. Raises every InvalidValue there is in them, together.
        """
        changed = [f for f in fields(self) if before.get(f.name) != after.get(f.name)]
        news_raw = {f.name: after.get(f.name, "") for f in changed if f.name in after or f.name == "title"}
        fresh, wrong = type(self).repaired({"title": self.title, **news_raw})
        refuse_if_any(wrong)
        news: dict[str, Any] = {f.name: getattr(fresh, f.name) for f in changed}
        return replace(self, **news)

    def over(self, older: "BookRecord") -> "BookRecord":
        """Return this record, with what it does not say taken from `older`."""
        silent = {f.name: getattr(older, f.name) for f in fields(self) if getattr(self, f.name) in (None, ())}
        silent |= {"nonfiling_characters": self.nonfiling_characters or _inherited_nonfiling(self.title, older)}
        return replace(self, **silent)


def _unborne(record: BookRecord, clean: Mapping[str, Any]) -> Iterator[InvalidValue]:
    """Yield InvalidHeadingUri if a URI was given for a heading that the book does not bear."""
    if clean.get("heading_uris", record.heading_uris) != record.heading_uris:
        yield InvalidHeadingUri()


def _inherited_nonfiling(title: str, older: BookRecord) -> int | None:
    """Return the nonfiling characters of a title that replaces that of `older`."""
    number = older.nonfiling_characters
    return number if begin_alike(title, older.title, number) else None


def external_key(external_id: str) -> str:
    """Return the key by which a book with this `external_id` is found."""
    return f"external::{external_id.lower()}"


def _read(
    raw: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]
) -> tuple[dict[str, Any], list[InvalidValue]]:
    clean: dict[str, Any] = {}
    wrong: list[InvalidValue] = []
    for name, value in raw.items():
        try:
            if value is not None:
                clean[name] = readers[name](value)
        except InvalidValue as error:
            wrong.append(error)
    return clean, wrong


def _usable(reader: Callable[[Any], Any], values: Iterable[Any], wrong: list[InvalidValue]) -> list[Any]:
    """Return the values that can be read; add to `wrong` why each of the others cannot."""
    usable: list[Any] = []
    for value in values:
        try:
            reader((value,))
            usable.append(value)
        except InvalidValue as error:
            wrong.append(error)
    return usable


def _each(field: str, reader: Callable[[Any], Value], values: Iterable[Any]) -> tuple[Value, ...]:
    """Return the clean values in their order, each once."""
    clean = tuple(dict.fromkeys(map(reader, values)))
    if len(clean) > MOST_NAMES:
        raise TooManyNames(field)
    return clean


def _languages(reader: Callable[[str], Language], codes: Iterable[str]) -> tuple[Language, ...]:
    """Return the languages in their order, each once, by whichever of its codes."""
    languages: dict[str, Language] = {}
    for language in _each("languages", reader, codes):
        languages.setdefault(language.library_code, language)
    return tuple(languages.values())


def _own_script(values: Iterable[Any]) -> tuple[OwnScript, ...]:
    """Return what stands there in its own script, in the order of the fields."""
    order = list(OwnScriptField)
    clean = _each("own_script", lambda raw: OwnScript.of(*raw), values)
    return tuple(sorted(clean, key=lambda one: order.index(one.field)))


def _year(year: int) -> int:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise InvalidYear
    return year


def _repaired_number(text: str, *, wrong: type[InvalidValue]) -> int:
    """Read a number that a spreadsheet may have turned into `2008.0`. Raises `wrong` where it is none."""
    number = _NUMBER_IN_A_SPREADSHEET.fullmatch(text.strip())
    if number is None:
        raise wrong
    return int(number[1])


_AS_IT_IS: dict[str, Callable[[Any], Any]] = {
    "title": partial(line, field="title", limit=LONGEST_TITLE),
    "nonfiling_characters": nonfiling_characters,
    "authors": partial(_each, "authors", partial(line, field="authors", limit=LONGEST_NAME)),
    "contributors": partial(_each, "contributors", lambda raw: Contributor.of(*raw)),
    "isbns": partial(_each, "isbns", Isbn.parse),
    "identifiers": partial(_each, "identifiers", lambda raw: Identifier.of(*raw)),
    "subtitle": partial(line, field="subtitle", limit=LONGEST_TITLE),
    "variant_titles": partial(_each, "variant_titles", partial(line, field="variant_titles", limit=LONGEST_TITLE)),
    "own_script": _own_script,
    "place": partial(line, field="place", limit=LONGEST_NAME),
    "publisher": partial(line, field="publisher", limit=LONGEST_NAME),
    "published_year": _year,
    "edition": partial(line, field="edition", limit=LONGEST_NAME),
    "languages": partial(_languages, Language.parse),
    "series": partial(_each, "series", lambda raw: Series.of(*raw)),
    "subjects": partial(_each, "subjects", partial(line, field="subjects", limit=LONGEST_SUBJECT)),
    "description": partial(paragraph, field="description", limit=LONGEST_DESCRIPTION),
    "format": book_format,
    "extent": partial(line, field="extent", limit=LONGEST_EXTENT),
    "audience": audience,
    "classification": partial(_each, "classification", lambda raw: Classification.of(*raw)),
    "notes": partial(_each, "notes", partial(line, field="notes", limit=LONGEST_BOOK_NOTE)),
    "links": partial(_each, "links", lambda raw: Link.of(*raw)),
    "external_id": partial(line, field="external_id", limit=LONGEST_EXTERNAL_ID),
    "suppressed": lambda flagged: flagged or None,
    "tags": tags_of,
    "attributes": attributes_of,
    "heading_uris": lambda values: tuple(sorted({HeadingUri.of(*raw) for raw in values})),
}
_REPAIRING: dict[str, Callable[[Any], Any]] = {
    **_AS_IT_IS,
    "isbns": partial(_each, "isbns", Isbn.repaired),
    "nonfiling_characters": lambda text: nonfiling_characters(_repaired_number(text, wrong=InvalidNonfilingCharacters)),
    "published_year": partial(_repaired_number, wrong=InvalidYear),
    "languages": partial(_languages, Language.repaired),
    "format": lambda text: book_format(text.strip().lower()),
    "audience": lambda text: audience(text.strip().lower()),
    "suppressed": partial(flag, field="suppressed"),
}
_ONE_BY_ONE = ("isbns", "languages")  # of which files leave out what is wrong, and keep the rest

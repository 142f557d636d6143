"""What a record of MARC 21 says of a book, however dirty it is. The catalogue decides whether that can be right."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress

from pymarc import Field, Record

from books_service.adapters.exchange.marc.vocabulary import (
    ABBREVIATED,
    AUDIENCES,
    AUTHOR,
    AUTHOR_TERMS,
    CLASSES,
    EXTERNAL,
    FORMS,
    ISBD_MARKS,
    NAME_CODES,
    NAMES,
    NO_LANGUAGE,
    OWN,
    OWN_ATTRIBUTES,
    OWN_TAGS,
    RELATORS,
    SCHEMES,
    SHORT_TERMS,
    STANDARD_NUMBERS,
    SUBJECTS,
    TYPES,
    UNIFORM,
    VARIANT_TITLES,
    WEB,
    former_key,
)
from books_service.domain.catalogue.contributor import ContributorRole
from books_service.domain.catalogue.format import BookFormat
from books_service.domain.catalogue.identifier import Scheme
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn
from books_service.domain.exchange.record_links import OCLC, OCLC_PREFIX, SOURCE_AND_NUMBER

_ESCAPED = re.compile(r"&#x([0-9A-F]{1,6});")
# German and French catalogues put invisible marks around the nonfiling characters of a title.
_MARKS = str.maketrans("", "", "\x98\x9c")
_LINK = re.compile(r"\s*([0-9A-Z]{3})-([0-9]{2})")
_MARKED = re.compile("\\s*\x98([^\x98\x9c]*)\x9c(\\s*)")


def unescaped(text: str) -> str:
    """Return the characters that stand in `text` as numeric references, as MARC writes what it cannot hold."""
    return _ESCAPED.sub(_referred, text) if "&#x" in text else text


def _referred(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number <= 0x10FFFF else found[0]


class MarcTitlePage:
    """A record, read as its own leader says. Linked fields in another script (880) are read by `own_script` alone.

    Punctuation after ISBD is taken off, unless the leader says that there is none.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._with_marks = str(record.leader)[18:19] not in {"c", "n"}

    def text(self, tag: str, codes: str) -> str:
        """Return the first text of these subfields in a field with this tag."""
        return next((text for field in self._record.get_fields(tag) if (text := self._of(field, codes))), "")

    def texts(self, tag: str, codes: str) -> list[str]:
        """Return what each field with this tag says in these subfields, as it stands there."""
        return [" ".join(_values(field, codes)) for field in self._record.get_fields(tag)]

    def nonfiling_characters(self) -> str:
        titles = (field for field in self._record.get_fields("245") if self._of(field, "anp"))
        return next(map(_nonfiling_of, titles), "")

    def authors(self) -> tuple[str, ...]:
        return tuple(name for name, role in self._names() if role is None)

    def contributors(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, role.value) for name, role in self._names() if role is not None)

    def isbns(self) -> list[str]:
        """Return the valid ISBNs; without one the first number, so that it is reported."""
        numbers = [number for field in self._record.get_fields("020") for number in _isbns(field)]
        return [*filter(_is_isbn, numbers)] or numbers[:1]

    def identifiers(self) -> Iterator[tuple[str, str, str | None]]:
        """Return the numbers in the order of their fields."""
        for field in self._record.get_fields("001", "010", "022", "024", "035"):
            if field.tag == "001":
                if number := self._control("001").strip():
                    yield Scheme.CONTROL_NUMBER, number, self._control("003").strip() or None
            elif field.tag == "024":
                yield from _standard_numbers(field)
            elif field.tag == "035":
                yield from (
                    number for number in map(_system_number, _values(field, "a")) if number[2] not in {EXTERNAL, OWN}
                )
            else:
                yield from ((SCHEMES[field.tag], value, None) for value in _values(field, "a"))

    def variant_titles(self) -> list[str]:
        fields = self._record.get_fields(*VARIANT_TITLES)
        return [text for field in fields if (text := self._of(field, "anp" if field.tag in UNIFORM else "abnp"))]

    def of_imprint(self, code: str) -> str:
        """Return the place (a) or the publisher (b)."""
        return next((text for field in self._imprints() if (text := self._of(field, code, first=True))), "")

    def year(self) -> str:
        """Return the year of this edition: as printed if by itself, else as coded, else any that is printed."""
        printed = [text for field in self._imprints() for text in _values(field, "c")]
        for text in printed:
            if re.fullmatch(r"-?[0-9]{1,4}", text):
                return text
        coded = self._control("008")[7:11]
        if re.fullmatch(r"[0-9]{4}", coded) and coded not in {"0000", "9999"}:
            return str(int(coded))
        return next((year[0] for text in printed if (year := re.search(r"(?<![0-9])[12][0-9]{3}(?![0-9])", text))), "")

    def languages(self) -> list[str]:
        """Return the codes of the languages of the text; those of ISO 639 that are named so stand for all others."""
        fields = self._record.get_fields("041")
        named = [code for field in fields if _is_iso(field) for code in _values(field, "a")]
        if named:
            return named
        printed = [code for field in fields for value in _values(field, "a") for code in _codes_in(value)]
        coded = (self._control("008")[35:38].strip(), *printed)
        return [code for code in coded if code not in NO_LANGUAGE]

    def series(self) -> Iterator[tuple[str, str | None]]:
        """Return the series as the book names them; as the library does, where the book is silent."""
        for tags in (("490", "440"), ("800", "810", "811", "830")):
            for field in self._record.get_fields(*tags):
                title = self._of(field, "t" if "t" in _codes(field) else "anp")
                if title:
                    yield title, self._of(field, "v") or None
            if self._record.get_fields(*tags):
                return

    def subjects(self) -> Iterator[str]:
        for field in self._record.get_fields(*SUBJECTS, "653"):
            if field.tag == "653":
                yield from _values(field, "a")
            elif heading := self.heading(field):
                yield heading

    def heading(self, field: Field) -> str:
        """Return the heading of a field, with dates and titles, and its subdivisions behind it; empty: it has none."""
        heading = " ".join(_values(field, "abcdnpqt"))
        return " -- ".join(self._bare(part) for part in (heading, *_values(field, "vxyz"))) if heading else ""

    def name(self, field: Field) -> str:
        """Return the name of whoever made a book, without dates."""
        return self._of(field, NAME_CODES[field.tag[1:]])

    def format(self) -> str:
        """Return the format: in our own word if it stands there, else as the leader and the coded fields say."""
        for field in self._record.get_fields("380"):
            if "".join(_values(field, "2")) == OWN:
                return next(iter(_values(field, "a")), "")
        leader = str(self._record.leader)
        form = self._control("008")[23:24]
        if leader[6:7] in {"a", "t"}:
            if leader[7:8] in {"b", "i", "s"}:
                return BookFormat.PERIODICAL
            kind = FORMS.get(form) or (BookFormat.MANUSCRIPT if leader[6:7] == "t" else None)
            return "" if kind is None else str(kind)
        return str(TYPES.get(leader[6:7], ""))

    def tags(self) -> list[str]:
        """Return the tags that we wrote."""
        ours = (field for field in self._record.get_fields(OWN_TAGS) if "".join(_values(field, "2")) == OWN)
        return [tag for field in ours for tag in _values(field, "a")]

    def attributes(self) -> list[tuple[str, str]]:
        """Return the attributes that we wrote."""
        fields = self._record.get_fields(OWN_ATTRIBUTES)
        ours = (field for field in fields if "".join(_values(field, "2")) == OWN)
        return [("".join(_values(field, "n")), "".join(_values(field, "a"))) for field in ours]

    def audience(self) -> str:
        return str(AUDIENCES.get(self._control("008")[22:23], ""))

    def headings(self) -> Iterator[tuple[str, Field]]:
        """Return the names and subjects in fields of their own, with these."""
        for field in self._record.get_fields(*NAMES):
            if "t" not in _codes(field) and (name := self.name(field)):
                yield name, field
        for field in self._record.get_fields(*SUBJECTS):
            if subject := self.heading(field):
                yield subject, field
        for field in self._record.get_fields("653"):
            if len(values := _values(field, "a")) == 1:
                yield values[0], field

    def in_own_script(self) -> Iterator[tuple["MarcTitlePage", Field]]:
        """Yield each linked field (880) as the page of a record that says nothing else, and the field as it stands.

        There it bears the tag of the field that it is linked to, and names have the roles that they have in that one.
        """
        for field in self._record.get_fields("880"):
            link = link_of(field)
            if link is None:
                continue
            partner = next(
                (each for each in self._record.get_fields(link[0]) if link_of(each) == ("880", link[1])), None
            )
            roles = [] if partner is None else [part for part in partner.subfields if part.code in "e4"]
            parts = [part for part in field.subfields if part.code not in ("6e4" if roles else "6")]
            alone = Record(fields=[Field(link[0], indicators=field.indicators, subfields=[*parts, *roles])])
            alone.leader = self._record.leader
            yield MarcTitlePage(alone), field

    def classification(self) -> Iterator[tuple[str, str | None]]:
        for field in self._record.get_fields(*CLASSES, "084"):
            values = _values(field, "a")
            scheme = CLASSES.get(field.tag) or "".join(_values(field, "2")) or None
            yield from ((value, scheme) for value in values)

    def links(self) -> Iterator[tuple[str, str | None]]:
        for field in self._record.get_fields("856"):
            label = self._of(field, "y") or self._of(field, "3") or self._of(field, "z") or None
            yield from ((url, label) for url in _values(field, "u") if WEB.match(url))

    def external_id(self) -> str:
        """Return the key of the record in the system that it came from, as that or an export of ours writes it."""
        numbers = (
            SOURCE_AND_NUMBER.fullmatch(value)
            for field in self._record.get_fields("035")
            for value in _values(field, "a")
        )
        ours = (found[2] for found in numbers if found is not None and found[1] == EXTERNAL)
        return next(ours, "") or next(filter(None, map(former_key, self._record.get_fields("999"))), "")

    def _names(self) -> Iterator[tuple[str, ContributorRole | None]]:
        """Return the names of all who made the book, each with its role; None: an author."""
        for field in self._record.get_fields(*NAMES):
            if "t" in _codes(field):  # another work of theirs
                continue
            name = self.name(field)
            for role in self._roles(field) if name else ():
                yield name, role

    def _imprints(self) -> list[Field]:
        """Return the fields with publisher and year, those of this very edition first."""
        fields = self._record.get_fields("260", "264")
        return sorted(
            fields, key=lambda field: (field.tag != "264" or field.indicator2 != "1", field.indicator2 == "4")
        )

    def _roles(self, field: Field) -> list[ContributorRole | None]:
        codes = [value.rpartition("/")[2].strip(". ").lower()[:3] for value in _values(field, "4")]
        terms = [value.strip(" .,()[]").lower() for value in _values(field, "e" if field.tag[1:] != "11" else "j")]
        found = [None if code == AUTHOR else RELATORS.get(code, ContributorRole.CONTRIBUTOR) for code in codes]
        return list(dict.fromkeys(found or map(_role_named, terms))) or [None]

    def _control(self, tag: str) -> str:
        return next((unescaped(field.data or "") for field in self._record.get_fields(tag)), "")

    def _of(self, field: Field, codes: str, *, first: bool = False) -> str:
        values = _values(field, codes)
        return self._bare(" ".join(values[:1] if first else values))

    def _bare(self, text: str) -> str:
        if not self._with_marks:
            return text
        text = text.strip()
        if text.endswith(ISBD_MARKS):
            return text[:-1].rstrip()
        if text.endswith(".") and not text.endswith("..") and not ABBREVIATED.search(text):
            return text[:-1]
        return text


def link_of(field: Field) -> tuple[str, str] | None:
    """Return the tag and the number that a field names in its link ($6), as 880-01; None: it has none."""
    found = next((_LINK.match(value) for code, value in field.subfields if code == "6"), None)
    return None if found is None else (found[1], found[2])


def _nonfiling_of(field: Field) -> str:
    """Return how many characters of a title are passed over: as the second indicator says, else as the marks do."""
    if field.indicator2 in "123456789":
        return str(field.indicator2)
    marked = _MARKED.match(next((value for code, value in field.subfields if code == "a"), ""))
    if marked is None:
        return ""
    begins = re.sub(r"\s+", " ", marked[1] + marked[2]).lstrip()
    return str(len(unicodedata.normalize("NFD", begins)) or "")


def _values(field: Field, codes: str) -> list[str]:
    return [
        text
        for code, value in field.subfields
        if code in codes and (text := unescaped(value).translate(_MARKS).strip())
    ]


def _codes(field: Field) -> set[str]:
    return {code for code, _ in field.subfields}


def _is_iso(field: Field) -> bool:
    return "".join(_values(field, "2")).startswith("iso639")


def _codes_in(text: str) -> list[str]:
    """Return the codes of languages in a text; old records write several of them in one: engfre."""
    return re.findall("...", text) if re.fullmatch("(?:[a-z]{3})+", text) else [text[:3]]


def _is_isbn(text: str) -> bool:
    with suppress(InvalidIsbn):
        Isbn.repaired(text)
        return True
    return False


def _role_named(term: str) -> ContributorRole | None:
    if term in AUTHOR_TERMS:
        return None
    return next(
        (role for role in ContributorRole if role.value == term), SHORT_TERMS.get(term, ContributorRole.CONTRIBUTOR)
    )


def _isbns(field: Field) -> Iterator[str]:
    """Return the numbers of a field without what stands behind them: `9780201616224 (pbk.)`."""
    for value in _values(field, "a"):
        yield value if _is_isbn(value) else re.split(r"[\s(:;,]", value, maxsplit=1)[0] or value


def _standard_numbers(field: Field) -> Iterator[tuple[str, str, str | None]]:
    named = "".join(_values(field, "2"))
    for value in _values(field, "a"):
        if named in list(Scheme):
            yield named, value, "".join(_values(field, "9")) or None
        else:
            yield STANDARD_NUMBERS.get(field.indicator1, Scheme.OTHER), value, named or None


def _system_number(value: str) -> tuple[str, str, str | None]:
    found = SOURCE_AND_NUMBER.fullmatch(value)
    if found is None:
        return Scheme.CONTROL_NUMBER, value, None
    if found[1] == OCLC:
        return Scheme.OCLC, OCLC_PREFIX.sub("", found[2]), None
    return Scheme.CONTROL_NUMBER, found[2], found[1]

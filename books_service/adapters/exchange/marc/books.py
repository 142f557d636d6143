"""A book as a MARC 21 record, from which `fields` reads the very same book back."""

import re
from collections.abc import Iterator

from pymarc import Field, Indicators, Leader, Record, Subfield

from books_service.adapters.exchange.marc.vocabulary import (
    AUDIENCES,
    AUTHOR,
    EXTERNAL,
    OCLC,
    OWN,
    RELATORS,
    SOURCE_AND_NUMBER,
    STANDARD_NUMBERS,
)
from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.record import BookRecord

_LEADER = "00000nam a2200000 c 4500"  # a book, in Unicode, without punctuation after ISBD
_CODES = {role: code for code, role in RELATORS.items()}
_OWN_INDICATOR = {scheme: indicator for indicator, scheme in STANDARD_NUMBERS.items()}
_UNFIT = re.compile("&(?=#x)|[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def record_of(book: BookRecord) -> Record:
    """Return `book` as a record; what MARC or XML cannot hold stands there as a numeric reference.

    Identifiers keep their order, so the fields 01X to 03X stand in theirs and not in that of their tags.
    """
    record = Record(fields=[*_control_fields(book), *_numbers(book), *_description(book)])
    record.leader = Leader(_LEADER)
    return record


def _control_fields(book: BookRecord) -> Iterator[Field]:
    if _is_own(book.identifiers):
        yield Field("001", data=fit(book.identifiers[0].value))
        if book.identifiers[0].source:
            yield Field("003", data=fit(book.identifiers[0].source))
    year = book.published_year
    date = f"s{year:04}" if year is not None and 0 < year <= 9999 else "nuuuu"
    language = "   " if book.language is None else book.language.library_code
    audience = next((code for code, word in AUDIENCES.items() if word == book.audience), "|")
    yield Field("008", data=f"||||||{date}    xx {'|' * 4}{audience}{'|' * 12}{language}||")


def _is_own(identifiers: tuple[Identifier, ...]) -> bool:
    return bool(identifiers) and identifiers[0].scheme == Scheme.CONTROL_NUMBER


def _numbers(book: BookRecord) -> Iterator[Field]:
    if book.isbn is not None:
        yield _field("020", a=str(book.isbn))
    for identifier in book.identifiers[1:] if _is_own(book.identifiers) else book.identifiers:
        yield _number(identifier)
    if book.external_id is not None:
        yield _field("035", a=f"({EXTERNAL}){book.external_id}")
    if book.language is not None:
        code = str(book.language)
        yield _field("041", " 7", a=code, **{"2": "iso639-1" if len(code) == 2 else "iso639-3"})


def _number(identifier: Identifier) -> Field:
    """Return the field that librarians look for, if it can hold all of the identifier; else one that can."""
    scheme, value, source = identifier.scheme, identifier.value, identifier.source
    if scheme == Scheme.CONTROL_NUMBER and source not in {EXTERNAL, OWN} and _holds_source(value, source):
        return _field("035", a=f"({source}){value}" if source else value)
    if source is None:
        if scheme == Scheme.OCLC and not value.startswith("o"):
            return _field("035", a=f"({OCLC}){value}")
        if scheme in (Scheme.LCCN, Scheme.ISSN):
            return _field("010" if scheme == Scheme.LCCN else "022", a=value)
        if scheme in _OWN_INDICATOR:
            return _field("024", f"{_OWN_INDICATOR[scheme]} ", a=value)
        if scheme == Scheme.OTHER:
            return _field("024", "8 ", a=value)
    elif scheme == Scheme.OTHER and source not in list(Scheme):
        return _field("024", "7 ", a=value, **{"2": source})
    return _field("024", "7 ", a=value, **{"2": str(scheme), "9": source})


def _holds_source(value: str, source: str | None) -> bool:
    if source is None:
        return SOURCE_AND_NUMBER.fullmatch(value) is None
    return source != OCLC and not {"(", ")"} & set(source)


def _description(book: BookRecord) -> Iterator[Field]:
    for each in book.classification:
        yield _field("084", a=each.value, **({} if each.scheme is None else {"2": each.scheme}))
    names = [(name, AUTHOR) for name in book.authors] + [(one.name, _CODES[one.role]) for one in book.contributors]
    if book.authors:
        yield _name("100", *names.pop(0))
    indicators = f"{1 if book.authors else 0}{book.nonfiling_characters or 0}"
    yield _field("245", indicators, a=book.title, b=book.subtitle)
    yield from _imprint(book)
    for series in book.series:
        yield _field("490", "0 ", a=series.title, v=series.number)
    yield from (_field("500", a=note) for note in book.notes)
    if book.description:
        yield _field("520", a=book.description)
    yield from (_field("653", a=subject) for subject in book.subjects)
    yield from (_name("700", name, code) for name, code in names)
    yield from (_field("856", "4 ", u=link.url, y=link.label) for link in book.links)


def _imprint(book: BookRecord) -> Iterator[Field]:
    if book.edition:
        yield _field("250", a=book.edition)
    if book.publisher or book.published_year is not None:
        yield _field("264", " 1", b=book.publisher, c=None if book.published_year is None else str(book.published_year))
    if book.extent:
        yield _field("300", a=book.extent)
    if book.format is not None:
        yield _field("380", a=str(book.format), **{"2": OWN})


def _name(tag: str, name: str, code: str) -> Field:
    return _field(tag, f"{1 if ', ' in name else 0} ", a=name, **{"4": code})


def _field(tag: str, indicators: str = "  ", **subfields: str | None) -> Field:
    filled = [Subfield(code, fit(value)) for code, value in subfields.items() if value is not None]
    return Field(tag, indicators=Indicators(*indicators), subfields=filled)


def fit(text: str) -> str:
    """Return `text` with numeric references for what MARC or XML cannot hold; `fields.unescaped` reads them."""
    return _UNFIT.sub(lambda found: f"&#x{ord(found[0]):X};", text)

"""What of a book goes into which fields of MARC 21, from which `title_page` reads the very same book back."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest

from pymarc import Field, Indicators, Record, Subfield

from books_service.adapters.exchange.marc.vocabulary import (
    AUDIENCES,
    AUTHOR,
    EXTERNAL,
    OWN,
    OWN_ATTRIBUTES,
    OWN_TAGS,
    RELATORS,
    STANDARD_NUMBERS,
)
from books_service.domain.catalogue.contributor import ContributorRole
from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.own_script import OwnScriptField
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.exchange.record_links import OCLC, SOURCE_AND_NUMBER

_CODES = {role: code for code, role in RELATORS.items()}
_OWN_INDICATOR = {scheme: indicator for indicator, scheme in STANDARD_NUMBERS.items()}
_NUMBER = re.compile("-([0-9]{2})")
_UNFIT = re.compile("&(?=#x)|[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def identifiers(book: BookRecord) -> Iterator[Field]:
    """Return each in the field of its kind; a control number that comes first numbers the record itself."""
    others = book.identifiers
    if others and others[0].scheme == Scheme.CONTROL_NUMBER:
        yield Field("001", data=fit(others[0].value))
        if others[0].source:
            yield Field("003", data=fit(others[0].source))
        others = others[1:]
    yield from map(_number, others)


def _number(identifier: Identifier) -> Field:
    """Return the field that librarians look for, if it can hold all of the identifier; else one that can."""
    scheme, value, source = identifier.scheme, identifier.value, identifier.source
    if scheme == Scheme.CONTROL_NUMBER and source not in {EXTERNAL, OWN} and _holds_source(value, source):
        return field("035", a=f"({source}){value}" if source else value)
    if source is None:
        if scheme == Scheme.OCLC and not value.startswith("o"):
            return field("035", a=f"({OCLC}){value}")
        if scheme in (Scheme.LCCN, Scheme.ISSN):
            return field("010" if scheme == Scheme.LCCN else "022", a=value)
        if scheme in _OWN_INDICATOR:
            return field("024", f"{_OWN_INDICATOR[scheme]} ", a=value)
        if scheme == Scheme.OTHER:
            return field("024", "8 ", a=value)
    elif scheme == Scheme.OTHER and source not in list(Scheme):
        return field("024", "7 ", a=value, **{"2": source})
    return field("024", "7 ", a=value, **{"2": str(scheme), "9": source})


def _holds_source(value: str, source: str | None) -> bool:
    if source is None:
        return SOURCE_AND_NUMBER.fullmatch(value) is None
    return source != OCLC and not {"(", ")"} & set(source)


def coded(book: BookRecord) -> Iterator[Field]:
    """Return 008, in which year, audience and language are codes."""
    year = book.published_year
    date = f"s{year:04}" if year is not None and 0 < year <= 9999 else "nuuuu"
    language = next((one.library_code for one in book.languages), "   ")
    audience = next((code for code, word in AUDIENCES.items() if word == book.audience), "|")
    yield Field("008", data=f"||||||{date}    xx {'|' * 4}{audience}{'|' * 12}{language}||")


def languages(book: BookRecord) -> Iterator[Field]:
    """Return the codes in their order: a new field wherever their length, and so the list that they are of, changes."""
    for length, codes in groupby(map(str, book.languages), key=len):
        of_list = field("041", " 7", **{"2": f"iso639-{1 if length == 2 else 3}"})
        of_list.subfields[:0] = [Subfield("a", code) for code in codes]
        yield of_list


def first_author(book: BookRecord) -> Iterator[Field]:
    yield from (_name("100", name, AUTHOR) for name in book.authors[:1])


def other_names(book: BookRecord) -> Iterator[Field]:
    yield from (_name("700", name, AUTHOR) for name in book.authors[1:])
    yield from (_name("700", one.name, _CODES[one.role]) for one in book.contributors)


def title(book: BookRecord) -> Iterator[Field]:
    indicators = f"{1 if book.authors else 0}{book.nonfiling_characters or 0}"
    yield field("245", indicators, a=book.title, b=book.subtitle)


def imprint(book: BookRecord) -> Iterator[Field]:
    year = None if book.published_year is None else str(book.published_year)
    if book.place or book.publisher or year:
        yield field("264", " 1", a=book.place, b=book.publisher, c=year)


def variant_titles(book: BookRecord) -> Iterator[Field]:
    return (field("246", "3 ", a=variant) for variant in book.variant_titles)


def series(book: BookRecord) -> Iterator[Field]:
    return (field("490", "0 ", a=one.title, v=one.number) for one in book.series)


def own_script(book: BookRecord) -> Iterator[Field]:
    """Return a field (880) for each text in its own script, not yet linked to the one that it stands beside."""
    of = {name: [one.text for one in book.own_script if one.field == name] for name in OwnScriptField}
    roles = [one.role for one in book.contributors]
    if len(roles) != len(of[OwnScriptField.CONTRIBUTORS]):
        roles = [ContributorRole.CONTRIBUTOR] * len(of[OwnScriptField.CONTRIBUTORS])
    names = [(name, AUTHOR) for name in of[OwnScriptField.AUTHORS]]
    names += [(name, _CODES[role]) for name, role in zip(of[OwnScriptField.CONTRIBUTORS], roles, strict=True)]
    for title_, subtitle in zip_longest(of[OwnScriptField.TITLE], of[OwnScriptField.SUBTITLE]):
        yield _unlinked(field("245", "00", a=title_, b=subtitle))
    for number, (name, code) in enumerate(names):
        yield _unlinked(_name("700" if number or code != AUTHOR else "100", name, code))
    for variant in of[OwnScriptField.VARIANT_TITLES]:
        yield _unlinked(field("246", "3 ", a=variant))
    for place, publisher in zip_longest(of[OwnScriptField.PLACE], of[OwnScriptField.PUBLISHER]):
        yield _unlinked(field("264", " 1", a=place, b=publisher))
    yield from (_unlinked(field("490", "0 ", a=title_)) for title_ in of[OwnScriptField.SERIES])
    yield from (_unlinked(field("653", a=subject)) for subject in of[OwnScriptField.SUBJECTS])


def _unlinked(partner: Field) -> Field:
    return Field(
        "880", indicators=partner.indicators, subfields=[Subfield("6", f"{partner.tag}-00"), *partner.subfields]
    )


def link(record: Record, fields: Iterable[Field]) -> None:
    """Link new fields (880) of a record to those that they stand beside: where there are as many of one tag, in order.

    Names are linked only if they have the same roles: they are read with those of what they are linked to. The others
    stay as they are; 00 says that there is none.
    """
    numbers = (int(found[1]) for each in record.get_fields("880") if (found := _NUMBER.search(each["6"])))
    number = max(numbers, default=0)
    by_tag: dict[str, list[Field]] = {}
    for each in fields:
        by_tag.setdefault(each["6"][:3], []).append(each)
    for tag, unlinked in by_tag.items():
        partners = [each for each in record.get_fields(tag) if "6" not in each]
        if len(unlinked) != len(partners):
            continue
        pairs = [*zip(unlinked, partners, strict=True)]
        for each, partner in pairs if all(one.get("4") in {None, new.get("4")} for new, one in pairs) else ():
            number += 1
            each["6"] = f"{tag}-{number:02}"
            partner.subfields.insert(0, Subfield("6", f"880-{number:02}"))


def format_(book: BookRecord) -> Iterator[Field]:
    return (field("380", a=str(one), **{"2": OWN}) for one in [book.format] if one is not None)


def classification(book: BookRecord) -> Iterator[Field]:
    return (
        field("084", a=one.value, **({} if one.scheme is None else {"2": one.scheme})) for one in book.classification
    )


def links(book: BookRecord) -> Iterator[Field]:
    return (field("856", "4 ", u=link.url, y=link.label) for link in book.links)


def external_id(book: BookRecord) -> Iterator[Field]:
    return texts("035", book.external_id and f"({EXTERNAL}){book.external_id}")


def suppressed(book: BookRecord) -> Iterator[Field]:
    """Return the field in which Koha suppresses a title."""
    if book.suppressed:
        yield field("942", n="1")


def tags(book: BookRecord) -> Iterator[Field]:
    """Return the tags as local notes, marked as ours: another library writes there what it likes."""
    return (field(OWN_TAGS, a=tag, **{"2": OWN}) for tag in book.tags)


def attributes(book: BookRecord) -> Iterator[Field]:
    """Return the attributes as local notes, marked as ours, with their names."""
    return (field(OWN_ATTRIBUTES, n=each.name, a=each.value, **{"2": OWN}) for each in book.attributes)


def texts(tag: str, *values: str | None) -> Iterator[Field]:
    """Return a field of one text for each value there is."""
    yield from (field(tag, a=value) for value in values if value)


def _name(tag: str, name: str, code: str) -> Field:
    return field(tag, f"{1 if ', ' in name else 0} ", a=name, **{"4": code})


def field(tag: str, indicators: str = "  ", **subfields: str | None) -> Field:
    filled = [Subfield(code, fit(value)) for code, value in subfields.items() if value is not None]
    return Field(tag, indicators=Indicators(*indicators), subfields=filled)


def fit(text: str) -> str:
    """Return `text` with numeric references for what MARC or XML cannot hold; `title_page.unescaped` reads them."""
    return _UNFIT.sub(lambda found: f"&#x{ord(found[0]):X};", text)

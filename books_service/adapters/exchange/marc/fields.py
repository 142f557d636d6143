"""Where each field of a book stands in MARC 21: reading, writing and laying over are all made from this one table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pymarc import Field, Leader, Record

from books_service.adapters.exchange.marc import writing
from books_service.adapters.exchange.marc.title_page import MarcTitlePage
from books_service.adapters.exchange.marc.uris import heading_uris, put_uris
from books_service.adapters.exchange.marc.vocabulary import (
    CLASSES,
    NAMES,
    OWN_ATTRIBUTES,
    OWN_TAGS,
    SUBJECTS,
    VARIANT_TITLES,
)
from books_service.adapters.exchange.marc.writing import texts
from books_service.domain.catalogue.own_script import OwnScriptField
from books_service.domain.catalogue.record import BookRecord, RawField
from books_service.domain.exchange.record_links import LINKS

_LEADER = "00000nam a2200000 c 4500"  # a book, in Unicode, without punctuation after ISBD


@dataclass(frozen=True, slots=True)
class MarcField:
    """The tags under which a field of ours stands, how it is read, and which fields of MARC are written for it.

    A change replaces all fields with these tags. Of several that share a field of MARC, one writes it.
    """

    tags: tuple[str, ...]
    read: Callable[[MarcTitlePage], str | Iterable[str] | Iterable[tuple[str | None, ...]]]
    write: Callable[[BookRecord], Iterable[Field]] = lambda _: ()


def own_script_in(page: MarcTitlePage, only: Field | None = None) -> list[tuple[str, str]]:
    """Return what linked fields (880), or one of them, say: each by the field of ours that its partner is read as."""
    found: list[tuple[str, str]] = []
    for alone, field in page.in_own_script():
        for name in OwnScriptField if only is None or field is only else ():
            read: Any = FIELDS[name].read(alone)
            values = [read] if isinstance(read, str) else read
            found += [(name, value if isinstance(value, str) else value[0]) for value in values if value]
    return found


FIELDS: Mapping[str, MarcField] = {
    "title": MarcField(("245",), lambda page: page.text("245", "anp"), writing.title),
    "nonfiling_characters": MarcField(("245",), MarcTitlePage.nonfiling_characters),
    "subtitle": MarcField(("245",), lambda page: page.text("245", "b")),
    "authors": MarcField(NAMES, MarcTitlePage.authors, writing.first_author),
    "contributors": MarcField(NAMES, MarcTitlePage.contributors, writing.other_names),
    "isbns": MarcField(("020",), MarcTitlePage.isbns, lambda book: texts("020", *map(str, book.isbns))),
    "identifiers": MarcField(
        ("001", "003", "010", "022", "024", "035"), MarcTitlePage.identifiers, writing.identifiers
    ),
    "own_script": MarcField(("880",), own_script_in, writing.own_script),
    "variant_titles": MarcField(VARIANT_TITLES, MarcTitlePage.variant_titles, writing.variant_titles),
    "place": MarcField(("260", "264"), lambda page: page.of_imprint("a")),
    "publisher": MarcField(("260", "264"), lambda page: page.of_imprint("b"), writing.imprint),
    "published_year": MarcField(("260", "264", "008"), MarcTitlePage.year, writing.coded),
    "edition": MarcField(("250",), lambda page: page.text("250", "ab"), lambda book: texts("250", book.edition)),
    "languages": MarcField(("041", "008"), MarcTitlePage.languages, writing.languages),
    "series": MarcField(("440", "490", "800", "810", "811", "830"), MarcTitlePage.series, writing.series),
    "subjects": MarcField((*SUBJECTS, "653"), MarcTitlePage.subjects, lambda book: texts("653", *book.subjects)),
    "description": MarcField(
        ("520",),
        lambda page: "\n".join(filter(None, page.texts("520", "ab"))),
        lambda book: texts("520", book.description),
    ),
    "format": MarcField(("380",), MarcTitlePage.format, writing.format_),
    "extent": MarcField(("300",), lambda page: page.text("300", "a"), lambda book: texts("300", book.extent)),
    "audience": MarcField(("008",), MarcTitlePage.audience),
    "classification": MarcField((*CLASSES, "084"), MarcTitlePage.classification, writing.classification),
    "notes": MarcField(
        ("500",), lambda page: filter(None, page.texts("500", "a")), lambda book: texts("500", *book.notes)
    ),
    "links": MarcField(("856",), MarcTitlePage.links, writing.links),
    "external_id": MarcField(("035",), MarcTitlePage.external_id, writing.external_id),
    "suppressed": MarcField(("942",), lambda page: page.text("942", "n"), writing.suppressed),
    "tags": MarcField((OWN_TAGS,), MarcTitlePage.tags, writing.tags),
    "heading_uris": MarcField((), heading_uris),
    "attributes": MarcField((OWN_ATTRIBUTES,), MarcTitlePage.attributes, writing.attributes),
}
READ_TAGS = frozenset({"005", *LINKS}.union(*(one.tags for one in FIELDS.values())))
"""The fields that are read, and those about the record itself."""


def raw_fields_of(record: Record) -> dict[str, RawField]:
    """Return what a record says, under our field names."""
    page = MarcTitlePage(record)
    found = ((name, _raw_field(one.read(page))) for name, one in FIELDS.items())
    return {name: value for name, value in found if value}


def _raw_field(value: str | Iterable[str] | Iterable[tuple[str | None, ...]]) -> RawField:
    if isinstance(value, str):
        return value
    return tuple(dict.fromkeys(value))  # type: ignore[return-value]  # either texts or parts, as the row says


def record_of(book: BookRecord) -> Record:
    """Return `book` as a record; what MARC or XML cannot hold stands there as a numeric reference.

    Identifiers keep their order, so the fields 01X to 03X are not sorted by their tags.
    """
    written = (each for one in FIELDS.values() for each in one.write(book))
    record = Record(fields=sorted(written, key=lambda each: "01" if "010" <= each.tag < "040" else each.tag))
    record.leader = Leader(_LEADER)
    writing.link(record, record.get_fields("880"))
    put_uris(record, book)
    return record

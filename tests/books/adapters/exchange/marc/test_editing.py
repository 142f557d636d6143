"""Five hundred rich records: what is edited in them changes its own place, and everything else stays as it is."""

import json
import random
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from books_service.adapters.exchange.marc.bodies import raw_fields_in, shown_record
from books_service.application.exchange.ports import ExportedBook
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.exchange.source_record import SourceRecord
from books_service.domain.viewer import STAFF
from tests.books.marc_records import Fields, Maker

RECORDS = 500
SEED = 31


TEXTS = {
    "title": ("Entirely new", {"245": "anp"}),
    "subtitle": ("a new subtitle", {"245": "ab"}),
    "publisher": ("Neuer Verlag", {"260": "b", "264": "b"}),
    "published_year": (2024, {"260": "c", "264": "c", "008": ""}),
    "edition": ("3rd", {"250": "ab"}),
    "extent": ("12 pages", {"300": "a"}),
    "description": ("Something else.", {"520": "ab"}),
    "audience": ("juvenile", {"008": ""}),
    "languages": (("it",), {"041": "a2", "008": ""}),
    "place": ("Neustadt", {"260": "a", "264": "a"}),
    "format": ("kit", {"380": ""}),
}
"""New texts, and the subfields in which they may show."""
ADDED: dict[str, Any] = {
    "authors": "New, Author",
    "isbns": "9780140434705",
    "variant_titles": "New variant",
    "contributors": ("New, Editor", "editor"),
    "identifiers": ("oclc", "77777", None),
    "series": ("New series", "3"),
    "subjects": "New subject",
    "notes": "A new note",
    "classification": ("999.9", "ddc"),
    "links": ("https://example.org/new", "New"),
}


def books() -> Iterator[tuple[BookRecord, SourceRecord]]:
    """Yield what the catalogue says of each record, and the record."""
    maker = Maker(SEED)
    for _ in range(RECORDS):
        leader, fields = maker.record()
        source = SourceRecord(leader, tuple(fields))
        yield BookRecord.repaired(raw_fields_in(source))[0], source


def edited(book: BookRecord, source: SourceRecord, name: str, value: Any) -> Fields:
    """Return the fields of the record after an edit, which it says like the catalogue."""
    changed = book.with_changes({name: value})
    shown = shown_record(ExportedBook(changed, source=source), STAFF)
    assert changed == BookRecord.repaired(raw_fields_in(shown))[0], name
    return list(shown.fields)


def values_of(book: BookRecord, name: str) -> list[Any]:
    values = getattr(book, name)
    return [str(each) if isinstance(each, str | Isbn) else astuple(each) for each in values]


def test_a_text_that_is_edited_changes_its_subfield_alone() -> None:
    rng = random.Random(SEED)
    for book, source in books():
        before = list(source.fields)
        name = rng.choice([each for each in TEXTS if each != "description" or tags(before).count("520") < 2])
        value, places = TEXTS[name]

        assert_kept(before, edited(book, source, name, value), places, name)


def test_what_is_added_to_a_list_is_a_new_field_and_all_others_stay() -> None:
    rng = random.Random(SEED)
    for book, source in books():
        name, before = rng.choice([*ADDED]), list(source.fields)
        values = values_of(book, name)
        # Who comes first has the main entry, and a control number stands before all others.
        at_the_end = name in {"authors", "identifiers"} or rng.random() < 0.5

        after = edited(book, source, name, tuple([*values, ADDED[name]] if at_the_end else [ADDED[name], *values]))

        assert (1, before) == (len(after) - len(before), [each for each in after if each in before]), name


def test_what_is_taken_out_of_a_list_takes_its_own_fields_along() -> None:
    rng = random.Random(SEED)
    for book, source in books():
        before = list(source.fields)
        name = rng.choice([each for each in ADDED if getattr(book, each)])
        values = values_of(book, name)
        gone = rng.choice(values)

        after = edited(book, source, name, tuple(each for each in values if each != gone))

        text = gone if isinstance(gone, str) else gone[1] if name == "identifiers" else gone[0]
        lost = [each for each in before if each not in after]
        assert [each for each in before if each in after] == [each for each in after if each in before], name
        # A field that says several, a linked one that keeps the role of its partner, and one that takes over the URI.
        new = [each for each in after if each not in before and [*each[:2], each[2][:-1]] not in before]
        assert {"653", "880"} >= {*tags(new)}, name
        strange = [
            each
            for each in lost
            if each[0] not in {"003", "830", "880"}
            and text.split(" -- ")[0] not in json.dumps(each, ensure_ascii=False)
        ]
        assert not strange, (name, gone)  # 003 goes with 001, and what traces a series with the last of it
        assert lost, (name, gone)
        assert tags(before).count("880") == tags(after).count("880")


def tags(fields: Fields) -> list[str]:
    return [field[0] for field in fields]


def assert_kept(before: Fields, after: Fields, places: dict[str, str], name: str) -> None:
    """Assert that only these subfields differ, or one field is new, and all stand in their order."""
    own = [each for each in after if each not in before]
    lost = [each for each in before if each not in after]
    assert {*tags(lost), *tags(own)} <= places.keys(), (name, lost, own)
    left = list(after)
    for field in before:
        found = next(at for at, each in enumerate(left) if each == field or is_edited(field, each, places))
        del left[: found + 1]  # in their order
    assert len(after) - len(before) <= 1, (name, own)


def is_edited(old: list[Any], new: list[Any], places: dict[str, str]) -> bool:
    if old[0] != new[0] or old[0] not in places:
        return False
    if len(old) == 2:
        return bool(sum(a != b for a, b in zip(old[1], new[1], strict=True)) <= 5)
    codes = places[old[0]]
    return list(others(old, codes)) == list(others(new, codes))


def others(field: list[Any], codes: str) -> Iterator[Any]:
    return (part for part in field[2] if part[0] not in codes)

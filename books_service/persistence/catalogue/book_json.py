"""A book's record as JSON values and back: for messages and for the history."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from books_service.domain.catalogue.record import BookRecord, TitlePage
from books_service.domain.exchange.came_before import FORMER_NAMES


def as_json(record: BookRecord) -> dict[str, Any]:
    """Return every field under its name."""
    plain = asdict(record)
    return plain | {
        "authors": list(record.authors),
        "contributors": list(plain["contributors"]),
        "isbns": list(map(str, record.isbns)),
        "identifiers": list(plain["identifiers"]),
        "variant_titles": list(record.variant_titles),
        "own_script": list(plain["own_script"]),
        "languages": list(map(str, record.languages)),
        "series": list(plain["series"]),
        "subjects": list(record.subjects),
        "classification": list(plain["classification"]),
        "notes": list(record.notes),
        "links": list(plain["links"]),
        "tags": list(record.tags),
        "attributes": list(plain["attributes"]),
        "heading_uris": list(plain["heading_uris"]),
    }


def from_json(values: Mapping[str, Any]) -> BookRecord:
    """Return the record that `as_json` wrote, be it in the time when a book had one ISBN and the others as identifiers.

    Raises InvalidValue where that is no longer valid.
    """
    several = {
        name: [*([values[former]] if values[former] else []), *values.get(name, [])[1:]]
        for name, former in FORMER_NAMES.items()
        if former in values
    }
    values = {**values, **several}
    numbers = values.get("identifiers", [])
    if beside := [each["value"] for each in numbers if each["scheme"] == "isbn"]:
        values["isbns"] = [*values.get("isbns", []), *beside]
        values["identifiers"] = [each for each in numbers if each["scheme"] != "isbn"]
    fields = {name: _read(values[name]) for name in BookRecord.__dataclass_fields__ if name in values}
    return BookRecord.of(**cast("TitlePage", fields))


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(tuple(each.values()) if isinstance(each, dict) else each for each in value)
    return value

"""A book's record as JSON values and back: for messages and for the history."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from books_service.domain.catalogue.record import BookRecord, TitlePage


def as_json(record: BookRecord) -> dict[str, Any]:
    """Return every field under its name."""
    plain = asdict(record)
    return plain | {
        "authors": list(record.authors),
        "contributors": list(plain["contributors"]),
        "isbn": None if record.isbn is None else str(record.isbn),
        "identifiers": list(plain["identifiers"]),
        "language": None if record.language is None else str(record.language),
        "series": list(plain["series"]),
        "subjects": list(record.subjects),
        "classification": list(plain["classification"]),
        "notes": list(record.notes),
        "links": list(plain["links"]),
    }


def from_json(values: Mapping[str, Any]) -> BookRecord:
    """Return the record that `as_json` wrote. Raises InvalidValue where that is no longer valid."""
    fields = {name: _read(values[name]) for name in BookRecord.__dataclass_fields__ if name in values}
    return BookRecord.of(**cast("TitlePage", fields))


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(tuple(each.values()) if isinstance(each, dict) else each for each in value)
    return value

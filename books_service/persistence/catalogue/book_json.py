"""A book's record as JSON values: for messages and for the history."""

from dataclasses import asdict
from typing import Any

from books_service.domain.catalogue.record import BookRecord


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

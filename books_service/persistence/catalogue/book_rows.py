"""A book's record as the columns of its row, some of which a release that knew one ISBN and one language reads, too.

The main ISBN and the first language have columns of their own; the other ISBNs stand among the identifiers. So a row
says the same to both releases, whichever of them wrote it.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn
from books_service.domain.catalogue.record import BookRecord

_ISBN = "isbn"
_COLUMNS: Mapping[str, tuple[str, ...]] = {"isbns": ("isbn",), "languages": ("language", "further_languages")}
"""The columns of fields that have other columns than one of their own name."""
RECORD_COLUMNS = tuple(column for field in fields(BookRecord) for column in _COLUMNS.get(field.name, (field.name,)))


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """An identifier, or an ISBN beside the main one."""

    scheme: str
    value: str
    source: str | None = None


def record_of(*values: Any) -> BookRecord:
    """Return the record that a row has in its `RECORD_COLUMNS`."""
    row = dict(zip(RECORD_COLUMNS, values, strict=True))
    row["isbns"] = tuple(map(Isbn, isbns_of(row.pop("isbn"), row["identifiers"])))
    row["identifiers"] = identifiers_of(row["identifiers"])
    row["languages"] = languages_of(row.pop("language"), row.pop("further_languages"))
    return BookRecord(**row)


def values_of(record: BookRecord) -> tuple[Any, ...]:
    """Return what a row has in its `RECORD_COLUMNS`."""
    row = {field.name: getattr(record, field.name) for field in fields(record)}
    isbns, (language, *further) = row.pop("isbns"), row.pop("languages") or (None,)
    numbers = (StoredNumber(one.scheme, one.value, one.source) for one in record.identifiers)
    row["isbn"] = record.main_isbn
    row["identifiers"] = (*numbers, *(StoredNumber(_ISBN, isbn.digits) for isbn in isbns[1:]))
    row |= {"language": language, "further_languages": tuple(further)}
    return tuple(row[name] for name in RECORD_COLUMNS)


def isbns_of(main: Isbn | str | None, numbers: Iterable[StoredNumber]) -> tuple[str, ...]:
    """Return the digits of every ISBN in a row, the main one first."""
    beside = (_isbn(number) for number in numbers if number.scheme == _ISBN)
    return tuple(dict.fromkeys(isbn for isbn in (None if main is None else str(main), *beside) if isbn is not None))


def identifiers_of(numbers: Iterable[StoredNumber]) -> tuple[Identifier, ...]:
    """Return the numbers in a row that are no ISBNs; an invalid one is kept under its name."""
    return tuple(
        Identifier(Scheme(one.scheme), one.value, one.source)
        if one.scheme != _ISBN
        else Identifier(Scheme.OTHER, one.value, _ISBN)
        for one in numbers
        if one.scheme != _ISBN or _isbn(one) is None
    )


def languages_of(first: Any, further: Iterable[Any]) -> tuple[Any, ...]:
    """Return the languages in a row, each once."""
    return () if first is None else tuple(dict.fromkeys((first, *further)))


def _isbn(number: StoredNumber) -> str | None:
    with suppress(InvalidIsbn):
        return Isbn.parse(number.value).digits
    return None

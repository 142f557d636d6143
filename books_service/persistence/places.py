"""The columns of where a copy belongs always, and for a while; what counts now has columns without a word before."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Column, String, Table
from sqlalchemy.orm import composite

from books_service.domain.stock.branch import LONGEST_CODE
from books_service.domain.stock.copy_refusals import LONGEST_ITEM_TYPE
from books_service.domain.stock.place import Place, TemporaryPlace
from shared.persistence.types import UtcDateTime

_PLACE = {"branch": LONGEST_CODE, "location": LONGEST_CODE, "item_type": LONGEST_ITEM_TYPE}
_MOMENTS = ("temporary_until", "temporary_since")


def place_columns() -> list[Column[Any]]:
    """Return new columns, all of which may be null."""
    words = [
        Column(f"{word}_{name}", String(most)) for word in ("permanent", "temporary") for name, most in _PLACE.items()
    ]
    return [*words, *(Column(name, UtcDateTime) for name in _MOMENTS)]


def place_properties(copies: Table) -> dict[str, Any]:
    """Return the properties `permanent` and `temporary` of a copy; None where all of their columns are null."""
    properties: dict[str, Any] = {}
    for word, kind in (("permanent", Place), ("temporary", TemporaryPlace)):
        columns = {f"_{word}_{each.name}": copies.c[f"{word}_{each.name}"] for each in fields(kind)}
        properties |= {word: composite(kind, *columns.values(), return_none_on=all_none), **columns}
    return properties


def all_none(*values: object) -> bool:
    """Return whether there is nothing in any of these columns."""
    return all(value is None for value in values)

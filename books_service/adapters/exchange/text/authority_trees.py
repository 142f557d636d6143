"""Authorities as JSON, YAML and CSV hold them."""

from typing import Any

from books_service.adapters.exchange.text.names import escaped, names_in
from books_service.application.exchange.ports import IncomingRecord, ReadingOptions
from books_service.application.exchange.reading_options import DEFAULT_SPLIT
from books_service.domain.authorities.authority import AUTHORITY_FIELDS, AuthorityRecord
from books_service.domain.catalogue.record import RawField
from shared.kernel.errors import InvalidValue

_LISTS = ("see_from", "uris")


class InvalidAuthorityShape(InvalidValue):
    code = "invalid-shape"

    def __init__(self, field: str) -> None:
        kind = "a list of texts" if field in _LISTS else "one text"
        super().__init__(
            f"The field {field} holds another kind of value than an authority has there: {kind}.", field=field
        )


def authority_of(number: int, tree: dict[str, Any], options: ReadingOptions) -> IncomingRecord:
    """Return what a tree says of an authority; what has the wrong shape is left out. A text may list several forms."""
    names = {field: options.columns.get(field, field) for field in AUTHORITY_FIELDS}
    raw: dict[str, RawField] = {}
    wrong: list[InvalidValue] = []
    for field, name in names.items():
        value = tree.get(name)
        if field in _LISTS and isinstance(value, str):
            value = list(names_in(value, DEFAULT_SPLIT))
        if field in _LISTS and isinstance(value, list) and all(isinstance(one, str) for one in value):
            raw[field] = tuple(one.strip() for one in value)
        elif field not in _LISTS and isinstance(value, str):
            raw[field] = value.strip()
        elif value is not None:
            wrong.append(InvalidAuthorityShape(field))
    left_out = tuple(
        str(name) for name, value in tree.items() if name not in names.values() and value not in (None, "")
    )
    return IncomingRecord(number, raw, wrong=tuple(wrong), left_out=left_out)


def authority_tree(authority: AuthorityRecord) -> dict[str, Any]:
    """Return an authority as a tree, without empty fields."""
    lists = {field: list(getattr(authority, field)) for field in _LISTS if getattr(authority, field)}
    return {"kind": authority.kind.value, "heading": authority.heading, **lists}


def authority_cells(authority: AuthorityRecord) -> list[str]:
    """Return the cells of a row."""
    lists = ("; ".join(escaped(one, DEFAULT_SPLIT) for one in getattr(authority, field)) for field in _LISTS)
    return [authority.kind.value, authority.heading, *lists]

"""Records of nested values, as JSON and YAML hold them, and what they say of a book."""

from collections.abc import Iterator, Mapping
from typing import Any

from books_service.adapters.exchange.file_text import RecordUnreadable, names_in
from books_service.application.exchange.start_import import DEFAULT_SPLIT, FIELDS
from books_service.application.ports import FileRecord, ReadingOptions
from books_service.domain.catalogue.contributor import Role
from books_service.domain.catalogue.identifier import Scheme
from books_service.domain.catalogue.record import BookRecord, RawField
from shared.kernel.errors import InvalidValue

NAMES = ("authors", "subjects")
PARTS: Mapping[str, tuple[str, ...]] = {
    "contributors": ("name", "role"),
    "identifiers": ("scheme", "value", "source"),
    "series": ("title", "number"),
}
"""The fields that hold values of several parts, and their parts in order."""
USUAL = {"role": Role.CONTRIBUTOR.value, "scheme": Scheme.OTHER.value, "name": "", "value": "", "title": ""}
"""What a part is that is not said; what has to be said is empty then, which the catalogue refuses."""


class InvalidShape(InvalidValue):
    code = "invalid-shape"

    def __init__(self, field: str) -> None:
        kind = f"a list of {', '.join(PARTS[field])}" if field in PARTS else "a list" if field in NAMES else "one text"
        super().__init__(f"The field {field} holds another kind of value than a book has there: {kind}.", field=field)


def record_of(number: int, tree: Any, options: ReadingOptions) -> FileRecord:
    """Return what a tree of dicts, lists, texts and None says of a book; what has the wrong shape is left out."""
    if not isinstance(tree, dict):
        return FileRecord(number, {}, RecordUnreadable("This record is no object with named fields."))
    raw_fields: dict[str, RawField] = {}
    wrong: list[InvalidValue] = []
    for field in FIELDS:
        value = tree.get(options.columns.get(field, field))
        try:
            if value is not None and (clean := _raw_field(field, value, options)):
                raw_fields[field] = clean
        except InvalidValue as error:
            wrong.append(error)
    return FileRecord(number, raw_fields, wrong=tuple(wrong))


def tree_of(record: BookRecord) -> dict[str, Any]:
    """Return the tree that says all of `record`, without what it does not say."""
    tree: dict[str, Any] = {}
    for field in FIELDS:
        value = getattr(record, field)
        if field in PARTS:
            value = [_bare({part: _plain(getattr(one, part)) for part in PARTS[field]}) for one in value]
        elif field in NAMES:
            value = list(value)
        tree[field] = value if isinstance(value, int) else _plain(value)
    return _bare(tree)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, list) else str(value)


def _bare(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tree.items() if value not in (None, [])}


def _raw_field(field: str, value: Any, options: ReadingOptions) -> RawField:
    if field in NAMES:
        if isinstance(value, str):
            return names_in(value, options.split_authors if field == "authors" else DEFAULT_SPLIT)
        return tuple(_text(field, one.get("name") if isinstance(one, dict) else one) for one in _listed(field, value))
    if field in PARTS:
        return tuple(_parts(field, one) for one in _listed(field, value))
    return _text(field, value)


def _listed(field: str, value: Any) -> Iterator[Any]:
    if not isinstance(value, list):
        raise InvalidShape(field)
    return (one for one in value if one is not None)


def _parts(field: str, value: Any) -> tuple[str | None, ...]:
    if isinstance(value, str):  # the part that matters, by itself
        value = {"value" if field == "identifiers" else PARTS[field][0]: value}
    if not isinstance(value, dict):
        raise InvalidShape(field)
    raw_fields = {part: value.get(part) for part in PARTS[field]}
    found = {part: USUAL.get(part) if one is None else _text(field, one) for part, one in raw_fields.items()}
    return tuple(found.values())


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidShape(field)
    return value.strip()

"""Records of nested values, as JSON and YAML hold them, and what they say of a book."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from books_service.adapters.exchange.text.authority_trees import authority_of
from books_service.adapters.exchange.text.names import names_in
from books_service.application.exchange.ports import ExportedBook, IncomingRecord, RawCopy, ReadingOptions
from books_service.application.exchange.reading_options import (
    AUTHORITIES,
    BOOK_NAMES,
    COPIES,
    DEFAULT_SPLIT,
    FIELDS,
    SINGULARS,
)
from books_service.domain.catalogue.contributor import ContributorRole
from books_service.domain.catalogue.identifier import Scheme
from books_service.domain.catalogue.own_script import OwnScriptField
from books_service.domain.catalogue.record import BookRecord, RawField
from books_service.domain.stock.copy_record import COPY_FIELDS, CopyRecord, price_text
from books_service.domain.stock.money import Money
from books_service.domain.tags import tags_text
from shared.kernel.errors import InvalidValue
from shared.record_files.texts import RecordUnreadable

NAMES = ("authors", "isbns", "variant_titles", "languages", "subjects", "notes", "tags")
PARTS: Mapping[str, tuple[str, ...]] = {
    "contributors": ("name", "role"),
    "identifiers": ("scheme", "value", "source"),
    "own_script": ("field", "text"),
    "series": ("title", "number"),
    "classification": ("value", "scheme"),
    "links": ("url", "label"),
    "attributes": ("name", "value"),
    "heading_uris": ("heading", "uri"),
}
"""The fields that hold values of several parts, and their parts in order."""
SECOND_MATTERS = ("identifiers", "own_script")
"""The fields of which the second part is the value itself, which may stand alone."""
_LISTS = ("copies",)
_OF_PARTS = ("price", "tags", "attributes")
_DEFAULTS = {"role": ContributorRole.CONTRIBUTOR.value, "field": OwnScriptField.TITLE.value} | dict.fromkeys(
    ("name", "value", "title", "url", "text", "heading", "uri"), ""
)
"""The defaults of parts; a required one is empty, which the catalogue refuses."""


def default_of(field: str, part: str) -> str | None:
    """Return the default of a part of a value."""
    return Scheme.OTHER.value if (field, part) == ("identifiers", "scheme") else _DEFAULTS.get(part)


class InvalidShape(InvalidValue):
    code = "invalid-shape"

    def __init__(self, field: str) -> None:
        names = ", ".join(COPY_FIELDS if field == "copies" else PARTS.get(field, ()))
        kind = f"a list of {names}" if names else "a list" if field in NAMES else "one text"
        super().__init__(f"The field {field} holds another kind of value than a book has there: {kind}.", field=field)


def record_of(number: int, tree: Any, options: ReadingOptions) -> IncomingRecord:
    """Return what a tree of dicts, lists, texts and None says of a book; what has the wrong shape is left out."""
    if not isinstance(tree, dict):
        return IncomingRecord(number, {}, RecordUnreadable("This record is no object with named fields."))
    if options.what == AUTHORITIES:
        return authority_of(number, tree, options)
    if options.what == COPIES:
        return _copy_alone(number, tree, options)
    raw_fields: dict[str, RawField] = {}
    wrong: list[InvalidValue] = []
    names = {field: options.columns.get(field, field) for field in FIELDS}
    names |= {field: name for field, name in SINGULARS.items() if field not in tree and field not in options.columns}
    for field, name in names.items():
        value = tree.get(name)
        try:
            if value is not None and (clean := _raw_field(field, value, options)):
                raw_fields[field] = clean
        except InvalidValue as error:
            wrong.append(error)
    copies, left_out = _copies(tree.get("copies"), wrong)
    known = {*names.values(), *_LISTS}
    left_out += [str(name) for name, value in tree.items() if name not in known and value not in (None, "", [])]
    return IncomingRecord(number, raw_fields, wrong=tuple(wrong), copies=tuple(copies), left_out=tuple(left_out))


def _copies(listed: Any, wrong: list[InvalidValue]) -> tuple[list[RawCopy], list[str]]:
    """Return the copies that are listed inside of a book, and the names of their unknown fields."""
    if listed is None:
        return [], []
    if not isinstance(listed, list):
        wrong.append(InvalidShape("copies"))
        return [], []
    copies, left_out = list[RawCopy](), list[str]()
    for each in listed:
        if isinstance(each, dict):
            copies.append(raw_copy(each, wrong))
            left_out += [f"copies.{name}" for name in each if name not in COPY_FIELDS]
        elif each is not None:
            wrong.append(InvalidShape("copies"))
    return copies, left_out


def _copy_alone(number: int, tree: dict[str, Any], options: ReadingOptions) -> IncomingRecord:
    names = {field: options.columns.get(field, field) for field in (*COPY_FIELDS, *BOOK_NAMES)}
    wrong: list[InvalidValue] = []
    copy = raw_copy({field: tree.get(name) for field, name in names.items() if field in COPY_FIELDS}, wrong)
    references = {field: tree.get(names[field]) for field in BOOK_NAMES}
    books = names_of_book({field: value.strip() for field, value in references.items() if isinstance(value, str)})
    left_out = tuple(str(name) for name, value in tree.items() if name not in names.values() and value is not None)
    return IncomingRecord(number, {}, wrong=tuple(wrong), copies=(copy,), left_out=left_out, is_copy=True, books=books)


def raw_copy(tree: dict[str, Any], wrong: list[InvalidValue]) -> RawCopy:
    """Return what a tree says of a copy, as text; what has the wrong shape is left out."""
    copy: dict[str, str] = {}
    for field in COPY_FIELDS:
        value = tree.get(field)
        if field == "price" and isinstance(value, dict):
            value = _price(value) or value
        if field == "suppressed" and isinstance(value, bool):
            value = str(value)
        if field == "tags" and isinstance(value, list) and all(isinstance(tag, str) for tag in value):
            value = tags_text(value)
        if field == "attributes" and isinstance(value, list):
            value = _attributes(value) or value
        if isinstance(value, str) and value.strip():
            copy[field] = value.strip()
        elif value is not None and not isinstance(value, str):
            wrong.append(InvalidShape("copies"))
    return copy


def _attributes(listed: list[Any]) -> str | None:
    if not all(isinstance(each, dict) and each.keys() == {"name", "value"} for each in listed):
        return None
    return json.dumps([[each["name"], each["value"]] for each in listed], ensure_ascii=False, default=str)


def _price(tree: dict[str, Any]) -> str | None:
    amount, currency = tree.get("amount"), tree.get("currency")
    if not isinstance(amount, str) or not isinstance(currency, str) or not amount.isdecimal():
        return None
    try:
        return price_text(Money(int(amount), currency))
    except InvalidValue:
        return None


def names_of_book(references: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names that a copy alone has for its book: `id:`, `isbn:` and `external:`, the surest first."""
    kinds = (("book_id", "id"), ("isbn", "isbn"), ("book", "external"))
    return tuple(f"{kind}:{references[field]}" for field, kind in kinds if references.get(field))


def tree_of(record: BookRecord) -> dict[str, Any]:
    """Return `record` as a tree, without empty fields."""
    tree: dict[str, Any] = {}
    for field in FIELDS:
        value = getattr(record, field)
        if field in PARTS:
            value = [_bare({part: _plain(getattr(one, part)) for part in PARTS[field]}) for one in value]
        elif field in NAMES:
            value = list(map(str, value))
        tree[field] = value if isinstance(value, int) else _plain(value)
    return _bare(tree)


def book_tree(book: ExportedBook) -> dict[str, Any]:
    """Return a book with its copies as a tree."""
    tree = tree_of(book.record)
    return {**tree, "copies": [copy_tree(copy) for copy in book.copies]} if book.copies else tree


def copy_tree(copy: CopyRecord) -> dict[str, Any]:
    """Return a copy as a tree, without empty fields."""
    tree: dict[str, Any] = {field: _plain(getattr(copy, field)) for field in COPY_FIELDS if field not in _OF_PARTS}
    if copy.price is not None:
        tree["price"] = {"amount": copy.price.amount, "currency": copy.price.currency}
    attributes = [{"name": each.name, "value": each.value} for each in copy.attributes or ()]
    return _bare({**tree, "tags": list(copy.tags or ()), "attributes": attributes})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, list) else str(value)


def _bare(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tree.items() if value not in (None, [])}


def _raw_field(field: str, value: Any, options: ReadingOptions) -> RawField:
    if field in NAMES:
        if isinstance(value, str):
            if field in ("notes", "variant_titles"):
                return (value,)
            return names_in(value, options.split_authors if field == "authors" else DEFAULT_SPLIT)
        return tuple(_text(field, one.get("name") if isinstance(one, dict) else one) for one in _listed(field, value))
    if field in PARTS:
        return tuple(_parts(field, one) for one in _listed(field, value))
    return _text(field, str(value) if field == "suppressed" and isinstance(value, bool) else value)


def _listed(field: str, value: Any) -> Iterator[Any]:
    if not isinstance(value, list):
        raise InvalidShape(field)
    return (one for one in value if one is not None)


def _parts(field: str, value: Any) -> tuple[str | None, ...]:
    if isinstance(value, str):  # the part that matters, by itself
        value = {PARTS[field][1 if field in SECOND_MATTERS else 0]: value}
    if not isinstance(value, dict):
        raise InvalidShape(field)
    raw_fields = {part: value.get(part) for part in PARTS[field]}
    found = {part: default_of(field, part) if one is None else _text(field, one) for part, one in raw_fields.items()}
    return tuple(found.values())


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidShape(field)
    return value.strip()

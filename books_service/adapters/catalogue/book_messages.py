"""What the catalogue tells the world: domain events as published messages. This is the wire contract; mind it."""

from collections.abc import Mapping
from typing import Any

from books_service.adapters.catalogue.book_json import as_json
from books_service.domain.catalogue.book import Book, BookAdded, BookEvent, BookRemoved, BookRevised
from books_service.domain.catalogue.contributor import Role
from books_service.domain.catalogue.identifier import Scheme
from books_service.domain.stock.copy import Copy, CopyAdded, CopyEvent, CopyRevised, CopyStatusChanged
from books_service.domain.stock.copy_status import CopyStatus
from shared.persistence.outbox import Message

BOOK_ADDED = "books.book.added"
BOOK_REVISED = "books.book.revised"
BOOK_REMOVED = "books.book.removed"
COPY_ADDED = "books.copy.added"
COPY_REVISED = "books.copy.revised"
COPY_STATUS_CHANGED = "books.copy.status_changed"


def message(event: BookEvent | CopyEvent) -> Message:
    """Return the message that tells of `event`; its subject is the book or the copy itself."""
    match event:
        case BookAdded(book=book, at=at):
            return Message(BOOK_ADDED, str(book.id), at, _book(book))
        case BookRevised(book=book, at=at):
            return Message(BOOK_REVISED, str(book.id), at, _book(book))
        case BookRemoved(book=book, at=at):
            return Message(BOOK_REMOVED, str(book.id), at, _book(book))
        case CopyAdded(copy=copy, at=at):
            return Message(COPY_ADDED, str(copy.id), at, _copy(copy))
        case CopyRevised(copy=copy, at=at):
            return Message(COPY_REVISED, str(copy.id), at, _copy(copy))
        case CopyStatusChanged(copy=copy, before=before, at=at):
            return Message(COPY_STATUS_CHANGED, str(copy.id), at, {**_copy(copy), "previous_status": str(before)})


def _book(book: Book) -> dict[str, Any]:
    told = as_json(book.record)
    del told["description"]  # as long as a page; who wants it asks for it
    return {"book_id": str(book.id)} | told


def _copy(copy: Copy) -> dict[str, Any]:
    return {
        "copy_id": str(copy.id),
        "book_id": str(copy.book_id),
        "barcode": str(copy.barcode),
        "branch": copy.branch,
        "item_type": copy.item_type,
        "status": str(copy.status),
    }


def _schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": True,
    }


_ID = {"type": "string", "format": "uuid"}
_TEXT = {"type": "string", "minLength": 1}
_STATUS = {"enum": [str(status) for status in CopyStatus]}
_TEXT_OR_NULL = {"type": ["string", "null"], "minLength": 1}


def _list(**parts: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "required": list(parts), "properties": parts}}


_BOOK = {
    "book_id": _ID,
    "title": _TEXT,
    "subtitle": _TEXT_OR_NULL,
    "authors": {"type": "array", "items": _TEXT},
    "contributors": _list(name=_TEXT, role={"enum": [str(role) for role in Role]}),
    "isbn": {"type": ["string", "null"], "pattern": "^97[89][0-9]{10}$"},
    "identifiers": _list(scheme={"enum": [str(scheme) for scheme in Scheme]}, value=_TEXT, source=_TEXT_OR_NULL),
    "publisher": _TEXT_OR_NULL,
    "published_year": {"type": ["integer", "null"], "description": "Negative before our era."},
    "edition": _TEXT_OR_NULL,
    "language": {"type": ["string", "null"], "pattern": "^[a-z]{2,3}$", "description": "ISO 639."},
    "series": _list(title=_TEXT, number=_TEXT_OR_NULL),
    "subjects": {"type": "array", "items": _TEXT},
}
_COPY = {"copy_id": _ID, "book_id": _ID, "barcode": _TEXT, "branch": _TEXT, "item_type": _TEXT, "status": _STATUS}

SCHEMAS: dict[str, dict[str, Any]] = {
    BOOK_ADDED: _schema(_BOOK),
    BOOK_REVISED: _schema(_BOOK),
    BOOK_REMOVED: _schema(_BOOK),
    COPY_ADDED: _schema(_COPY),
    COPY_REVISED: _schema(_COPY),
    COPY_STATUS_CHANGED: _schema({**_COPY, "previous_status": _STATUS}),
}

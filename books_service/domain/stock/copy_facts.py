"""What can be said of a copy, and how it is written."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypedDict, cast
from uuid import UUID

from books_service.domain.attributes import Attribute, attributes_of
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy_refusals import LONGEST_ITEM_TYPE, InvalidItemType
from books_service.domain.stock.money import Money
from books_service.domain.stock.place import TemporaryPlace
from books_service.domain.tags import tags_of
from books_service.domain.text import line

DEFAULT_ITEM_TYPE = "book"
LONGEST_NOTE = 200
LONGEST_VOLUME = 100
LONGEST_EXTERNAL_ID = 100
LONGEST_REASON = 500
_ITEM_TYPE = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_ITEM_TYPE - 1}}}")


class CopyFacts(TypedDict, total=False):
    """What can be revised of a copy. Book, branch and location exist; the location is one of the branch.

    `bound_with` are further books that are bound in it, besides the one under which it is catalogued.
    """

    book_id: UUID
    bound_with: tuple[UUID, ...]
    barcode: Barcode
    branch: str
    location: str | None
    item_type: str
    shelf_mark: str | None
    volume: str | None
    condition: str | None
    note: str | None
    staff_note: str | None
    keep_reason: str | None
    price: Money | None
    external_id: str | None
    suppressed: bool
    tags: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    temporary: TemporaryPlace | None


def external_copy_key(external_id: str | None) -> str | None:
    """Return the key by which a copy with this `external_id` is found."""
    return None if external_id is None else external_id.lower()


def item_type(word: str) -> str:
    """Return the word as it is. Raises InvalidItemType."""
    if not _ITEM_TYPE.fullmatch(word):
        raise InvalidItemType
    return word


_OPTIONAL = (
    "location",
    "shelf_mark",
    "volume",
    "condition",
    "note",
    "staff_note",
    "keep_reason",
    "price",
    "external_id",
)
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(_OPTIONAL),
    "item_type": DEFAULT_ITEM_TYPE,
    "bound_with": (),
    "suppressed": False,
    "tags": (),
    "attributes": (),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "item_type": item_type,
    "shelf_mark": partial(line, field="shelf_mark", limit=LONGEST_NOTE),
    "volume": partial(line, field="volume", limit=LONGEST_VOLUME),
    "condition": partial(line, field="condition", limit=LONGEST_NOTE),
    "note": partial(line, field="note", limit=LONGEST_NOTE),
    "staff_note": partial(line, field="staff_note", limit=LONGEST_NOTE),
    "keep_reason": partial(line, field="keep_reason", limit=LONGEST_NOTE),
    "external_id": partial(line, field="external_id", limit=LONGEST_EXTERNAL_ID),
    "tags": tags_of,
    "attributes": attributes_of,
}


def cleaned(fields: CopyFacts) -> CopyFacts:
    """Return the same facts, tidied. Raises InvalidItemType, InvalidText, TooManyTags or InvalidAttribute."""
    clean = {
        name: value if value is None or name not in _READERS else _READERS[name](value)
        for name, value in fields.items()
    }
    return cast("CopyFacts", clean)

"""Shelf marks in the order in which they stand on the shelf, whatever scheme they follow."""

from books_service.domain.notation import notation_parts, plain_notation
from shared.kernel.errors import InvalidValue

LONGEST_SHELF_KEY = 600
NO_SHELF_MARK = "\U0010ffff"  # files a book without one behind all others


class InvalidShelfMarkRange(InvalidValue):
    """Nothing stands between these shelf marks."""

    code = "invalid-shelf-mark-range"
    detail = "The range of shelf marks ends before it begins. Exchange the two, or correct them."
    field = "shelf_mark_to"


def shelf_mark_key(shelf_mark: str | None) -> str:
    """Return what shelf marks are filed by, compared by code points: the parts of the notation; none comes first."""
    text = shelf_mark or ""
    return (" ".join(notation_parts(text)) or plain_notation(text))[:LONGEST_SHELF_KEY]


def expect_shelf_mark_range(first: str | None, last: str | None) -> None:
    """Raise InvalidShelfMarkRange if both are given, and the first stands behind the last."""
    if first is not None and last is not None and shelf_mark_key(first) > shelf_mark_key(last):
        raise InvalidShelfMarkRange

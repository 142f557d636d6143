"""What was said of a book before: its history, walked back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.kernel.errors import Conflict, NotFound


class BookNotRemoved(Conflict):
    """There is nothing to bring back."""

    code = "book-not-removed"
    detail = "This book is in the catalogue. To undo changes, name by `place` the entry of its history to go back to."


class HistoryEntryNotFound(NotFound):
    """The history has no such entry, or after it the book was not in the catalogue."""

    code = "history-entry-not-found"
    detail = "After no entry of this place was the book in the catalogue. Choose one of `/history`, but for a removal."


@dataclass(frozen=True, slots=True)
class PastEntry:
    """An entry of a book's history: what stood in the fields that it changed, as JSON values."""

    place: int
    at: datetime
    before: Mapping[str, Any]


def fields_after(place: int | None, entries: Sequence[PastEntry], now: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was said of a book just after the entry of this place; None: before the last entry of all.

    `entries` are all of its history, newest first; `now` is what is said at present, nothing of a book that is gone.
    Raises HistoryEntryNotFound.
    """
    fields = dict(now)
    for number, entry in enumerate(entries):
        if entry.place == place or (place is None and number == 1):
            break
        fields |= entry.before
    else:
        if place is not None:
            raise HistoryEntryNotFound
    if fields.get("title") is None:
        raise HistoryEntryNotFound
    return fields

"""The list of erased members outside the database: lines of JSON, as the command `erased` and the log write them."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

_ERASED = "erased"


class UnreadableLine(Exception):
    """A line of the list that is neither an id, nor JSON."""


def line_of(member_id: UUID, erased_at: datetime) -> str:
    """Return what the list says of one erasure."""
    return json.dumps({"member_id": str(member_id), "erased_at": erased_at.isoformat().replace("+00:00", "Z")})


def ids_in(lines: Iterable[str]) -> Iterator[UUID]:
    """Return each id once: of lines of ours, of bare ids, and of log lines of an erasure.

    Other lines of JSON are passed over. Raises UnreadableLine.
    """
    seen: set[UUID] = set()
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        try:
            found = _id_in(text) if text else None
        except ValueError as error:
            raise UnreadableLine(f"line {number} is neither an id nor a line of JSON with one") from error
        if found is not None and found not in seen:
            seen.add(found)
            yield found


def _id_in(text: str) -> UUID | None:
    if not text.startswith("{"):
        return UUID(text)
    try:
        entry: dict[str, Any] = json.loads(text)
    except RecursionError as error:
        raise ValueError from error
    if "erased_at" in entry:
        return UUID(str(entry.get("member_id")))
    return UUID(str(entry.get("labels.member_id"))) if entry.get("event.action") == _ERASED else None

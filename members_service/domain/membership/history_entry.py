"""The history of a membership: what happened, when, who did it and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class MembershipEventType(StrEnum):
    """Everything that can happen to a membership."""

    JOINED = "joined"
    CHANGED = "changed"
    RENEWED = "renewed"
    CARD_REPLACED = "card-replaced"
    CARD_ADDED = "card-added"
    CARD_STOPPED = "card-stopped"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    BLOCKED = "blocked"
    BLOCK_LIFTED = "block-lifted"
    LEAVING = "leaving"
    STAYED = "stayed"
    PIN_CHANGED = "pin-changed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry. `by` is the account or client that did it, None for the library itself; `reason` is what staff wrote.

    `facts` are dates and words such as the names of changed fields, never what they hold.
    """

    what: MembershipEventType
    at: datetime
    by: str | None
    reason: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def facts_of_end(day: date | None) -> dict[str, str]:
    """Return the facts of an entry about the last day of something; none for an open end."""
    return {} if day is None else {"until": day.isoformat()}

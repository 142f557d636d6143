"""What is on record of a membership beside what it is today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class HappeningView:
    """One entry of a member's history. `by` is the account or client that did it, None for the library itself."""

    happening_id: UUID
    member_id: UUID
    what: str
    at: datetime
    by: str | None
    reason: str | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LeavingView:
    """A member who is to be erased as soon as nothing is open."""

    member_id: UUID
    leaving_since: datetime


@dataclass(frozen=True, slots=True)
class CardView:
    """A card that somebody was given; one that was replaced works no longer."""

    card_number: str
    issued_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """One sign-in with one client, and when it ended or would end by itself."""

    session_id: str
    client_id: str
    started_at: datetime
    refreshed_at: datetime
    ends_at: datetime
    ended_at: datetime | None

"""What is on record of a membership beside what it is today."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

STAFF = "staff"
"""Stands, where members read, for whoever acted for the library: which account that was is not theirs to know."""

_REASON_IS_TOLD = frozenset({"suspended", "blocked"})


def or_staff(by: str | None, *, account: str) -> str | None:
    """Return who did something as the owner of `account` is told."""
    return by if by in (None, account) else STAFF


@dataclass(frozen=True, slots=True)
class HistoryEntryView:
    """One entry of a member's history. `by` is the account or client that did it, None for the library itself."""

    happening_id: UUID
    member_id: UUID
    what: str
    at: datetime
    by: str | None
    reason: str | None
    facts: Mapping[str, str]

    def told_to_the_member(self, *, account: str) -> "HistoryEntryView":
        """Return it without what staff write for one another, and without their names; `account` is the member's own.

        Why somebody was suspended or blocked is told: it is written for the member to read.
        """
        reason = self.reason if self.what in _REASON_IS_TOLD else None
        return replace(self, by=or_staff(self.by, account=account), reason=reason)


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

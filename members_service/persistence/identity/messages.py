"""What happens to accounts, as published messages. This is the wire contract; change it with care."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from members_service.domain.identity.account_events import AccountEvent, AccountGranted
from members_service.domain.identity.grants import Bounds
from shared.messaging.payloads import data_of, schema_of
from shared.persistence.outbox import Message

GRANTED = "members.account.granted"
REVOKED = "members.account.revoked"


_Branches = Annotated[tuple[str, ...] | None, Field(description="In capitals; absent: all branches.")]
_Until = Annotated[datetime | None, Field(description="Absent: for good.")]


@dataclass(frozen=True)
class BoundsPayload:
    branches: _Branches = None
    until: _Until = None


@dataclass(frozen=True)
class RevokedPayload:
    account_id: UUID
    role: str
    before: Annotated[BoundsPayload, Field(description="How far the role went.")]


@dataclass(frozen=True)
class GrantedPayload:
    account_id: UUID
    role: str
    branches: _Branches = None
    until: _Until = None
    before: Annotated[BoundsPayload | None, Field(description="How far it went; absent: the role is new.")] = None


_GRACE = UUID("01a20e28-0f3d-748b-97af-a3e33bce55d1")

SCHEMAS: dict[str, dict[str, Any]] = {
    GRANTED: schema_of(
        GrantedPayload(_GRACE, "desk", ("EAST",), datetime(2026, 9, 1, tzinfo=UTC), BoundsPayload(("MAIN",)))
    ),
    REVOKED: schema_of(RevokedPayload(_GRACE, "desk", BoundsPayload(("EAST",)))),
}


def message(event: AccountEvent) -> Message:
    """Return `event` as a message; its subject is the account."""
    if isinstance(event, AccountGranted):
        now, before = _bounds(event.bounds), None if event.before is None else _bounds(event.before)
        granted = GrantedPayload(event.account_id, event.role, now.branches, now.until, before)
        return Message(GRANTED, str(event.account_id), event.at, data_of(granted))
    revoked = RevokedPayload(event.account_id, event.role, _bounds(event.before))
    return Message(REVOKED, str(event.account_id), event.at, data_of(revoked))


def _bounds(bounds: Bounds) -> BoundsPayload:
    return BoundsPayload(None if bounds.branches is None else tuple(sorted(bounds.branches)), bounds.until)

"""What happens to accounts, as published messages. This is the wire contract; change it with care."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from members_service.domain.identity.account_events import AccountEvent, AccountGranted
from shared.messaging.payloads import data_of, schema_of
from shared.persistence.outbox import Message

GRANTED = "members.account.granted"
REVOKED = "members.account.revoked"


@dataclass(frozen=True)
class RevokedPayload:
    account_id: UUID
    role: str


@dataclass(frozen=True)
class GrantedPayload(RevokedPayload):
    branches: Annotated[tuple[str, ...] | None, Field(description="In capitals; absent: all branches.")] = None
    until: Annotated[datetime | None, Field(description="Absent: for good.")] = None


_GRACE = UUID("01a20e28-0f3d-748b-97af-a3e33bce55d1")

SCHEMAS: dict[str, dict[str, Any]] = {
    GRANTED: schema_of(GrantedPayload(_GRACE, "desk", ("EAST",), datetime(2026, 9, 1, tzinfo=UTC))),
    REVOKED: schema_of(RevokedPayload(_GRACE, "desk")),
}


def message(event: AccountEvent) -> Message:
    """Return `event` as a message; its subject is the account."""
    if isinstance(event, AccountGranted):
        payload: RevokedPayload = GrantedPayload(event.account_id, event.role, event.branches, event.until)
        return Message(GRANTED, str(event.account_id), event.at, data_of(payload))
    return Message(REVOKED, str(event.account_id), event.at, data_of(RevokedPayload(event.account_id, event.role)))

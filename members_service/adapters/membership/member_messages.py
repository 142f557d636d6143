"""What membership tells the world: domain events as published messages. This is the wire contract; change it with care.

There is no name, address or reason in any of them: whoever needs to know more of a member asks.
"""

from collections.abc import Mapping
from typing import Any

from members_service.domain.membership.member_events import (
    MemberErased,
    MemberEvent,
    MemberJoined,
    MemberLeaving,
    MemberReinstated,
    MemberRenewed,
    MemberSuspended,
)
from members_service.domain.membership.membership import Category
from shared.persistence.outbox import Message

JOINED = "members.member.joined"
RENEWED = "members.member.renewed"
SUSPENDED = "members.member.suspended"
REINSTATED = "members.member.reinstated"
LEAVING = "members.member.leaving"
ERASED = "members.member.erased"


MUST_ARRIVE = frozenset({LEAVING, REINSTATED})
"""What lending has to hear of: without a queue they wait instead of being dropped."""


def message(event: MemberEvent) -> Message:
    """Return the message that tells of `event`; its subject is the member."""
    member_id = str(event.member_id)
    match event:
        case MemberJoined(category=category, expires_on=expires_on, at=at):
            data = {"member_id": member_id, "category": str(category), "expires_on": expires_on.isoformat()}
            return Message(JOINED, member_id, at, data)
        case MemberRenewed(expires_on=expires_on, at=at):
            return Message(RENEWED, member_id, at, {"member_id": member_id, "expires_on": expires_on.isoformat()})
        case MemberSuspended(until=until, at=at):
            end = {} if until is None else {"until": until.isoformat()}
            return Message(SUSPENDED, member_id, at, {"member_id": member_id, **end})
        case MemberReinstated(at=at):
            return Message(REINSTATED, member_id, at, {"member_id": member_id})
        case MemberLeaving(leaving_id=leaving_id, at=at):
            return Message(LEAVING, member_id, at, {"member_id": member_id, "leaving_id": str(leaving_id)})
        case MemberErased(at=at):
            return Message(ERASED, member_id, at, {"member_id": member_id})


def _schema(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": True,
    }


_MEMBER = {"member_id": {"type": "string", "format": "uuid"}}
_DATE = {"type": "string", "format": "date"}

SCHEMAS: dict[str, dict[str, Any]] = {
    JOINED: _schema({**_MEMBER, "category": {"enum": [str(category) for category in Category]}, "expires_on": _DATE}),
    RENEWED: _schema({**_MEMBER, "expires_on": _DATE}),
    SUSPENDED: _schema(_MEMBER, {"until": {**_DATE, "description": "The last day; absent when the end is open."}}),
    REINSTATED: _schema(_MEMBER),
    LEAVING: _schema({**_MEMBER, "leaving_id": _MEMBER["member_id"]}),
    ERASED: _schema(_MEMBER),
}

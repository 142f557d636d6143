"""What became of messages, as published messages. This is the wire contract; change it with care."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import PUBLISHED, MessageEvent, Way
from shared.messaging.payloads import data_of, schema_of
from shared.persistence.outbox import Message

TYPES = {state: f"members.message.{state}" for state in sorted(PUBLISHED)}


@dataclass(frozen=True)
class MessagePayload:
    message_id: UUID
    member_id: UUID
    kinds: tuple[NoticeKind, ...]
    way: Way


_A_MAIL = UUID("01a20f31-52c6-7b5c-9f13-a4d2e6082c77")
_MARY = UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0")

SCHEMAS: dict[str, dict[str, Any]] = {
    type_: schema_of(MessagePayload(_A_MAIL, _MARY, (NoticeKind.HOLD_READY,), Way.MAIL)) for type_ in TYPES.values()
}


def message(event: MessageEvent) -> Message:
    """Return `event` as a message; its subject is the message that it is about."""
    about = event.message
    payload = MessagePayload(about.id, about.member_id, about.kinds, about.way)
    return Message(TYPES[event.became], str(about.id), event.at, data_of(payload))

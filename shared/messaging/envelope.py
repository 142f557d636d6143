"""The format of events: CloudEvents 1.0 in structured JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.persistence.outbox import OutboxRow

CONTENT_TYPE = "application/cloudevents+json"
SCHEMA_BASE = "urn:library:schema"
_LONGEST_NAME = 100  # as much as the tables hold
_YES = "true"  # a text, as the protocol bindings of CloudEvents want it
_MOST_DIGITS = 18  # of a sequence number, with leading zeros: 64 bits


class UnreadableMessage(Exception):
    """The message can never be parsed. A listener may raise it, too, for data that it does not understand."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A received event. `sequence` grows in the order in which things happened to one `subject` of one `source`.

    `imported`: the fact came with an import. It is true now, but no member is notified of it.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int
    data: Mapping[str, Any]
    correlation_id: str | None = None
    traceparent: str | None = None
    imported: bool = False


def cloud_event(row: OutboxRow, *, source: str, schema_base: str = SCHEMA_BASE) -> dict[str, Any]:
    """Return the event of an outbox row as a CloudEvent; `source` is the service's path, such as `/things`."""
    message = row.message
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(row.event_id),
        "source": source,
        "type": message.type,
        "subject": message.subject,
        "time": message.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"{schema_base}:{message.type}",
        "sequence": f"{row.sequence:0{_MOST_DIGITS}d}",  # so that the order of texts is that of numbers
        "data": dict(message.data),
    }
    if row.correlation_id is not None:
        event["correlationid"] = row.correlation_id
    if row.traceparent is not None:
        event["traceparent"] = row.traceparent
    if row.imported:
        event["imported"] = _YES
    return event


def encode(event: Mapping[str, Any]) -> bytes:
    """Return the event as the bytes of a message. Everything that the outbox can store can be encoded."""
    return json.dumps(event, separators=(",", ":")).encode()


def parse(body: bytes) -> Incoming:
    """Parse a message, ignoring unknown attributes. Raises Unreadable when it is no event of ours."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableMessage("the body is not JSON") from error
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise UnreadableMessage("the body is not a CloudEvent 1.0")
    data = event.get("data")
    if not isinstance(data, dict):
        raise UnreadableMessage("data is not an object")
    return Incoming(
        id=_name(event, "id"),
        source=_name(event, "source"),
        type=_name(event, "type"),
        subject=_name(event, "subject"),
        time=_moment(_name(event, "time")),
        sequence=_number(_name(event, "sequence")),
        data=data,
        correlation_id=_optional(event, "correlationid"),
        traceparent=_optional(event, "traceparent"),
        imported=_optional(event, "imported") == _YES,
    )


def _name(event: Mapping[str, Any], attribute: str) -> str:
    value = event.get(attribute)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME or not value.isprintable():
        raise UnreadableMessage(f"{attribute} is missing or not a short text")
    return value


def _optional(event: Mapping[str, Any], attribute: str) -> str | None:
    return None if event.get(attribute) is None else _name(event, attribute)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise UnreadableMessage("time has no zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableMessage("time is not a time") from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise UnreadableMessage("sequence is not a number")
    return int(text)

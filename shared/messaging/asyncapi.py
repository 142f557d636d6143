"""The events that a service publishes and reads, as an AsyncAPI 3.0 document."""

from collections.abc import Mapping
from typing import Any

from shared.kernel.project import CONTACT, LICENSE_NAME, LICENSE_URL
from shared.messaging.bus import EXCHANGE
from shared.messaging.envelope import CONTENT_TYPE

Schema = Mapping[str, Any]

_DESCRIPTION = (
    "Events of the library, as CloudEvents 1.0 in structured JSON. The routing key is the type. `sequence` grows in "
    "the order in which things happened to one `subject` of one `source`; it has 18 digits, so that texts compare. "
    "`imported` marks what came with an import: it is true now, but nobody is to be written to about it."
)


def asyncapi_document(
    *, title: str, version: str, publishes: Mapping[str, Schema], reads: Mapping[str, Schema]
) -> dict[str, Any]:
    """Return the document; both mappings give the JSON Schema of the `data` of each event type."""
    events = {**reads, **publishes}
    operations = {f"send_{_key(type_)}": _operation("send", type_) for type_ in publishes}
    operations |= {f"receive_{_key(type_)}": _operation("receive", type_) for type_ in reads}
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": _DESCRIPTION,
            "contact": CONTACT,
            "license": {"name": LICENSE_NAME, "url": LICENSE_URL},
            "tags": [{"name": name} for name in sorted({type_.partition(".")[0] for type_ in events})],
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {_key(type_): _channel(type_) for type_ in events},
        "operations": operations,
        "components": {
            "messages": {_key(type_): _message(type_) for type_ in events},
            "schemas": {_key(type_): dict(schema) for type_, schema in events.items()},
        },
    }


def _key(type_: str) -> str:
    return type_.replace(".", "_")


def _channel(type_: str) -> dict[str, Any]:
    exchange = {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": type_,
        "messages": {_key(type_): {"$ref": f"#/components/messages/{_key(type_)}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operation(action: str, type_: str) -> dict[str, Any]:
    channel = f"#/channels/{_key(type_)}"
    summary = f"Tell of {type_}." if action == "send" else f"Hear of {type_}."
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_key(type_)}"}],
    }


def _message(type_: str) -> dict[str, Any]:
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    payload = {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid"},
            "source": text,
            "type": {"const": type_},
            "subject": text,
            "time": moment,
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"type": "string", "format": "uri"},
            "sequence": {"type": "string", "pattern": "^[0-9]{18}$"},
            "correlationid": text,
            "traceparent": text,
            "imported": {"const": "true"},
            "data": {"$ref": f"#/components/schemas/{_key(type_)}"},
        },
    }
    return {"name": type_, "title": type_, "contentType": CONTENT_TYPE, "payload": payload}

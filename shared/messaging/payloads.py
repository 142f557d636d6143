"""The `data` of an event as a frozen dataclass, from which both the message and its published schema are made.

A field with the default None is left out of the message while it is None; any other None is written as null.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.messaging.envelope import Incoming, UnreadableMessage


class EventData(BaseModel):
    """The fields of an event's data that a listener reads; it ignores all others."""

    model_config = ConfigDict(extra="ignore")

    @classmethod
    def from_event(cls, event: Incoming) -> Self:
        """Parse the data of an event. Raises Unreadable."""
        try:
            return cls.model_validate(event.data)
        except ValidationError as error:
            raise UnreadableMessage(f"{event.type} has another shape than expected") from error

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of the fields that are read."""
        schema = cls.model_json_schema()
        plain: dict[str, Any] = _inlined(schema, schema.pop("$defs", {}))
        return plain


def data_of(payload: Any) -> dict[str, Any]:
    """Return the payload as JSON values."""
    data: dict[str, Any] = _adapter(payload.__class__).dump_python(payload, mode="json", exclude_defaults=True)
    return data


def schema_of(sample: Any, *, always: Collection[str] = (), never: Collection[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a payload, with the sample as its example.

    An event type may have `always` or `never` a field that other types of this payload may leave out.
    """
    schema = _adapter(sample.__class__).json_schema(schema_generator=_Schemas)
    plain: dict[str, Any] = _inlined(schema, schema.get("$defs", {}))
    properties = {name: value for name, value in plain["properties"].items() if name not in never}
    required = [name for name in properties if name in plain["required"] or name in always]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": True,
        "examples": [data_of(sample)],
    }


@lru_cache
def _adapter(payload: type) -> TypeAdapter[Any]:
    return TypeAdapter(payload)


def _inlined(node: Any, named: dict[str, Any]) -> Any:
    """Replace references by what they refer to, since they would dangle where the schema is published."""
    if isinstance(node, list):
        return [_inlined(each, named) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        node = named[node["$ref"].removeprefix("#/$defs/")]
        node = {key: value for key, value in node.items() if key != "description"}  # is said to engineers
    return {key: _inlined(value, named) for key, value in node.items() if key != "title" or isinstance(value, dict)}


class _Schemas(GenerateJsonSchema):
    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        return {"enum": [one.value for one in schema["members"]]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        return {**inner, "type": [inner["type"], "null"]}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema of a field with a default, for when it is not left out."""
        inner = schema["schema"]
        return self.generate_inner(inner["schema"] if inner["type"] == "nullable" else inner)

"""The schemas of an OpenAPI document, tidied so that client generators find names for objects and types for values.

- Every object has a unique name and is among the components.
- What cannot be null, such as a parameter or an optional body, is not described as nullable.
- A tuple of values of one type is a list with a length.
- A file is bytes, in the terms of both OpenAPI 3.0 and 3.1.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

FILE: Schema = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
"""The schema of a body that is a file."""

_WITH_ONE = ("items", "additionalProperties", "not")
_WITH_SEVERAL = ("anyOf", "oneOf", "allOf", "prefixItems")
_REFERENCE = "#/components/schemas/"


class UnclearSchema(Exception):
    """A schema from which no client can be generated: a programming error, found when the document is built."""


def tidy(document: Schema) -> None:
    """Tidy all schemas of a document in place. Raises UnclearSchema when two objects have the same name."""
    named = document["components"]["schemas"]
    _name_by_titles(document, named)
    for schema in list(named.values()):
        _tidy(schema, named)
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _never_null(parameter["schema"])
                _tidy(parameter["schema"], named)
            for holder in _holders(operation):
                holder["schema"] = _placed(_never_null(holder["schema"]), named)


def _name_by_titles(document: Schema, named: Schema) -> None:
    """Name each component by its title, the name of its class without module path and brackets."""
    names = {name: schema.get("title", name).replace(" ", "") for name, schema in named.items()}
    found = dict(named)
    named.clear()
    for name, schema in found.items():
        _place(schema, names[name], named)
    _follow(document, {f"{_REFERENCE}{before}": f"{_REFERENCE}{name}" for before, name in names.items()})


def _follow(part: Any, moved: dict[str, str]) -> None:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            part["$ref"] = moved.get(part["$ref"], part["$ref"])
        for each in part.values():
            _follow(each, moved)
    elif isinstance(part, list):
        for each in part:
            _follow(each, moved)


def _place(schema: Schema, name: str, named: Schema) -> None:
    if named.setdefault(name, schema) != schema:
        raise UnclearSchema(f"There are two different objects named {name}. Give one of them another name.")


def _holders(operation: Schema) -> Iterator[Schema]:
    """Yield the media types of the request and the answers, which hold their schemas."""
    for body in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media in body.get("content", {}).values():
            if "schema" in media:
                yield media


def _tidy(schema: Schema, named: Schema) -> None:
    """Tidy the parts of a schema."""
    schema.pop("title", None)
    if "enum" in schema and all(isinstance(value, str) for value in schema["enum"]):
        schema.setdefault("type", "string")
    kinds = schema.get("prefixItems", ())
    if kinds and all(kind == kinds[0] for kind in kinds):
        schema["items"] = schema.pop("prefixItems")[0]
    for name in _WITH_ONE:
        if isinstance(schema.get(name), dict):
            schema[name] = _placed(schema[name], named)
    for name in _WITH_SEVERAL:
        if name in schema:
            schema[name] = [_placed(part, named) for part in schema[name]]
    properties = schema.get("properties", {})
    for name, part in properties.items():
        properties[name] = _placed(part, named)


def _placed(schema: Schema, named: Schema) -> Schema:
    """Return the schema; or a reference to it, if it is a named object, which is moved to the components."""
    name = schema.get("title", "").replace(" ", "")
    _tidy(schema, named)
    if "properties" not in schema or not name:
        return schema
    _place(schema, name, named)
    return {"$ref": f"{_REFERENCE}{name}"}


def _never_null(schema: Schema) -> Schema:
    """Return the schema without null among what it allows."""
    either = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    if len(either) == len(schema.get("anyOf", ())):
        return schema
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "title")}
    return {**either[0], **rest} if len(either) == 1 else {**rest, "anyOf": either}

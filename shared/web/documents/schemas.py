"""The schemas of an OpenAPI document, put so that every maker of clients finds names for objects and types for values.

- An object has a name of its own and stands among the components, wherever it was written.
- Whatever cannot be null is not shown as if it could: a parameter, or a body that may be left out.
- A row of so many values of one kind is a list with a length.
- A file is bytes, in the words of OpenAPI 3.0 and of 3.1.
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
    """A schema that no client could be made of: a fault of the program, found when the document is made."""


def tidy(document: Schema) -> None:
    """Put all schemas of a document right, in place. Raises UnclearSchema when two objects have the same name."""
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
    """Name each component by its title, which is the name of its class; module paths and brackets go."""
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
    """Yield what holds the schema of a body, of the request and of the answers."""
    for body in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media in body.get("content", {}).values():
            if "schema" in media:
                yield media


def _tidy(schema: Schema, named: Schema) -> None:
    """Put the parts of a schema right."""
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
    """Return the schema, or the reference to where it stands now: an object with a name stands among the components."""
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

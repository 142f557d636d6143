"""What an OpenAPI document owes to those who work with it, as a list of what is missing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

PROBLEM = {"$ref": "#/components/schemas/Problem"}


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return path, method and description of every operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def shortcomings(document: Mapping[str, Any], *, besides: frozenset[str] = frozenset()) -> Iterator[str]:
    """Tell what is missing, a sentence each; operations named in `besides` speak another protocol than ours."""
    seen: set[str] = set()
    for path, method, operation in operations(document):
        name = operation.get("operationId", "")
        if name in besides:
            continue
        for missing in _missing(operation, document):
            yield f"{method.upper()} {path} {missing}"
        if name in seen:
            yield f"{method.upper()} {path} shares its operationId"
        seen.add(name)


def _missing(operation: dict[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*", operation.get("operationId", "")):
        yield "has no operationId in snake_case"
    if not operation.get("summary"):
        yield "has no summary"
    if not operation.get("tags"):
        yield "has no tag"
    for status, answer in operation["responses"].items():
        wrong = status == "default" or status[0] in "45"
        if wrong and answer["content"].get("application/problem+json", {}).get("schema") != PROBLEM:
            yield f"does not answer {status} with a problem document"
    if "default" not in operation["responses"]:
        yield "does not say what other problems look like"
    if operation.get("security") and "401" not in operation["responses"]:
        yield "does not say what happens without a token"
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and not _has_examples(body, document):
        yield "has no example of its body"


def _has_examples(body: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    schema = body.get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    places = [body, schema, *schema.get("properties", {}).values()]
    return any("example" in place or "examples" in place for place in places)

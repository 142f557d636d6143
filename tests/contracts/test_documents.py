"""Each service describes itself: its requests as OpenAPI 3.1, its events as AsyncAPI 3, both well-formed."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done
from tests.end_to_end.processes import run

service = pytest.mark.parametrize("service", ["books", "members", "loans"])


@service
async def test_the_openapi_document_is_sound(service: str, embedded: EmbeddedLibrary) -> None:
    document = done(await embedded.anybody.get(f"{embedded.services[service]}/openapi.json"))

    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


@service
async def test_every_operation_has_a_name_a_summary_and_its_refusals(service: str, embedded: EmbeddedLibrary) -> None:
    document = done(await embedded.anybody.get(f"{embedded.services[service]}/openapi.json"))

    operations = list(_operations(document))

    names = [operation["operationId"] for _, operation in operations]
    assert len(set(names)) == len(names) > 0
    assert [] == [name for name in names if not name.replace("_", "").isalnum() or name != name.lower()]
    assert [] == [where for where, operation in operations if not operation.get("summary")]
    assert [] == [where for where, operation in operations if not any(map(_is_refusal, operation["responses"]))]
    described = {tag["name"] for tag in document["tags"]}
    assert [] == [where for where, operation in operations if not described.issuperset(operation["tags"])]
    for where, operation in operations:
        for code, response in operation["responses"].items():
            if _is_refusal(code) and "/v1/auth/" not in where:  # those speak OAuth
                assert "application/problem+json" in response.get("content", {}), f"{where} {code}"


FREE_TEXT = re.compile("reason|note|comment|description|detail|remark|condition|why")
READ_BY = re.compile(r"\b(Read by staff only|Shown to the member|Shown to everybody)\.")


@service
async def test_each_free_text_says_who_reads_it(service: str, embedded: EmbeddedLibrary) -> None:
    document = done(await embedded.anybody.get(f"{embedded.services[service]}/openapi.json"))

    texts = {
        f"{where}{place}": schema
        for where, operation in _operations(document)
        for media in operation.get("requestBody", {}).get("content", {}).values()
        for place, schema in _texts(media["schema"], document, "")
        if FREE_TEXT.search(place.rpartition("/")[2])
    }

    assert texts
    assert [] == [where for where, schema in texts.items() if not READ_BY.search(schema.get("description", ""))]


def _texts(schema: dict[str, Any], document: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each text of more than 100 characters that a body may hold, with its place."""
    if "$ref" in schema:
        described = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**_target(document, schema["$ref"]), **described}
    if schema.get("type") == "string" and "enum" not in schema and schema.get("maxLength", 10**6) > 100:
        yield place, schema
    for either in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        described = {"description": schema["description"]} if "description" in schema else {}
        yield from _texts({**either, **described}, document, place)
    for name, part in schema.get("properties", {}).items():
        yield from _texts(part, document, f"{place}/{name}")
    if "items" in schema:
        yield from _texts(schema["items"], document, place)


@service
async def test_the_asyncapi_document_is_sound(service: str, embedded: EmbeddedLibrary) -> None:
    document = done(await embedded.anybody.get(f"{embedded.services[service]}/asyncapi.json"))

    assert document["asyncapi"].startswith("3.")
    assert document["info"]["title"]
    assert document["info"]["version"]
    assert document["operations"]
    for reference in _references(document):
        assert _target(document, reference), reference
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        (message,) = operation["messages"]
        assert message["$ref"].startswith(operation["channel"]["$ref"])
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for channel in document["channels"].values():
        exchange = channel["bindings"]["amqp"]["exchange"]
        assert ("library.events", "topic", True) == (exchange["name"], exchange["type"], exchange["durable"])


@service
def test_the_command_line_prints_the_openapi_document_without_any_setting(service: str) -> None:
    printed = run(f"{service}_service", "openapi", environment={})

    assert 0 == printed.returncode, printed.stderr
    assert json.loads(printed.stdout)["paths"]


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in {"get", "put", "post", "delete", "patch"}:
                yield f"{method} {path}", operation


def _is_refusal(code: str) -> bool:
    return code == "default" or int(code) >= 400


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _target(document: dict[str, Any], reference: str) -> Any:
    assert reference.startswith("#/")
    target: Any = document
    for name in reference.removeprefix("#/").split("/"):
        target = target.get(name) if isinstance(target, dict) else None
    return target

"""What the documents owe to those who make clients from them: a rule each, over all three services.

The documents are those that are kept; that they are the present ones is `test_wire`'s to say.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.contracts.documents import kept

SERVICES = ("books", "members", "loans")
DOCUMENTS: dict[str, dict[str, Any]] = {service: json.loads(kept(service, "openapi")) for service in SERVICES}
FORMATS = FormatChecker(("date", "email"))  # the date-time checker is not installed with the library

each = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def schemas(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema of the document with its place, those inside of others, too."""
    for name, schema in document["components"]["schemas"].items():
        yield from _within(name, schema)
    for where, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            yield from _within(f"{where} {parameter['name']}", parameter["schema"])
        for kind, media in bodies(operation):
            if "schema" in media:
                yield from _within(f"{where} {kind}", media["schema"])


def bodies(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what an operation takes and answers, by status and media type."""
    for status, body in (("body", operation.get("requestBody", {})), *operation["responses"].items()):
        for media, shown in body.get("content", {}).items():
            yield f"{status} {media}", shown


def _within(place: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield place, schema
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from _within(f"{place}/{name}", schema[name])
    for name in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for number, part in enumerate(schema.get(name, ())):
            yield from _within(f"{place}/{name}/{number}", part)
    for name, part in schema.get("properties", {}).items():
        yield from _within(f"{place}/{name}", part)


# --- names -----------------------------------------------------------------------------------------------------------


@each
def test_a_component_has_a_plain_name(document: dict[str, Any]) -> None:
    assert [] == [name for name in document["components"]["schemas"] if not re.fullmatch("([A-Z][a-z0-9]*)+", name)]


@each
def test_every_object_with_properties_is_a_component(document: dict[str, Any]) -> None:
    inlined = [place for place, schema in schemas(document) if "properties" in schema]

    assert [] == [place for place in inlined if place not in document["components"]["schemas"]]


@each
def test_nothing_has_a_second_name(document: dict[str, Any]) -> None:
    assert [] == [place for place, schema in schemas(document) if "title" in schema]


def test_no_two_operations_have_the_same_name() -> None:
    names = Counter(
        operation["operationId"] for document in DOCUMENTS.values() for _, operation in operations(document)
    )

    assert [] == [name for name, times in names.items() if times > 1]


# --- values ----------------------------------------------------------------------------------------------------------


@each
def test_null_is_only_ever_an_alternative(document: dict[str, Any]) -> None:
    alternative = re.compile(r"/(anyOf|oneOf)/\d+$")

    assert [] == [
        place for place, schema in schemas(document) if schema.get("type") == "null" and not alternative.search(place)
    ]


@each
def test_every_value_has_a_type(document: dict[str, Any]) -> None:
    told = {"type", "$ref", "anyOf", "oneOf", "allOf", "const"}

    assert [] == [place for place, schema in schemas(document) if schema and told.isdisjoint(schema)]


@each
def test_a_list_says_what_is_in_it_once_for_all(document: dict[str, Any]) -> None:
    assert [] == [place for place, schema in schemas(document) if "prefixItems" in schema]
    assert [] == [
        place for place, schema in schemas(document) if schema.get("type") == "array" and "items" not in schema
    ]


@each
def test_an_operation_belongs_to_one_part_of_the_document(document: dict[str, Any]) -> None:
    assert [] == [where for where, operation in operations(document) if len(operation["tags"]) != 1]


@each
def test_a_parameter_cannot_be_null(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            kinds = [parameter["schema"], *parameter["schema"].get("anyOf", ())]
            assert "null" not in [kind.get("type") for kind in kinds], f"{where} {parameter['name']}"


@each
def test_a_file_is_bytes_in_the_words_of_each_version(document: dict[str, Any]) -> None:
    file = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}

    for place, schema in schemas(document):
        if schema.get("format") == "binary" or "contentMediaType" in schema:
            assert file == schema, place


@each
def test_a_file_is_offered_as_bytes_first(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            kinds = list(body.get("content", {}))
            if "application/octet-stream" in kinds:
                assert "application/octet-stream" == kinds[0], where


@each
def test_headers_and_cursors_say_how_long_they_may_be(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in ("Idempotency-Key", "cursor"):
                assert {"minLength", "maxLength", "pattern"} <= parameter["schema"].keys(), where
            if parameter["name"] == "format":
                assert {"enum", "$ref"} & parameter["schema"].keys(), where


@each
def test_an_email_address_is_called_one(document: dict[str, Any]) -> None:
    sent = [
        (place, schema)
        for place, schema in schemas(document)
        if re.search(r"Request/(\w+_)?email(/anyOf/0)?$", place) and "anyOf" not in schema
    ]

    claims = "ClaimNamesRequest/email"  # says which claim holds an address
    assert [] == [place for place, schema in sent if schema.get("format") != "email" and place != claims]


# --- examples --------------------------------------------------------------------------------------------------------


@each
def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    found = list(_examples(document))

    registry = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))
    assert found
    for place, schema, value in found:
        whole = json.loads(json.dumps(schema).replace('"#/components/', '"urn:document#/components/'))
        validator = Draft202012Validator(whole, format_checker=FORMATS, registry=registry)
        assert [] == [error.message for error in validator.iter_errors(value)], place


@each
def test_every_request_and_every_good_answer_in_json_has_an_example(document: dict[str, Any]) -> None:
    shown = {name for name, schema in document["components"]["schemas"].items() if "examples" in schema}

    without = [
        f"{where} {kind}"
        for where, operation in operations(document)
        for kind, media in bodies(operation)
        if kind.endswith(" application/json") and kind.startswith(("body", "2"))
        if "examples" not in media and media["schema"].get("$ref", "").rpartition("/")[2] not in shown
    ]

    assert [] == without


def _examples(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for place, schema in schemas(document):
        for value in schema.get("examples", ()):
            yield place, schema, value
    for where, operation in operations(document):
        for kind, media in bodies(operation):
            for name, shown in media.get("examples", {}).items():
                yield f"{where} {kind} {name}", media["schema"], shown["value"]
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                yield f"{where} {parameter['name']}", parameter["schema"], parameter["example"]


# --- operations ------------------------------------------------------------------------------------------------------


@each
def test_the_document_says_who_made_it_and_under_which_licence(document: dict[str, Any]) -> None:
    assert document["info"]["contact"]["name"]
    assert "Apache-2.0" == document["info"]["license"]["identifier"]


@each
def test_every_operation_is_described(document: dict[str, Any]) -> None:
    assert [] == [where for where, operation in operations(document) if not operation.get("description")]


@each
def test_every_operation_says_who_may_call_it(document: dict[str, Any]) -> None:
    assert [] == [where for where, operation in operations(document) if "security" not in operation]


def test_what_is_open_to_everybody_says_so() -> None:
    open_to_everybody = {
        operation["operationId"]
        for document in DOCUMENTS.values()
        for _, operation in operations(document)
        if [] == operation["security"]
    }

    assert {"list_books", "get_token", "get_public_keys"} <= open_to_everybody


@each
def test_every_operation_says_how_it_may_refuse(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        assert any(status.startswith("4") for status in operation["responses"]), where


@each
def test_every_answer_is_described_in_words_of_our_own(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert answer["description"] not in ("", "Successful Response", "Validation Error"), f"{where} {status}"


# --- headers of answers ----------------------------------------------------------------------------------------------


@each
def test_every_answer_has_its_headers_documented(document: dict[str, Any]) -> None:
    needed = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After", "304": "ETag"}

    for where, operation in operations(document):
        for status, answer in operation["responses"].items():
            names = answer["headers"].keys()
            assert "X-Request-ID" in names, f"{where} {status}"
            assert status not in needed or needed[status] in names, f"{where} {status}"


@each
def test_a_cursor_is_taken_where_a_list_is_read_and_nowhere_else(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        if not where.startswith("GET ") and where != "POST /v1/consistency/repair":  # which goes on behind it
            assert "cursor" not in {parameter["name"] for parameter in operation.get("parameters", ())}, where


@each
def test_good_answers_have_their_headers_documented(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        taken = {parameter["name"] for parameter in operation.get("parameters", ())}
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                names = answer["headers"].keys()
                assert not {"cursor", "limit"} <= taken or "Link" in names, where
                assert "If-None-Match" not in taken or "ETag" in names, where
                assert "Idempotency-Key" not in taken or "Idempotency-Replayed" in names, where


@each
def test_each_header_is_described_once(document: dict[str, Any]) -> None:
    for where, operation in operations(document):
        for answer in operation["responses"].values():
            for name, header in answer["headers"].items():
                if name in document["components"]["headers"]:
                    assert {"$ref": f"#/components/headers/{name}"} == header, where


@each
def test_a_header_that_may_be_left_out_has_no_example_which_documentation_pages_would_send(
    document: dict[str, Any],
) -> None:
    shown = document["components"].get("parameters", {}).values()
    written = [parameter for _, operation in operations(document) for parameter in operation.get("parameters", ())]
    headers = [each for each in (*shown, *written) if each.get("in") == "header"]

    assert headers
    assert [] == [header["name"] for header in headers if not header.get("required") and "example" in header]

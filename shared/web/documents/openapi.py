"""The OpenAPI 3.1 document: what FastAPI knows, and what it cannot: problems, who may call, special headers."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.kernel.project import CONTACT, LICENSE, LICENSE_NAME
from shared.web.auth import SCHEME, Access, AccessTable, operation_of
from shared.web.documents.answers import (
    ANNOUNCING,
    HEADERS,
    PROBLEM,
    PROBLEM_CAUSE,
    describe,
    document_headers,
    document_problems,
)
from shared.web.documents.described import header_of, sent_by
from shared.web.documents.schemas import tidy
from shared.web.problems import MEDIA_TYPE

_OF_FRAMEWORK = ("HTTPValidationError", "ValidationError")

Document = dict[str, Any]


def openapi_document(
    app: FastAPI,
    *,
    access: AccessTable,
    root_path: str,
    issuer_url: str,
    with_passwords: bool,
    scopes: Mapping[str, str],
    body_at: Callable[[str], int],
) -> Document:
    """Return the document of all routes of `app`, with what `access` says of each. Takes a tenth of a second: once.

    `body_at` says how many bytes a body may have at an address.

    `issuer_url` is where a browser finds the service that signs people in: an address, or a path on the same host.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        contact=CONTACT,
        license_info={"name": LICENSE_NAME, "identifier": LICENSE},
        routes=app.routes,
        tags=app.openapi_tags,
        servers=[{"url": root_path or "/"}],
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in _OF_FRAMEWORK:
        schemas.pop(unused, None)
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    used = sorted({scope for row in access.values() for scope in row.accepted})
    words = {scope: scopes[scope] for scope in used}
    components["securitySchemes"] = {SCHEME: _security_scheme(issuer_url, words, with_passwords=with_passwords)}
    for route in routes:
        _restore_examples(schemas, route.response_model)
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            _restore_answers(operation["responses"], route.responses)
            row = access[operation_of(route)]
            _complete(operation, method, row, list(calls_of(route.dependant)), most_bytes=body_at(route.path_format))
    ends = any(operation.get("deprecated") for operation in _operations(document))
    components["headers"] = {name: header for name, header in HEADERS.items() if ends or name not in ANNOUNCING}
    document = _as_told(document)  # so that no part of it is also another's
    schemas = document["components"]["schemas"]
    tidy(document)
    schemas |= {"Problem": PROBLEM, "ProblemCause": PROBLEM_CAUSE}
    _show_lists(schemas)
    for operation in _operations(document):
        describe(operation["responses"], schemas)
        _show_what_an_optional_body_is(operation, schemas)
        _lead_to_pages(operation["responses"], root_path)
    return document


def _as_told(document: Document) -> Document:
    told: Document = json.loads(as_json(document))
    return told


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def _lead_to_pages(responses: Document, root_path: str) -> None:
    """Let the problems that are shown lead to the pages of this very service."""
    for answer in responses.values():
        for shown in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}).values():
            shown["value"]["type"] = root_path + shown["value"]["type"]


def _show_lists(schemas: Document) -> None:
    """Give each list the example of its items, and each example what a class below added to the shape."""
    for schema in schemas.values():
        of_items = schema.get("properties", {}).get("items", {}).get("items", {})
        shown = _followed(of_items, schemas).get("examples")
        if shown and "examples" not in schema:
            schema["examples"] = [{"items": shown[:1]}]
    for schema in schemas.values():
        for shown in schema.get("examples", ()):
            for name in schema.get("required", ()):
                if name not in shown:
                    shown[name] = _example_of(schema["properties"][name], schemas)


def _example_of(schema: Document, schemas: Document) -> Any:
    """Return an example of a value: its own, one made of its items, or null."""
    followed = _followed(schema, schemas)
    if "examples" in followed:
        return followed["examples"][0]
    return [_example_of(followed["items"], schemas)] if followed.get("type") == "array" else None


def _show_what_an_optional_body_is(operation: Document, schemas: Document) -> None:
    """Put the examples of a body that may be left out where readers look for them."""
    body = operation.get("requestBody", {})
    for media in () if body.get("required") else body.get("content", {}).values():
        for number, shown in enumerate(_followed(media["schema"], schemas).get("examples", ())):
            media.setdefault("examples", {})[str(number + 1)] = {"value": shown}


def _followed(schema: Document, schemas: Document) -> Document:
    found: Document = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return found


def _restore_examples(schemas: Document, shape: Any) -> None:
    """Put the examples of the models in `shape` back as they were: FastAPI leaves out of them what is null."""
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        for part in get_args(shape):
            _restore_examples(schemas, part)
        return
    extra = shape.model_config.get("json_schema_extra")
    if isinstance(extra, dict) and "examples" in extra and shape.__name__ in schemas:
        schemas[shape.__name__]["examples"] = extra["examples"]
    for field in shape.model_fields.values():
        _restore_examples(schemas, field.annotation)


def _restore_answers(responses: Document, given: Mapping[int | str, Mapping[str, Any]]) -> None:
    """Put the examples that a route gives for its answers back as they were, likewise."""
    for status, answer in given.items():
        for media, content in answer.get("content", {}).items():
            if "examples" in content:
                responses[str(status)]["content"][media]["examples"] = dict(content["examples"])
            if "example" in content:
                responses[str(status)]["content"][media]["example"] = content["example"]


def calls_of(dependant: Dependant) -> Iterator[Any]:
    """Yield all dependencies of a route, with those that they have themselves."""
    for each in dependant.dependencies:
        yield each.call
        yield from calls_of(each)


def _complete(operation: Document, method: str, access: Access, calls: list[Any], *, most_bytes: int) -> None:
    operation["security"] = access.security
    if access.note:
        operation["description"] = "\n\n".join(filter(None, (operation.get("description"), access.note)))
    headers = {
        header.name: header for header in map(header_of, calls) if header and method in (header.methods or [method])
    }
    if headers:
        operation.setdefault("parameters", []).extend(header.as_parameter() for header in headers.values())
    if "If-None-Match" in headers:
        operation["responses"]["304"] = {"description": "The client has the present version"}
    body = operation.get("requestBody")
    document_problems(
        operation,
        access,
        takes_json=body is not None and body["content"].keys() == {"application/json"},
        needs_tag="If-Match" in headers and headers["If-Match"].required,
        most_bytes=None if body is None else most_bytes,
    )
    sent = {name for call in calls for name in sent_by(call)}
    document_headers(operation["responses"], sent | (ANNOUNCING if operation.get("deprecated") else set()))


def _security_scheme(issuer_url: str, scopes: Mapping[str, str], *, with_passwords: bool) -> Document:
    flow = {"tokenUrl": f"{issuer_url}/v1/auth/token", "scopes": scopes}
    flows = {"authorizationCode": {"authorizationUrl": f"{issuer_url}/v1/auth/authorize", **flow}}
    if with_passwords:
        flows["password"] = flow
    description = "Sign in on the library's own page (authorization code with PKCE); services use client credentials."
    return {"type": "oauth2", "description": description, "flows": {**flows, "clientCredentials": flow}}


def as_json(document: Mapping[str, Any]) -> bytes:
    """Return a document as compact JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

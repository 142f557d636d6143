"""The OpenAPI 3.1 document: what FastAPI knows, and what it cannot: problems, who may call, special headers."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.web.auth import SCHEME, Access, AccessTable, operation_of
from shared.web.documents.described import header_of
from shared.web.edge.limits import too_large
from shared.web.problems import MEDIA_TYPE, example

_PROBLEM = {
    "title": "Problem",
    "description": "Why a request was not done (RFC 9457). Refusals bring their figures as further members.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:library:problem:not-found"]},
        "title": {"type": "string", "examples": ["Not found"]},
        "status": {"type": "integer", "examples": [404]},
        "detail": {"type": "string", "examples": ["There is nothing at this address."]},
        "instance": {"type": ["string", "null"], "examples": ["/v1/…"]},
        "code": {"type": "string", "description": "Stable; made for programs.", "examples": ["not-found"]},
        "request_id": {"type": ["string", "null"], "examples": ["4f2a9c1d7e8b4c0a9d3e5f6a7b8c9d0e"]},
        "errors": {
            "type": "array",
            "description": "Every refusal, or every invalid field; one entry where there is one cause.",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "Where, as a JSON pointer."},
                    "in": {"type": "string", "enum": ["query", "path", "header"]},
                },
                "additionalProperties": True,
            },
        },
    },
    "additionalProperties": True,
}
_REFERENCE = {"$ref": "#/components/schemas/Problem"}
_INVALID = [{"pointer": "/name", "code": "missing", "detail": "Field required."}]
_EXAMPLES = {
    "401": ("An access token that is not valid", example(401, "invalid-token", "The access token is not valid, …")),
    "422": (
        "Invalid fields or parameters",
        example(422, "invalid-request", "There are invalid fields.", errors=_INVALID),
    ),
    "default": ("Any other problem", example(500, "internal-error", "Something went wrong here.")),
}
_OF_BODIES = {
    "400": ("The body is not JSON", example(400, "invalid-json", "The body is not JSON: see line 1, column 2.")),
    "415": (
        "The body is of another kind",
        example(415, "unsupported-media-type", "Send the body as application/json, in UTF-8."),
    ),
}
_WITHOUT_TAG = {
    "428": (
        "`If-Match` is missing",
        example(428, "if-match-required", "Say with If-Match which version you change: its ETag, as you last read it."),
    ),
}
_WITHOUT_TOKEN = (
    "No access token, or not a valid one",
    example(401, "not-authenticated", "This needs an access token."),
)
_OF_FRAMEWORK = "Validation Error"
_UNUSED = ("HTTPValidationError", "ValidationError")

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
        routes=app.routes,
        tags=app.openapi_tags,
        servers=[{"url": root_path or "/"}],
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in _UNUSED:
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    used = sorted({scope for row in access.values() for scope in row.accepted})
    words = {scope: scopes[scope] for scope in used}
    components["securitySchemes"] = {SCHEME: _security_scheme(issuer_url, words, with_passwords=with_passwords)}
    for route in routes:
        _restore_examples(schemas, route.response_model)
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            _restore_example_of_answer(operation["responses"], route.responses)
            _complete(operation, method, access[operation_of(route)], list(_calls(route.dependant)))
            if "requestBody" in operation:
                _show_the_longest_body(operation["responses"], body_at(route.path_format))
            _show_what_an_optional_body_is(operation, schemas)
    _show_lists(schemas)
    return document


def _show_lists(schemas: Document) -> None:
    """Give each list the example of its items."""
    for schema in schemas.values():
        of_items = schema.get("properties", {}).get("items", {}).get("items", {})
        shown = _followed(of_items, schemas).get("examples")
        if shown and "examples" not in schema:
            schema["examples"] = [{"items": shown[:1], "next_cursor": None}]


def _show_what_an_optional_body_is(operation: Document, schemas: Document) -> None:
    """Put the examples of a body that may be left out where readers look for them: not inside of an alternative."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        either, *_ = media["schema"].get("anyOf", [{}])
        for number, shown in enumerate(_followed(either, schemas).get("examples", ())):
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


def _restore_example_of_answer(answers: Document, declared: Mapping[int | str, Mapping[str, Any]]) -> None:
    """Put the examples that a route declares for its answers back as they were, with what is null in them."""
    for status, answer in declared.items():
        told = answer.get("content", {}).get("application/json", {})
        if "example" in told:
            answers[str(status)]["content"]["application/json"]["example"] = told["example"]


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def _complete(operation: Document, method: str, access: Access, calls: list[Any]) -> None:
    if access.security:
        operation["security"] = access.security
    if access.note:
        operation["description"] = "\n\n".join(filter(None, (operation.get("description"), access.note)))
    headers = {
        header.name: header for header in map(header_of, calls) if header and method in (header.methods or [method])
    }
    if headers:
        operation.setdefault("parameters", []).extend(header.as_parameter() for header in headers.values())
    responses = operation["responses"]
    if "If-None-Match" in headers:
        responses["304"] = {"description": "The client has the present version"}
    takes_json = operation.get("requestBody", {}).get("content", {}).keys() == {"application/json"}
    needs_tag = "If-Match" in headers and headers["If-Match"].required
    of_form = (_OF_BODIES if takes_json else {}) | (_WITHOUT_TAG if needs_tag else {})
    _document_problems(responses, access, of_form)


def _show_the_longest_body(responses: Document, most: int) -> None:
    shown = too_large(most)
    answer = responses.setdefault("413", {"description": f"The body has more than {most} bytes"})
    if _is_problem(answer):
        value = example(413, shown.code, shown.detail)
        answer["content"][MEDIA_TYPE] = {
            "schema": _REFERENCE,
            "examples": {shown.code: {"summary": value["title"], "value": value}},
        }


def _document_problems(responses: Document, access: Access, of_form: Mapping[str, tuple[str, Document]]) -> None:
    """Show every problem as one; what a route documents in a form of its own (OAuth has one) stays as it is."""
    if responses.get("422", {}).get("description") == _OF_FRAMEWORK:
        responses["422"] = {"description": ""}
    applies = {"401": access.checks, "403": bool(access.security), "422": "422" in responses, "default": True}
    why, detail = access.forbids
    shown_when = _EXAMPLES | {"403": (why, example(403, "forbidden", detail)), **of_form}
    shown_when |= {"401": _WITHOUT_TOKEN} if access.security else {}
    for status, (description, shown) in shown_when.items():
        if applies.get(status, True):
            answer = responses.setdefault(status, {"description": description})
            answer["description"] = answer["description"] or description
            if _is_problem(answer):
                examples = answer["content"][MEDIA_TYPE].setdefault("examples", {})
                examples[shown["code"]] = {"summary": shown["title"], "value": shown}
    for status, answer in responses.items():
        if (status == "default" or status[0] in "45") and _is_problem(answer):
            answer["content"][MEDIA_TYPE]["schema"] = _REFERENCE


def _is_problem(answer: Document) -> bool:
    content = answer.setdefault("content", {MEDIA_TYPE: {}})
    return MEDIA_TYPE in content


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

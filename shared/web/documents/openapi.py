"""The OpenAPI 3.1 document: FastAPI's, with what it lacks: problems, access, special headers."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

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
from shared.web.documents.samples import Samples, rendered
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
    samples: Samples,
) -> Document:
    """Return the document of all routes of `app` with their `access`. Takes a tenth of a second.

    `body_at` returns the limit of a body at an address, in bytes. The `samples`, of the types of requests and answers,
    are all its examples.

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
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            row = access[operation_of(route)]
            _complete(operation, method, row, list(calls_of(route.dependant)), most_bytes=body_at(route.path_format))
    ends = any(operation.get("deprecated") for operation in _operations(document))
    components["headers"] = {name: header for name, header in HEADERS.items() if ends or name not in ANNOUNCING}
    document = _copied(document)  # so that no two parts of it are the same object
    schemas = document["components"]["schemas"]
    tidy(document)
    schemas |= {"Problem": PROBLEM, "ProblemCause": PROBLEM_CAUSE}
    for name, examples in rendered(samples, routes).items():
        schemas[name]["examples"] = examples
    for operation in _operations(document):
        describe(operation["responses"], schemas)
        _lead_to_pages(operation["responses"], root_path)
    return document


def _copied(document: Document) -> Document:
    copy: Document = json.loads(as_json(document))
    return copy


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def _lead_to_pages(responses: Document, root_path: str) -> None:
    """Make the `type` of the problems lead to the pages of this service."""
    for answer in responses.values():
        for sample in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}).values():
            sample["value"]["type"] = root_path + sample["value"]["type"]


def calls_of(dependant: Dependant) -> Iterator[Any]:
    """Yield all dependencies of a route, direct and indirect."""
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

"""Answers in the OpenAPI document: their problems, who is refused, and the headers of each."""

from collections.abc import Collection, Mapping
from typing import Any

from shared.kernel.rights import RightMissing
from shared.web.auth import PIN_NOT_ENOUGH, Access
from shared.web.edge.limits import too_large
from shared.web.problems import MEDIA_TYPE, PAGES, example, refusals

Document = dict[str, Any]

PROBLEM: Document = {
    "description": "Why a request was not done (RFC 9457). Refusals bring their figures as further members.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The address of a page that explains the code.",
            "examples": [f"{PAGES}/not-found"],
        },
        "title": {"type": "string", "examples": ["Not found"]},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "examples": [404]},
        "detail": {"type": "string", "examples": ["There is nothing at this address."]},
        "instance": {"type": ["string", "null"], "examples": ["/v1/…"]},
        "code": {"type": "string", "description": "Stable; made for programs.", "examples": ["not-found"]},
        "request_id": {"type": ["string", "null"], "examples": ["4f2a9c1d7e8b4c0a9d3e5f6a7b8c9d0e"]},
        "errors": {
            "type": "array",
            "description": "Every refusal, or every invalid field; one entry where there is one cause.",
            "items": {"$ref": "#/components/schemas/ProblemCause"},
        },
    },
    "additionalProperties": True,
}
PROBLEM_CAUSE: Document = {
    "description": "One refusal with its figures, or one invalid field with its place.",
    "type": "object",
    "required": ["code", "detail"],
    "properties": {
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "pointer": {"type": "string", "description": "Where, as a JSON pointer (RFC 6901)."},
        "in": {"type": "string", "enum": ["query", "path", "header"]},
    },
    "additionalProperties": True,
}
HEADERS: Mapping[str, Document] = {
    "ETag": {
        "description": "The version that is shown, for `If-Match` and `If-None-Match`; of a list for the latter.",
        "schema": {"type": "string", "pattern": '^("[0-9]+(-[0-9a-z]+)?"|W/"[0-9a-f]+")$', "examples": ['"3"']},
    },
    "Location": {
        "description": "The address of what was made.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Link": {
        "description": (
            'The pages around this one (RFC 8288): `rel="next"`, absent on the last one, `rel="prev"`, absent on the '
            'first one and where it is further back than the cursor knows, and `rel="first"`.'
        ),
        "schema": {"type": "string", "examples": ['<https://library.example/v1/…?cursor=…>; rel="next"']},
    },
    "Retry-After": {
        "description": "In how many seconds it is worth another try.",
        "schema": {"type": "integer", "minimum": 1, "examples": [1]},
    },
    "RateLimit": {
        "description": "What is left of a limit: `r` requests, or tries, and more in `t` seconds.",
        "schema": {"type": "string", "examples": ['"at-once";r=0;t=1']},
    },
    "RateLimit-Policy": {
        "description": "How many requests of one caller may be at work at once.",
        "schema": {"type": "string", "examples": ['"at-once";q=16;qu="concurrent-requests"']},
    },
    "Idempotency-Replayed": {
        "description": "`true` when this is the answer that was given to the same `Idempotency-Key` before.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Deprecation": {
        "description": "Since when the operation is deprecated (RFC 9745), as seconds since 1970.",
        "schema": {"type": "string", "pattern": "^@[0-9]+$", "examples": ["@1798761600"]},
    },
    "Sunset": {
        "description": "From when on the operation may be gone (RFC 8594).",
        "schema": {"type": "string", "examples": ["Sat, 01 Jan 2028 00:00:00 GMT"]},
    },
    "WWW-Authenticate": {
        "description": "What is asked for: a Bearer token (RFC 6750).",
        "schema": {"type": "string", "examples": ['Bearer realm="library"']},
    },
    "X-Request-ID": {
        "description": "The id of this request, as it stands in the logs.",
        "schema": {"type": "string", "examples": ["4f2a9c1d7e8b4c0a9d3e5f6a7b8c9d0e"]},
    },
}
"""Every header of answers that clients may want to read."""
ANNOUNCING = {"Deprecation", "Sunset"}
"""The headers of deprecated operations."""

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
_TOO_MANY = (
    "More requests at once than one network address may have",
    example(429, "too-many-at-once", "Wait for the answers to your other requests, then repeat this one."),
)
_OF_FRAMEWORK = ("Validation Error", "Successful Response")
_WITHOUT_WORDS = {"200": "Done.", "201": "It was made.", "202": "It was taken in.", "204": "Done."}
_WITH_RETRY = ("429", "503")
_OF_LIMITS = {"RateLimit", "RateLimit-Policy"}  # described once for each operation, as every answer has them


def document_problems(
    operation: Document, access: Access, *, takes_json: bool, needs_tag: bool, most_bytes: int | None
) -> None:
    """Document every problem of an operation; errors that a route documents in a form of its own (OAuth) stay.

    `most_bytes` is the limit of the body, or None for an operation without one.
    """
    responses = operation["responses"]
    if responses.get("422", {}).get("description") in _OF_FRAMEWORK:
        responses["422"] = {"description": ""}
    applies = {"401": access.checks, "403": bool(access.security), "422": "422" in responses, "default": True}
    why, detail = access.forbids
    examples_of = _EXAMPLES | {"403": (why, example(403, "forbidden", detail))}
    examples_of |= (_OF_BODIES if takes_json else {}) | (_WITHOUT_TAG if needs_tag else {})
    examples_of |= {"401": _WITHOUT_TOKEN} if access.security else {}
    if most_bytes is not None:
        refusal = too_large(most_bytes)
        examples_of["413"] = (f"The body has more than {most_bytes} bytes", example(413, refusal.code, refusal.detail))
    if not any(status[0] == "4" for status in responses) and not any(applies[status] for status in ("401", "403")):
        examples_of["429"] = _TOO_MANY
    for status, (description, problem) in examples_of.items():
        if applies.get(status, True):
            answer = responses.setdefault(status, {"description": description})
            answer["description"] = answer["description"] or description
            if _is_problem(answer):
                examples = answer["content"][MEDIA_TYPE].setdefault("examples", {})
                examples[problem["code"]] = {"summary": problem["title"], "value": problem}
    if "403" in responses and _is_problem(responses["403"]):
        responses["403"]["content"][MEDIA_TYPE]["examples"] |= _of_access(access)
    for status, answer in responses.items():
        if (status == "default" or status[0] in "45") and _is_problem(answer):
            answer["content"][MEDIA_TYPE]["schema"] = _REFERENCE


def _of_access(access: Access) -> Document:
    """Return examples of what the gate refuses besides a token without the scope."""
    examples: Document = {}
    if access.rights:
        examples |= refusals(RightMissing)[403]["content"][MEDIA_TYPE]["examples"]
    if access.by_pin is not True:
        problem = example(403, PIN_NOT_ENOUGH, access.pin_not_enough)
        examples[PIN_NOT_ENOUGH] = {"summary": problem["title"], "value": problem}
    return examples


def _is_problem(answer: Document) -> bool:
    content = answer.setdefault("content", {MEDIA_TYPE: {}})
    return MEDIA_TYPE in content


def describe(responses: Document, schemas: Document) -> None:
    """Describe each successful answer by the first sentence of its schema."""
    for status, answer in responses.items():
        if answer["description"] in _OF_FRAMEWORK:
            media: list[Document] = list(answer.get("content", {}).values())
            schema = media[0].get("schema", {}) if media else {}
            named = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
            words = named.get("description", "").partition("\n")[0]
            answer["description"] = words or _WITHOUT_WORDS.get(status, "Done.")


def document_headers(responses: Document, sent: Collection[str]) -> None:
    """Document the headers of each answer; `sent` are those of successful ones."""
    for status, answer in responses.items():
        names = {"X-Request-ID"} | (_OF_LIMITS if status in ("429", "default") else set())
        if status == "401":
            names.add("WWW-Authenticate")
        elif status in _WITH_RETRY:
            names.add("Retry-After")
        elif status[0] == "2":
            names.update(sent)
        elif status == "304" and "ETag" in sent:
            names.add("ETag")
        headers = answer.setdefault("headers", {})
        for name in (name for name in HEADERS if name in names or name in headers):
            headers[name] = {"$ref": f"#/components/headers/{name}"}

"""Problem documents (RFC 9457), the form of every refusal over HTTP.

The category of a kernel error decides the status. Nothing internal is revealed: no exception text, no rejected input.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from inspect import getdoc
from typing import Any, Protocol, TypeVar, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared import context
from shared.kernel.errors import (
    Conflict,
    InvalidValue,
    LibraryError,
    NotAllowed,
    NotFound,
    NotProved,
    OutOfDate,
    PeerFailed,
    PeerTooSlow,
    ProvedTooLongAgo,
    Refusals,
    Refused,
    TooManyRequests,
    Unavailable,
    refusals_of,
)
from shared.sentences import Wording
from shared.validator_words import in_plain_words
from shared.web.edge.admission.rate_limit_headers import exhausted

MEDIA_TYPE = "application/problem+json"
PAGES = "/problems"
"""Where each service explains its problems, with a page for each code, to which the `type` of a problem leads."""
CHALLENGE = 'Bearer realm="library"'
"""The challenge of `WWW-Authenticate`."""

_STATUS: dict[type[LibraryError], int] = {
    NotFound: 404,
    Conflict: 409,
    Refused: 422,
    InvalidValue: 422,
    NotAllowed: 403,
    NotProved: 401,
    ProvedTooLongAgo: 401,
    OutOfDate: 412,
    TooManyRequests: 429,
    Unavailable: 503,
    PeerFailed: 502,
    PeerTooSlow: 504,
}
MOST_DESCRIBED = 20
"""The most errors of a request that are described; the others are counted."""
_SAME = {"enum": "literal_error"}
"""Codes of the validator that mean the same: a value that is not one of those allowed."""
REFUSAL = "refusal"
"""The key of the validator's context for the InvalidValue that was raised."""
MEANT = "did_you_mean"
"""The key of that context for the known name that is similar to an unknown one."""
INVALID_REQUEST = "The request has invalid fields or parameters."
_RANK = {404: 0, 409: 1, 422: 2, 403: 3}
_CODES = {
    400: "bad-request",
    401: "not-authenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "request-timeout",
    411: "length-required",
    413: "too-large",
    414: "target-too-long",
    415: "unsupported-media-type",
    421: "unknown-host",
    422: "invalid-request",
    428: "if-match-required",
    429: "too-many-requests",
    431: "headers-too-large",
    500: "internal-error",
    503: "unavailable",
}
DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not know that method.",
    500: "Something went wrong on our side. If it persists, report the request_id.",
}
"""The sentences for refusals of the framework."""


class Problem(HTTPException):
    """A refusal that belongs to HTTP itself, not to the business: a size, a header, a media type.

    It is an HTTPException because that is the one exception that FastAPI lets through while it reads a body.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Iterable[Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.errors = None if errors is None else [dict(error) for error in errors]


def status_of(kind: type[LibraryError]) -> int:
    """Return the status of the category of this error."""
    return next((_STATUS[base] for base in kind.__mro__ if base in _STATUS), 422)


def title_of(code: str) -> str:
    """Return the title of a code: that of `copy-on-loan` is `Copy on loan`."""
    return code.replace("-", " ").capitalize()


def document(
    status: int,
    code: str,
    detail: str,
    *,
    instance: str | None = None,
    errors: list[dict[str, Any]] | None = None,
    figures: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a problem document. `figures` become members, but never replace one that RFC 9457 or we define.

    Without `errors` the problem itself is the only entry of its list of errors.
    """
    here = context.current()
    if here is not None and here.wording is not None:
        detail, errors = _in_words(here.wording, code, detail, errors)
    problem: dict[str, Any] = {
        "type": f"{here.root_path if here else ''}{PAGES}/{code}",
        "title": title_of(code),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "request_id": here.request_id if here else None,
        "errors": [{"code": code, "detail": detail}] if errors is None else errors,
    }
    for name, figure in (figures or {}).items():
        problem.setdefault(name, figure)
    return problem


def _in_words(
    wording: Wording, code: str, detail: str, errors: list[dict[str, Any]] | None
) -> tuple[str, list[dict[str, Any]] | None]:
    """Translate the sentences of a problem. A detail that joins those of its errors is joined again."""
    translated = [{**error, "detail": wording.sentence(error["code"], error["detail"])} for error in errors or ()]
    if errors and detail == " ".join(error["detail"] for error in errors):
        return " ".join(error["detail"] for error in translated), translated
    return wording.sentence(code, detail), None if errors is None else translated


class HasSentence(Protocol):
    """A refusal that is shown as part of a successful answer."""

    @property
    def code(self) -> str: ...

    @property
    def detail(self) -> str: ...


Worded = TypeVar("Worded", bound=HasSentence)


def worded(refusals: tuple[Worded, ...]) -> tuple[Worded, ...]:
    """Return refusals, plain dataclasses, with their sentences in the language of the request."""
    here = context.current()
    if here is None or here.wording is None:
        return refusals
    put = here.wording.sentence
    return tuple(replace(cast("Any", each), detail=put(each.code, each.detail)) for each in refusals)


def body_of(problem: Mapping[str, Any]) -> bytes:
    """Return the document as JSON in ASCII, which every client can display."""
    return json.dumps(problem, default=_as_json, separators=(",", ":")).encode()


def _as_json(value: object) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


def code_for(status: int) -> str:
    """Return the code of a problem that has only a status."""
    return _CODES.get(status, "error")


def answer(problem: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return the response that carries `problem`."""
    return Response(body_of(problem), problem["status"], headers, MEDIA_TYPE)


def of_http(request: Request, error: HTTPException) -> Response:
    """Answer a Problem, or a refusal of the framework: no such address, no such method."""
    status = error.status_code
    if isinstance(error, Problem):
        code, detail, errors = error.code, error.detail, error.errors
    else:
        code, detail, errors = code_for(status), DETAILS.get(status, title_of(code_for(status)) + "."), None
    problem = document(status, code, detail, instance=request.scope["path"], errors=errors)
    return answer(problem, error.headers)


def of_error(request: Request, error: LibraryError) -> Response:
    """Answer a kernel error."""
    return answer(problem_of(error, instance=request.scope["path"]), _headers(error))


def problem_of(error: LibraryError, *, instance: str) -> dict[str, Any]:
    """Return the problem document of a kernel error."""
    every = _ranked(error)
    status, code = status_of(type(every[0])), every[0].code
    figures = every[0].figures if len(every) == 1 else {}
    errors = [_entry(each) for each in every]
    return document(status, code, error.detail, instance=instance, errors=errors, figures=figures)


def _ranked(error: LibraryError) -> list[LibraryError]:
    if not isinstance(error, Refusals):
        return [error]
    return sorted(error.refusals, key=lambda refusal: _RANK.get(status_of(type(refusal)), len(_RANK)))


def _entry(error: LibraryError) -> dict[str, Any]:
    entry: dict[str, Any] = {"code": error.code, "detail": error.detail}
    return {**error.figures, **_place(error), **entry}


def _place(error: LibraryError) -> dict[str, str]:
    """Return the location of the field of an error, if it names one."""
    field = getattr(error, "field", None)
    return {"pointer": pointer_to(field.split("."))} if isinstance(field, str) else {}


def _headers(error: LibraryError) -> dict[str, str]:
    if isinstance(error, ProvedTooLongAgo):  # RFC 9470
        seconds = int(error.within.total_seconds())
        challenge = f'{CHALLENGE}, error="insufficient_user_authentication", max_age="{seconds}"'
        return {"www-authenticate": challenge}
    if isinstance(error, NotProved):
        return {"www-authenticate": CHALLENGE}
    pause = getattr(error, "retry_after", None)
    if pause is None:
        return {}
    seconds = max(1, -int(-pause.total_seconds() // 1))
    return {"retry-after": str(seconds)} | (
        exhausted(error.code, seconds) if isinstance(error, TooManyRequests) else {}
    )


def pointer_to(path: Iterable[object]) -> str:
    """Return the JSON pointer (RFC 6901) of `path`, cut to a reasonable length."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)[:200]


def of_invalid(request: Request, errors: Sequence[Mapping[str, Any]]) -> Response:
    """Answer validation errors. A single one that is a refusal of ours is answered like that refusal."""
    refused = [_placed(error) for error in errors if REFUSAL in error.get("ctx", ())]
    if len(refused) == len(errors):
        return of_error(request, Refusals(refused) if len(refused) > 1 else refused[0])
    return answer(
        document(422, "invalid-request", INVALID_REQUEST, instance=request.scope["path"], errors=invalid_fields(errors))
    )


def _placed(error: Mapping[str, Any]) -> InvalidValue:
    """Return a refusal of ours, with where in the request its value stands: the third of a list."""
    refusal: InvalidValue = error["ctx"][REFUSAL]
    refusal.field = ".".join(map(str, error["loc"][1:])) or refusal.field
    return refusal


def invalid_fields(errors: Sequence[Mapping[str, Any]], *, count: int | None = None) -> list[dict[str, Any]]:
    """Describe the first errors by location, code and sentence, never by the input; count the rest of `count`."""
    found = []
    for error in errors[:MOST_DESCRIBED]:
        place, *path = error["loc"] or ("body",)
        found_by: Mapping[str, Any] = error.get("ctx", {})
        refusal, meant = found_by.get(REFUSAL), found_by.get(MEANT)
        entry = {
            **(refusal.figures if refusal else {}),
            **({MEANT: meant} if meant else {}),
            "pointer": pointer_to(path),
            "code": _SAME.get(error["type"], error["type"]).replace("_", "-"),
            "detail": f"{in_plain_words(error)}." + (f" Did you mean {meant}?" if meant else ""),
        }
        found.append(entry if place == "body" else {**entry, "in": place})
    if more := (count or len(errors)) - len(found):
        found.append({"pointer": "", "code": "more-errors", "detail": f"There are {more} more errors.", "more": more})
    return found


def refused_by(*use_cases: object) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route with the refusals that its use cases declare."""
    return refusals(*(kind for use_case in use_cases for kind in refusals_of(use_case)))


def refusals(*kinds: type[LibraryError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route with these refusals: by status, each code with an example.

    The example of a refusal is made with its class attribute `example`, or of the first line of its docstring.
    """
    by_status: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status = status_of(kind)
        answers = by_status.setdefault(status, {"description": "", "content": {MEDIA_TYPE: {"examples": {}}}})
        answers["content"][MEDIA_TYPE]["examples"][kind.code] = {
            "summary": title_of(kind.code),
            "description": getdoc(kind) or title_of(kind.code),
            "value": _example(kind, status),
        }
    for answers in by_status.values():
        answers["description"] = ", ".join(f"`{code}`" for code in answers["content"][MEDIA_TYPE]["examples"])
    return by_status


def _example(kind: type[LibraryError], status: int) -> dict[str, Any]:
    summary = (kind.__doc__ or title_of(kind.code)).partition("\n")[0]
    sample = LibraryError(summary) if kind.example is None else kind(**kind.example)
    entry = {**sample.figures, **_place(sample), "code": kind.code, "detail": sample.detail}
    return example(status, kind.code, sample.detail, errors=[entry], figures=sample.figures)


def example(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    figures: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a problem document for the documentation, with its values as JSON."""
    sample = document(status, code, detail, instance="/v1/…", errors=errors, figures=figures)
    plain: dict[str, Any] = json.loads(body_of({**sample, "request_id": "4f2a9c1d7e8b4c0a9d3e5f6a7b8c9d0e"}))
    return plain

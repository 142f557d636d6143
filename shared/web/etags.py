"""Versions over HTTP: strong entity tags, conditional reads, and changes guarded by `If-Match`.

A list page has a weak tag, a digest of its content: it changes with each item and, being weak, survives compression. It
serves conditional reads, never `If-Match`.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kernel.errors import OutOfDate
from shared.web.documents.described import Header, sends_header, takes_header
from shared.web.problems import Problem

_TAGS = re.compile(r'\s*+(?:W/)?"[\x21\x23-\x7e]*+"\s*+(?:,\s*+(?:W/)?"[\x21\x23-\x7e]*+"\s*+)*+')
_TAG = re.compile(r'(W/)?"([^"]*)"')
_OURS = re.compile(r"(\d{1,18})(?:-[0-9a-z]{1,40})?")
_NEVER = -1


class Versioned(Protocol):
    """A view of something with a version."""

    @property
    def version(self) -> int: ...


View = TypeVar("View", bound=Versioned)


class NotModified(Exception):
    """Ends a conditional read with 304."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def etag(version: int, also: str = "") -> str:
    """Return the strong entity tag of a version.

    `also` (small letters and digits) stands for parts of the answer that change without a new version. `If-Match`
    compares the version alone.
    """
    return f'"{version}-{also}"' if also else f'"{version}"'


def not_modified(request: Request, tag: str) -> bool:
    """Return whether `If-None-Match` says that the client has the content of this tag."""
    tags = ",".join(request.headers.getlist("if-none-match"))
    return bool(tags) and (tags.strip() == "*" or tag in re.findall(r'"[^"]*"', tags))


class Tagger:
    """Tags the answer with the version that it shows."""

    def __init__(self, request: Request, response: Response) -> None:
        self._request = request
        self._response = response

    def __call__(self, view: View) -> View:
        """Set `ETag` by the version of the view and, if it has one, its `mark`; return the view.

        A client that has this version gets 304 instead of the body.
        """
        tag = self.of(view)
        if self._request.method == "GET" and not_modified(self._request, tag):
            raise NotModified(tag)
        self._response.headers["etag"] = tag
        return view

    @staticmethod
    def of(view: Versioned) -> str:
        """Return the tag of a view."""
        return etag(view.version, getattr(view, "mark", ""))


IF_NONE_MATCH = Header(
    "If-None-Match",
    "The `ETag` that the client has, in its double quotes: answers 304 when it is still the present one.",
    methods=("GET",),
)


class ListTagger:
    """Wraps a list route: gives each page that is sent whole a weak tag, and answers 304 if the client has it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            if start:
                body = message.get("body", b"")
                await self._answer(Request(scope), start, body, send, is_whole=not message.get("more_body"))
                start.clear()
            else:
                await send(message)

        await self._app(scope, receive, tagged)

    async def _answer(self, request: Request, start: Message, body: bytes, send: Send, *, is_whole: bool) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        if is_whole and start["status"] == 200 and "etag" not in headers:
            digest = hashlib.blake2b(body + headers.get("link", "").encode(), digest_size=9).hexdigest()
            headers["etag"] = f'W/"{digest}"'
            if not_modified(request, f'"{digest}"'):
                del headers["content-length"], headers["content-type"]
                await send({**start, "status": 304, "headers": headers.raw})
                await send({"type": "http.response.body", "body": b""})
                return
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body, "more_body": not is_whole})


@sends_header("ETag")
@takes_header(IF_NONE_MATCH)
async def _tag(request: Request, response: Response) -> Tagger:
    return Tagger(request, response)


_WHICH = "The `ETag` of the version that is changed; `*` changes whatever version is there."


@takes_header(Header("If-Match", _WHICH, example='"1"', required=True))
async def _if_match(request: Request) -> int | None:
    if not request.headers.get("if-match", "").strip():
        raise _required()
    return await _maybe_if_match(request)


@takes_header(Header("If-Match", f"{_WHICH} So does leaving it out."))
async def _maybe_if_match(request: Request) -> int | None:
    tags = ",".join(request.headers.getlist("if-match")).strip()
    if tags in ("", "*"):
        return None
    if not _TAGS.fullmatch(tags):
        raise Problem(
            400,
            "invalid-if-match",
            'If-Match holds entity tags in double quotes, such as "3", with commas between, or *.',
        )
    ours = [_OURS.fullmatch(tag) for weak, tag in _TAG.findall(tags) if not weak]
    # Versions grow: of several that a client has read, only the newest can be the present one.
    return max((int(found.group(1)) for found in ours if found), default=_NEVER)


def _required() -> Problem:
    return Problem(
        428, "if-match-required", "Say with If-Match which version you change: its ETag, as you last read it."
    )


@dataclass(frozen=True, slots=True)
class Precondition:
    """The version that the caller means to change: None for any (`*`), 0 for something that does not exist yet."""

    version: int | None
    is_sent: bool

    @contextmanager
    def needed_for_what_is_there(self) -> Iterator[None]:
        """Turn OutOfDate into 428 when the caller sent no `If-Match`, expecting to create something."""
        try:
            yield
        except OutOfDate as error:
            if self.is_sent:
                raise
            raise _required() from error


@takes_header(Header("If-Match", f"{_WHICH} Leave it out to make the first."))
async def _if_match_unless_new(request: Request) -> Precondition:
    is_sent = "if-match" in request.headers
    return Precondition(await _if_match(request) if is_sent else 0, is_sent)


def tags_by_version(calls: Iterable[object]) -> bool:
    """Return whether a route tags its answers with a version, which forbids compressing them."""
    return _tag in calls


IfMatch = Annotated[int | None, Depends(_if_match)]
"""The version that the caller means to change; None for `*`. 428 without it; the use case refuses a stale one."""

MaybeIfMatch = Annotated[int | None, Depends(_maybe_if_match)]
"""The version that the caller means to remove; None for `*` and without the header."""

IfMatchUnlessNew = Annotated[Precondition, Depends(_if_match_unless_new)]
"""IfMatch for a PUT that may also create; then the header may be absent."""

Tag = Annotated[Tagger, Depends(_tag)]
"""`return tag(view)` in a route that shows a single thing."""

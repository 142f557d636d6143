"""What belongs to the request at hand and travels with every call and log line: ids, trace, deadline; and absence.

Set at the edges (an HTTP request, a message), read by logs, outgoing calls and the outbox.
"""

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import KW_ONLY, dataclass
from typing import Literal, Self

from shared.sentences import Wording

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One piece of work. `deadline` is a `time.monotonic()` value, or None when nobody waits.

    `parent_id` is the span of the caller that this work continues, if it named one. `root_path` is the prefix under
    which a gateway shows the service that answers. `wording` is how its sentences are put; None is English.
    """

    request_id: str
    trace_id: str
    span_id: str
    deadline: float | None = None
    parent_id: str | None = None
    root_path: str = ""
    wording: Wording | None = None

    @property
    def traceparent(self) -> str:
        """The W3C trace context under which work done for this request continues."""
        return f"00-{self.trace_id}-{self.span_id}-01"

    def seconds_left(self) -> float | None:
        """Return the seconds until the deadline, never below zero; None without a deadline."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True)
class Span:
    """Something that took `seconds` and has just ended.

    It is the `work` itself, or with a `span_id` of its own a part of it, such as a call to a neighbour.
    """

    kind: Literal["SERVER", "CLIENT", "CONSUMER"]
    name: str
    _: KW_ONLY
    service: str
    work: RequestContext
    seconds: float
    attributes: Mapping[str, str | int]
    failed: bool = False
    span_id: str | None = None


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current() -> RequestContext | None:
    """Return the context of the work at hand, or None outside of any."""
    return _current.get()


def new_context(
    *,
    request_id: str | None = None,
    traceparent: str | None = None,
    seconds: float | None = None,
    root_path: str = "",
    wording: Wording | None = None,
) -> RequestContext:
    """Begin a context: continue the caller's trace when its `traceparent` is sound, else start one."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    trace_id = match.group(1) if match else os.urandom(16).hex()
    deadline = None if seconds is None else time.monotonic() + seconds
    parent_id = match.group(2) if match else None
    return RequestContext(request_id or trace_id, trace_id, new_span_id(), deadline, parent_id, root_path, wording)


def sentence(code: str, english: str) -> str:
    """Return the sentence of a refusal in the language of whoever asked."""
    here = _current.get()
    return english if here is None or here.wording is None else here.wording.sentence(code, english)


def new_span_id() -> str:
    """Return a new id for a part of a trace."""
    return os.urandom(8).hex()


@contextmanager
def working_on(context: RequestContext) -> Iterator[RequestContext]:
    """Make `context` the current one inside the block."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


LONG = 0.15  # seconds after which who waits for somebody else is away


class Absence:
    """Whether one piece of work has long been waiting for somebody else, and so uses nothing here.

    `changed` hears 1, and then -1. A slow neighbour, or a client that reads slowly, would else look like more work than
    can be done; while that is what there is, everybody waits a little for everybody, and nobody is away for it. As a
    context manager it is that of the work inside the block. Of several waits at once the first and the last count; what
    still waits when the block ends is not heard of.
    """

    __slots__ = ("_changed", "_is_away", "_timer", "_token", "_waits")

    def __init__(self, changed: Callable[[int], None]) -> None:
        self._changed = changed
        self._waits = 0
        self._is_away = False
        self._timer: asyncio.TimerHandle | None = None
        self._token: Token[Absence | None]

    def __enter__(self) -> Self:
        self._token = _absence.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _absence.reset(self._token)
        self._come_back()
        self._changed = _nobody

    def begin(self) -> None:
        """Count one more wait."""
        self._waits += 1
        if self._waits == 1:
            self._timer = asyncio.get_running_loop().call_later(LONG, self._leave)

    def end(self) -> None:
        """Count one wait less."""
        self._waits -= 1
        if not self._waits:
            self._come_back()

    def _leave(self) -> None:
        self._is_away = True
        self._changed(1)

    def _come_back(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._is_away:
            self._is_away = False
            self._changed(-1)


class _Away:
    """The block inside of which the work at hand waits for somebody else."""

    __slots__ = ("_of",)

    def __enter__(self) -> None:
        self._of = _absence.get()
        if self._of is not None:
            self._of.begin()

    def __exit__(self, *_: object) -> None:
        if self._of is not None:
            self._of.end()


def away() -> _Away:
    """Return the context manager for waiting: the work at hand, if anybody counts it, is away inside the block."""
    return _Away()


def _nobody(_: int) -> None:
    """Hear of nothing any more."""


_absence: ContextVar[Absence | None] = ContextVar("absence", default=None)

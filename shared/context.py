"""What belongs to the request at hand and travels with every call and log line: ids, trace, deadline, language.

Set at the edges (an HTTP request, a message), read by logs, outgoing calls and the outbox.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from shared.sentences import Wording

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One piece of work. `deadline` is a `time.monotonic()` value, or None when no caller waits for the result.

    `parent_id` is the span of the caller that this work continues, if it named one. `root_path` is the prefix under
    which a gateway publishes the service. `wording` translates the sentences of the answer; without one it is English.
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
    """A span of a trace that took `seconds` and has just ended.

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
    """Begin a context: continue the caller's trace when its `traceparent` is valid, else start one."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    trace_id = match.group(1) if match else os.urandom(16).hex()
    deadline = None if seconds is None else time.monotonic() + seconds
    parent_id = match.group(2) if match else None
    return RequestContext(request_id or trace_id, trace_id, new_span_id(), deadline, parent_id, root_path, wording)


def sentence(code: str, english: str) -> str:
    """Return the sentence of a refusal in the language of the request."""
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

"""The HTTP client for neighbouring services. The only user of httpx outside the adapters."""

import asyncio
import base64
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog

from shared import context, metrics, tracing
from shared.external_waits import external_wait
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http.breaker import Breaker, CallVerdict, RetryBudget, State
from shared.outgoing_http.transport import NeighbourTransport, PeerNotTrusted
from shared.tasks import jittered
from shared.tls import verifying

LARGEST_ANSWER = 1024 * 1024
TOO_LATE = 0.05  # seconds; with less than this left nothing is sent
SILENCE = 1.0  # seconds without an answer that are the neighbour's fault, and not a caller's haste
_CONNECT_TIMEOUT = 1.0  # the kernel accepts, however busy the neighbour is
_FIRST_PAUSE = 0.1  # seconds, jittered; doubles with each try
_OF_THE_TRANSFER = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
_COMPACT = json.JSONEncoder(separators=(",", ":"))
_PASSING = frozenset({502, 503, 504})  # status codes after which a retry may succeed


Transports = Mapping[str, httpx.AsyncBaseTransport]
"""Transports to neighbours in the same process, by name."""

_log = structlog.get_logger(__name__)


class NeighbourTooSlow(NeighbourUnavailable):
    """It was asked, and gave no answer in time."""


class _TooLarge(httpx.TransportError):
    """The answer is larger than the limit."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why an attempt gave no usable answer.

    `outcome` is its label in the metrics, if the neighbour failed; `why` has details for operators.
    """

    reason: str
    retry_after: float | None = None
    passing: bool = False
    outcome: str | None = None
    why: str | None = None
    late: bool = False


class NeighbourClient:
    """Calls one neighbour, and raises NeighbourUnavailable when it has no answer in time; for no 4xx but 429.

    A call is limited by the deadline of the current request alone, so that a slow neighbour is waited for. It passes on
    the time that is left, the request id and the trace. A call that is refused, dropped or failed is retried while time
    is left, within a budget. A circuit breaker spares a failing neighbour; a bulkhead limits concurrent calls.

    It hands httpx' requests to a transport directly: no redirects, no cookies, no proxies, and a third less CPU.

    Create it once, and close it. `timeout` is in seconds, for calls without a deadline. `service` is the caller in the
    metrics. At `https://` the neighbour's certificate is verified with the authorities of the system and of `ca_file`.

    A system of others is `foreign`: it is told nothing of our requests. Unless it is `at_home`, in our own network, it
    is met at public addresses alone. An answer has at most `largest` bytes.
    """

    def __init__(
        self,
        *,
        base_url: str,
        neighbour: str,
        service: str = "library",
        max_concurrent: int = 32,
        timeout: float = 3.0,
        transport: httpx.AsyncBaseTransport | None = None,
        ca_file: Path | None = None,
        foreign: bool = False,
        at_home: bool = True,
        largest: int = LARGEST_ANSWER,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._foreign, self._largest = foreign, largest
        self._transport = transport or NeighbourTransport(
            max_connections=max_concurrent, tls=verifying(ca_file), only_public=not at_home
        )
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": service}
        self.neighbour = neighbour
        self.service = service
        self._timeout = timeout
        self._slots = asyncio.Semaphore(max_concurrent)
        self._budget = RetryBudget()
        self._breaker = Breaker(on_change=self._show)

    async def get(
        self, path: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a GET. `path` may be an absolute address of this neighbour.

        Raises NeighbourUnavailable for failures, timeouts, an open breaker, 3xx, 429 and 5xx.
        """
        return await self._call("GET", path, params=params, headers=headers)

    async def ask(self, path: str, question: object, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a question that is too long for an address by POST, as JSON. It changes nothing there.

        Raises NeighbourUnavailable like `get`.
        """
        headers_sent = {"Content-Type": "application/json", **(headers or {})}
        content = _COMPACT.encode(question).encode()
        return await self._call("POST", path, content=content, headers=headers_sent)

    async def ask_for_token(
        self, path: str, data: Mapping[str, str], *, auth: tuple[str, str] | None
    ) -> httpx.Response:
        """Request a token with a form, and HTTP Basic authentication with `auth`. A retry may yield a second token.

        Raises NeighbourUnavailable like `get`.
        """
        return await self._call("POST", path, data=data, auth=auth)

    def unusable(self, answer: str) -> NeighbourUnavailable:
        """Return the refusal for an unusable answer, which `answer` describes."""
        return NeighbourUnavailable(f"The {self.neighbour} service answered {answer}; nothing was changed.")

    def unreadable(self) -> NeighbourUnavailable:
        """Return the refusal for an answer of an unexpected form."""
        return NeighbourUnavailable(f"The {self.neighbour} service answered something unreadable; nothing was changed.")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _call(self, method: str, path: str, **parts: Any) -> httpx.Response:
        self._budget.earn()
        left = seconds_left(context.current())
        until = time.monotonic() + (left if left < math.inf else self._timeout)
        pause = _FIRST_PAUSE
        with external_wait():
            while True:
                answer = await self._attempt(method, path, parts, until)
                if isinstance(answer, httpx.Response):
                    return answer
                wait = jittered(pause) + (answer.retry_after or 0)
                if not answer.passing or _left(until) < wait + TOO_LATE or not self._budget.spend():
                    raise self._refusal(answer)
                await asyncio.sleep(wait)
                pause *= 2

    async def _attempt(
        self, method: str, path: str, parts: Mapping[str, Any], until: float
    ) -> httpx.Response | _Failure:
        if not await self._acquire_slot(until):
            return _Failure("has too many calls of ours in hand")
        try:
            seconds = _left(until)
            if seconds < TOO_LATE:
                return _Failure("would answer too late", late=True)
            request = self._request(method, path, seconds, parts)
            ticket = self._breaker.let_through()
            if ticket is None:
                return _Failure("does not answer at present", retry_after=self._breaker.seconds_closed_to_calls())
            return await self._send(ticket, request, seconds)
        finally:
            self._slots.release()

    async def _acquire_slot(self, until: float) -> bool:
        try:
            async with asyncio.timeout(_left(until)):
                await self._slots.acquire()
        except TimeoutError:
            return False
        return True

    async def _send(self, ticket: int, request: httpx.Request, seconds: float) -> httpx.Response | _Failure:
        begun = time.monotonic()
        outcome, verdict = "cancelled", CallVerdict.UNKNOWN
        try:
            response = await self._read(request, begun + seconds)
            outcome, verdict = (
                str(response.status_code),
                CallVerdict.ILL if response.status_code >= 500 else CallVerdict.WELL,
            )
            return _usable(response)
        except httpx.RequestError as error:
            outcome, verdict, failure = _judged(error, seconds)
            return failure
        finally:
            self._breaker.report(ticket, verdict)
            took = time.monotonic() - begun
            metrics.outgoing_requests.labels(self.service, self.neighbour, request.method, outcome).observe(took)
            self._trace(request, outcome, took)

    def _trace(self, request: httpx.Request, outcome: str, took: float) -> None:
        here = context.current()
        if here is not None:
            tracing.record(
                context.Span(
                    "CLIENT",
                    f"{request.method} {self.neighbour}",
                    service=self.service,
                    work=here,
                    seconds=took,
                    attributes={
                        "http.request.method": request.method,
                        "peer.service": self.neighbour,
                        "outcome": outcome,
                    },
                    failed=not outcome.isdigit() or int(outcome) >= 500,
                    span_id=_span_of(request),
                )
            )

    async def _read(self, request: httpx.Request, until: float) -> httpx.Response:
        """Send, and read the whole answer. httpx limits only each wait, so the time is checked after each chunk."""
        response = await self._transport.handle_async_request(request)
        try:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > self._largest:
                    raise _TooLarge("the answer is too large", request=request)
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the answer took too long", request=request)
        finally:
            await response.aclose()
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_THE_TRANSFER]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body), request=request)

    def _request(self, method: str, path: str, seconds: float, parts: Mapping[str, Any]) -> httpx.Request:
        headers = {**self._headers, **(parts.get("headers") or {})}
        here = context.current()
        if not self._foreign:
            headers["X-Request-Timeout-Ms"] = str(int(seconds * 1000))
        if here is not None and not self._foreign:
            headers["X-Request-ID"] = here.request_id
            headers["traceparent"] = f"00-{here.trace_id}-{context.new_span_id()}-01"
        if parts.get("auth"):
            headers["Authorization"] = _basic(*parts["auth"])
        url = path if "://" in path else self._base_url + path
        # The kernel accepts a connection, but the handshake needs the neighbour, which may be busy.
        connect = seconds if url.startswith("https:") else min(_CONNECT_TIMEOUT, seconds)
        timeout = httpx.Timeout(connect=connect, read=seconds, write=seconds, pool=connect)
        if parts.get("params"):
            url = f"{url}?{urlencode(parts['params'])}"
        return httpx.Request(
            method,
            _parsed(url),
            headers=headers,
            content=parts.get("content"),
            data=parts.get("data"),
            extensions={"timeout": timeout.as_dict()},
        )

    def _show(self, state: State) -> None:
        metrics.breaker_state.labels(self.service, self.neighbour).set(state)
        if state is State.OPEN:
            _log.warning("calls to a neighbour are stopped for a while", neighbour=self.neighbour)

    def _refusal(self, failure: _Failure) -> NeighbourUnavailable:
        if failure.outcome is not None:
            more = {} if failure.why is None else {"reason": failure.why}
            _log.warning("call to a neighbour failed", neighbour=self.neighbour, outcome=failure.outcome, **more)
        kind = NeighbourTooSlow if failure.late else NeighbourUnavailable
        return kind(
            f"The {self.neighbour} service {failure.reason}. Nothing was changed; repeat the request in a moment.",
            retry_after=timedelta(seconds=max(1.0, failure.retry_after or 0)),
            neighbour=self.neighbour,
        )


def _judged(error: httpx.RequestError, seconds: float) -> tuple[str, CallVerdict, _Failure]:
    """Return the outcome of a failed call that had `seconds`, for the metrics, the breaker and the caller.

    A slow neighbour is silent, and is not retried, which would only add load. One that is down refuses or drops the
    connection, or has no kernel that would accept it.
    """
    if isinstance(error, httpx.TimeoutException) and not _is_gone(error, seconds):
        # A caller with little time must not make a healthy neighbour look unhealthy.
        patient = seconds >= SILENCE
        verdict = CallVerdict.SILENT if patient else CallVerdict.UNKNOWN
        return (
            "timeout",
            verdict,
            _Failure("does not answer in time", outcome="timeout" if patient else None, late=True),
        )
    if isinstance(error, _TooLarge):
        return "too_large", CallVerdict.ILL, _Failure("gave an answer that is too large", outcome="too_large")
    if isinstance(error, PeerNotTrusted):
        return (
            "not_trusted",
            CallVerdict.ILL,
            _Failure("does not prove who it is", outcome="not_trusted", why=str(error)),
        )
    outcome = "refused" if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else "broken"
    return outcome, CallVerdict.ILL, _Failure("does not answer", passing=True, outcome=outcome)


def _is_gone(error: httpx.TimeoutException, seconds: float) -> bool:
    unencrypted = error.request.url.scheme == "http"
    return isinstance(error, httpx.ConnectTimeout) and unencrypted and seconds > _CONNECT_TIMEOUT


def _usable(response: httpx.Response) -> httpx.Response | _Failure:
    status = response.status_code
    if status >= 500 or status == httpx.codes.TOO_MANY_REQUESTS:
        pause = response.headers.get("retry-after", "")
        retry_after = float(pause) if pause.isascii() and pause.isdigit() and len(pause) < 6 else None
        reason = "is asked too often" if status == httpx.codes.TOO_MANY_REQUESTS else "has failed"
        outcome = str(status) if status >= 500 else None
        return _Failure(reason, retry_after=retry_after, passing=status in _PASSING, outcome=outcome)
    if response.has_redirect_location:
        return _Failure("points elsewhere, where we do not follow")
    return response


_parsed = lru_cache(maxsize=64)(httpx.URL)  # a neighbour has few routes, and parsing an address is slow


def _span_of(request: httpx.Request) -> str:
    """Return the id of the span that the request announced, or one that nobody was told."""
    announced = request.headers.get("traceparent")
    return context.new_span_id() if announced is None else announced.split("-")[2]


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def seconds_left(asker: context.RequestContext | None) -> float:
    """Return the seconds until the deadline of the request; infinity without one."""
    left = None if asker is None else asker.seconds_left()
    return math.inf if left is None else left


def _left(until: float) -> float:
    return max(0.0, until - time.monotonic())

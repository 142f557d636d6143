"""The outermost layer of every service: which requests are admitted, and what every answer carries.

One pure-ASGI layer does it all, because each layer costs every request. What is refused here is a problem document with
the same headers as any other. The stages of a request, and what each may answer by itself:

      request ──▶ 1 context     id, trace, deadline            (here)
                  2 prefix      of the gateway                 (here)
                  3 preflight   cross-origin questions         cors.py        204
                  4 limits      head, target, host             limits.py      400 413 414 415 421 422 431
                  5 caller      the token, if there is one     callers.py
                  6 body        read whole, few at a time      admission/     400 413 429 503
                  7 slot        held until the answer          admission/     429 503
                        the application
      answer ◀──  8 rescue      unhandled exceptions           (here)         500 503
                  9 headers     security, cache, request id    (here)
                 10 telemetry   metric, log line, trace        telemetry.py
"""

import asyncio
import re
import time
from collections.abc import Callable
from functools import partial

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import context, metrics
from shared.external_waits import ExternalWaits, external_wait
from shared.sentences import Sentences
from shared.tokens import Verifier
from shared.trusted import AllowedHosts
from shared.web.edge.admission import rate_limit_headers
from shared.web.edge.admission.bodies import BodyReader, BufferedBody
from shared.web.edge.admission.concurrency import ConcurrencyLimiter, RequestShed
from shared.web.edge.callers import caller_address, caller_key, recognise
from shared.web.edge.cors import CrossOrigin, Headers
from shared.web.edge.languages import Wordings, language_of_answer
from shared.web.edge.limits import Limits, MeasuredBody, RequestHead, discard, read_head, refusal_of
from shared.web.edge.telemetry import AGGREGATE, EACH, NEVER, RequestTelemetry, route_of
from shared.web.problems import MEDIA_TYPE, Problem, body_of, document

log = structlog.get_logger(__name__)

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_OPERATIONS = ("/health/", "/metrics")

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_CSP = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_NO_STORE = (b"cache-control", b"no-store")
_NO_CACHE = (b"cache-control", b"no-cache")


class EdgeMiddleware:
    """The layer itself, one per application. `root_path` is the prefix under which a gateway publishes the service.

    The library's own services are the clients that hold one of `service_scopes`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        root_path: str,
        limits: Limits,
        cross_origin: CrossOrigin,
        hosts: AllowedHosts,
        verifier: Verifier,
        service_scopes: frozenset[str],
        sentences: Sentences,
    ) -> None:
        self._app = app
        self._service = service
        self._root = root_path
        self._limits = limits
        self._cross_origin = cross_origin
        self._hosts = hosts
        self._verifier = verifier
        self._service_scopes = service_scopes
        self._wordings = Wordings(sentences)
        self._limiter = ConcurrencyLimiter(limits.in_flight)
        self._large = ConcurrencyLimiter(limits.in_flight_large)
        self._bodies = BodyReader(limit=limits.body_reads, per_address=limits.body_reads_per_address)
        metrics.active_requests.labels(service).set_function(lambda: self._limiter.in_flight + self._large.in_flight)
        self._telemetry = RequestTelemetry(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()  # 1: context
        method: str = scope["method"]
        if method == "HEAD":  # answered as GET is, by the same route and for the same callers (RFC 9110, 9.3.2)
            scope = {**scope, "method": "GET"}
        head = read_head(scope["headers"])
        here = context.new_context(
            request_id=head.request_id if head.request_id and _SANE_ID.fullmatch(head.request_id) else None,
            traceparent=head.traceparent,
            seconds=self._limits.timeout_for(head.timeout),
            root_path=self._root,
            wording=self._wordings.for_client(head.languages),
        )
        path = self._strip_prefix(scope)  # 2
        outgoing = _Outgoing(self, scope, head, here, send, method=method)
        with context.working_on(here):
            try:
                await self._serve(scope, head, path, receive, outgoing)
            finally:
                seconds = time.perf_counter() - began  # 10
                logged = NEVER if path.startswith(_OPERATIONS) else AGGREGATE if outgoing.is_shed else EACH
                self._telemetry.record(scope, here, outgoing.method, outgoing.status, seconds, logged=logged)

    def _strip_prefix(self, scope: Scope) -> str:
        """Put the prefix into the scope, whether or not the gateway has stripped it; return the path without it."""
        path: str = scope["path"]
        if not self._root:
            return path
        if path == self._root or path.startswith(f"{self._root}/"):
            rest = path[len(self._root) :]
            if not rest.startswith(_OPERATIONS):  # those are not reachable through a gateway
                path = rest
        scope["root_path"] = self._root
        scope["path"] = self._root + path
        return path

    async def _serve(self, scope: Scope, head: RequestHead, path: str, receive: Receive, outgoing: "_Outgoing") -> None:
        body = MeasuredBody(receive, self._limits.body_at(path))
        try:  # 3: preflight
            if self._cross_origin.is_preflight(scope["method"], head.origin, asks=head.asks_for_method):
                await outgoing.empty(204, self._cross_origin.preflight())
                return
            problem = refusal_of(scope, head, self._limits, path) or self._misdirected(head, path)  # 4
            if problem is None:
                await self._admit(scope, head, path, body, outgoing)
                return
        except Problem as refused:  # 8: rescue
            if outgoing.status:
                raise
            problem, outgoing.is_shed = refused, isinstance(refused, RequestShed)
        except asyncio.CancelledError:  # the process ends, and the time for finishing requests is over
            if not outgoing.status:
                detail = "The service is being stopped. Repeat the request."
                await outgoing.problem(Problem(503, "stopping", detail, headers={"retry-after": "1"}))
            raise
        except Exception:
            if body.is_disconnected:
                log.info("the client left before it had the answer", **{"http.route": route_of(scope)})
                return
            log.exception("a request failed", **{"http.request.method": scope["method"], "http.route": route_of(scope)})
            if outgoing.status:
                raise
            problem = Problem(
                500, "internal-error", "Something went wrong here. If it persists, report the request_id."
            )
        await outgoing.problem(problem, unread=receive if problem.status_code == 413 else None)

    def _misdirected(self, head: RequestHead, path: str) -> Problem | None:
        """Refuse a request that was meant for another host: links and forms of our answers would lead there."""
        if self._hosts.admit(head.host) or path.startswith(_OPERATIONS):
            return None
        setting = f"{self._service.upper()}_ALLOWED_HOSTS"
        detail = f"Nobody is called so here: use the service's own host name. Its operator lists them in {setting}."
        return Problem(421, "unknown-host", detail)

    async def _admit(self, scope: Scope, head: RequestHead, path: str, receive: Receive, outgoing: "_Outgoing") -> None:
        """Serve the request in a slot, once its caller is known and its body has arrived. Raises Problem.

        Health and metrics need no slot: they cost next to nothing, and must be answered when all slots are taken.
        """
        most = self._limits.body_at(path)
        if path.startswith(_OPERATIONS):
            await self._app(scope, receive, outgoing)
            return
        timeout = self._limits.timeout_for(head.timeout)
        if timeout < self._limits.least_timeout:
            detail = "The caller does not wait long enough for an answer; nothing was changed."
            raise Problem(503, "too-little-time", detail, headers={"retry-after": "1"})
        caller = caller_key(scope, await recognise(scope, head, self._verifier), self._service_scopes)  # 5
        is_large = most > self._limits.body and (head.chunked or head.length > self._limits.body)
        limiter = self._large if is_large else self._limiter
        limiter.check(caller)
        if not is_large and (head.length or head.chunked):  # 6
            body = await self._bodies.read(receive, most=most, address=caller_address(scope))
            receive = BufferedBody(body, receive)
        await limiter.acquire(caller, seconds=timeout)  # 7
        outgoing.concurrency_headers = partial(limiter.headers, caller)
        try:
            with ExternalWaits(partial(limiter.count_external_wait, caller)):
                await self._app(scope, receive, outgoing)
        finally:
            limiter.release(caller)

    def headers_for(self, scope: Scope, head: RequestHead, own: Headers) -> Headers:
        """Return the headers of an answer: its `own`, which win, and those that every answer carries."""
        names = {name for name, _ in own}
        headers = [*own, *_ALWAYS]
        if b"content-security-policy" not in names:
            headers.append(_CSP)
        if b"cache-control" not in names:
            headers.append(_NO_CACHE if head.authorization is None else _NO_STORE)
        if scope.get("scheme") == "https":
            headers.append(_HSTS)
        if self._root and b"location" in names:
            headers = [(name, self._with_prefix(value) if name == b"location" else value) for name, value in headers]
        if self._cross_origin:
            headers.extend(self._cross_origin.headers(head.origin))
        return headers

    def _with_prefix(self, location: bytes) -> bytes:
        """Return an address of ours as the gateway publishes it."""
        root = self._root.encode()
        ours = location.startswith(b"/") and not location.startswith(b"//")
        return root + location if ours and not location.startswith(root + b"/") else location


class _Outgoing:
    """Sends one answer: adds the headers, remembers the status, leaves out the body of an answer to HEAD."""

    __slots__ = ("_edge", "_head", "_here", "_scope", "_send", "concurrency_headers", "is_shed", "method", "status")

    def __init__(
        self,
        edge: EdgeMiddleware,
        scope: Scope,
        head: RequestHead,
        here: context.RequestContext,
        send: Send,
        *,
        method: str,
    ) -> None:
        self._edge = edge
        self.method = method
        self._scope = scope
        self._head = head
        self._here = here
        self._send = send
        self.is_shed = False
        self.concurrency_headers: Callable[[], Headers] = list
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = self._edge.headers_for(self._scope, self._head, message.get("headers", ()))
            headers.append((b"x-request-id", self._here.request_id.encode()))
            headers += [*self.concurrency_headers(), *self._scope.get(rate_limit_headers.SCOPE_KEY, ())]
            headers += language_of_answer(self._here.wording, self.status, headers)
            message = {"type": "http.response.start", "status": self.status, "headers": headers}
        elif self.method == "HEAD":
            message = {**message, "body": b""}
        elif message.get("more_body"):
            with external_wait():  # until the client has read enough of what was sent before
                await self._send(message)
            return
        await self._send(message)

    async def empty(self, status: int, headers: Headers) -> None:
        """Answer without a body."""
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": b""})

    async def problem(self, problem: Problem, *, unread: Receive | None = None) -> None:
        """Answer with a refusal at once, and then discard the rest of an `unread` body, which may never end."""
        content = document(
            problem.status_code, problem.code, problem.detail, instance=self._scope["path"], errors=problem.errors
        )
        body = body_of(content)
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
        headers.extend((name.encode(), value.encode()) for name, value in (problem.headers or {}).items())
        await self({"type": "http.response.start", "status": problem.status_code, "headers": headers})
        if unread is not None:
            await self({"type": "http.response.body", "body": body, "more_body": True})
            await discard(unread)
            body = b""
        await self({"type": "http.response.body", "body": body})

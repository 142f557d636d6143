"""The outermost layer of every service: which requests come in, and what every answer carries.

One pure-ASGI layer does it all, because each layer costs every request. What is refused here is a problem document with
the same headers as any other. The stages of a request, and what each may answer by itself:

      request ──▶ 1 context     id, trace, deadline            (here)
                  2 place       where the gateway shows it     (here)
                  3 preflight   cross-origin questions         cors.py        204
                  4 limits      head, target, host             limits.py      400 413 414 415 421 422 431
                  5 caller      the token, if there is one     callers.py
                  6 body        read whole, by a bounded few   bodies.py      400 413 429 503
                  7 work        a place, until the answer      places.py      429 503
                        the application
      answer ◀──  8 rescue      what nobody caught             (here)         500 503
                  9 headers     security, cache, request id    (here)
                 10 account     metric, log line, trace        (here)
"""

import asyncio
import re
import time
from collections.abc import Callable
from functools import partial

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import context, metrics
from shared.sentences import Sentences
from shared.tokens import Verifier
from shared.trusted import AllowedHosts
from shared.web.edge.account import BY_ITSELF, NOT_AT_ALL, TOGETHER, Account, route_of
from shared.web.edge.bodies import Arrived, BodyReader
from shared.web.edge.callers import caller_address, recognise
from shared.web.edge.cors import CrossOrigin, Headers
from shared.web.edge.languages import Wordings, language_of_answer
from shared.web.edge.limits import Facts, Limits, Measured, discard, facts_of, refusal_of
from shared.web.edge.places import NoPlace, Places, holder_of
from shared.web.edge.rate_limits import LEFT
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
    """The layer itself, one per application. `root_path` is the prefix under which a gateway shows the service.

    `service_scopes` tell the library's own services: clients that hold one of them.
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
        self._places = Places(limits.in_flight)
        self._large = Places(limits.in_flight_large)
        self._bodies = BodyReader(most=limits.waiting, of_address=limits.waiting_of_address)
        metrics.active_requests.labels(service).set_function(lambda: self._places.taken + self._large.taken)
        self._account = Account(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()  # 1: context
        method: str = scope["method"]
        if method == "HEAD":  # answered as GET is, by the same route and for the same callers (RFC 9110, 9.3.2)
            scope = {**scope, "method": "GET"}
        facts = facts_of(scope["headers"])
        here = context.new_context(
            request_id=facts.request_id if facts.request_id and _SANE_ID.fullmatch(facts.request_id) else None,
            traceparent=facts.traceparent,
            seconds=self._limits.timeout_for(facts.timeout),
            root_path=self._root,
            wording=self._wordings.for_client(facts.languages),
        )
        path = self._place(scope)  # 2
        outgoing = _Outgoing(self, scope, facts, here, send, method=method)
        with context.working_on(here):
            try:
                await self._serve(scope, facts, path, receive, outgoing)
            finally:
                seconds = time.perf_counter() - began  # 10
                told = NOT_AT_ALL if path.startswith(_OPERATIONS) else TOGETHER if outgoing.is_shed else BY_ITSELF
                self._account.keep(scope, here, outgoing.method, outgoing.status, seconds, told=told)

    def _place(self, scope: Scope) -> str:
        """Put the request where the gateway shows it, whether that strips the prefix or not; return the rest of it."""
        path: str = scope["path"]
        if not self._root:
            return path
        if path == self._root or path.startswith(f"{self._root}/"):
            rest = path[len(self._root) :]
            if not rest.startswith(_OPERATIONS):  # those are asked directly: what comes through a gateway finds nothing
                path = rest
        scope["root_path"] = self._root
        scope["path"] = self._root + path
        return path

    async def _serve(self, scope: Scope, facts: Facts, path: str, receive: Receive, outgoing: "_Outgoing") -> None:
        body = Measured(receive, self._limits.body_at(path))
        try:  # 3: preflight
            if self._cross_origin.is_preflight(scope["method"], facts.origin, asks=facts.wants_method):
                await outgoing.empty(204, self._cross_origin.preflight())
                return
            problem = refusal_of(scope, facts, self._limits, path) or self._misdirected(facts, path)  # 4
            if problem is None:
                await self._work(scope, facts, path, body, outgoing)
                return
        except Problem as refused:  # 8: rescue
            if outgoing.status:
                raise
            problem, outgoing.is_shed = refused, isinstance(refused, NoPlace)
        except asyncio.CancelledError:  # the process ends, and the time for finishing requests is over
            if not outgoing.status:
                detail = "The service is being stopped. Repeat the request."
                await outgoing.problem(Problem(503, "stopping", detail, headers={"retry-after": "1"}))
            raise
        except Exception:
            if body.is_gone:
                log.info("the client left before it had the answer", **{"http.route": route_of(scope)})
                return
            log.exception("a request failed", **{"http.request.method": scope["method"], "http.route": route_of(scope)})
            if outgoing.status:
                raise
            problem = Problem(
                500, "internal-error", "Something went wrong here. If it persists, report the request_id."
            )
        await outgoing.problem(problem, unread=receive if problem.status_code == 413 else None)

    def _misdirected(self, facts: Facts, path: str) -> Problem | None:
        """Refuse what was meant for another host: links and forms of our answers would lead there."""
        if self._hosts.admit(facts.host) or path.startswith(_OPERATIONS):
            return None
        setting = f"{self._service.upper()}_ALLOWED_HOSTS"
        detail = f"Nobody is called so here: use the service's own host name. Its operator lists them in {setting}."
        return Problem(421, "unknown-host", detail)

    async def _work(self, scope: Scope, facts: Facts, path: str, receive: Receive, outgoing: "_Outgoing") -> None:
        """Let the request take a place, once its caller is known and its body is there, and do it. Raises Problem.

        What operators ask needs no place: it costs next to nothing, and must be answered when all places are taken.
        """
        most = self._limits.body_at(path)
        if path.startswith(_OPERATIONS):
            await self._app(scope, receive, outgoing)
            return
        timeout = self._limits.timeout_for(facts.timeout)
        if timeout < self._limits.least_timeout:
            detail = "The caller does not wait long enough for an answer; nothing was changed."
            raise Problem(503, "too-little-time", detail, headers={"retry-after": "1"})
        holder = holder_of(scope, await recognise(scope, facts, self._verifier), self._service_scopes)  # 5
        is_large = most > self._limits.body and (facts.chunked or facts.length > self._limits.body)
        places = self._large if is_large else self._places
        places.look(holder)
        if not is_large and (facts.length or facts.chunked):  # 6
            body = await self._bodies.read(receive, longest=most, address=caller_address(scope))
            receive = Arrived(body, receive)
        await places.take(holder, seconds=timeout)  # 7
        outgoing.share = partial(places.figures, holder)
        try:
            with context.Absence(partial(places.step_out, holder)):
                await self._app(scope, receive, outgoing)
        finally:
            places.give_back(holder)

    def headers_for(self, scope: Scope, facts: Facts, given: Headers) -> Headers:
        """Return `given` and what every answer carries; what the application set itself stays."""
        names = {name for name, _ in given}
        headers = [*given, *_ALWAYS]
        if b"content-security-policy" not in names:
            headers.append(_CSP)
        if b"cache-control" not in names:
            headers.append(_NO_CACHE if facts.authorization is None else _NO_STORE)
        if scope.get("scheme") == "https":
            headers.append(_HSTS)
        if self._root and b"location" in names:
            headers = [(name, self._shown(value) if name == b"location" else value) for name, value in headers]
        if self._cross_origin:
            headers.extend(self._cross_origin.headers(facts.origin))
        return headers

    def _shown(self, location: bytes) -> bytes:
        """Return an address of ours as the gateway shows it."""
        root = self._root.encode()
        ours = location.startswith(b"/") and not location.startswith(b"//")
        return root + location if ours and not location.startswith(root + b"/") else location


class _Outgoing:
    """The way of one answer out: adds the headers, remembers the status, keeps the body of an answer to HEAD back."""

    __slots__ = ("_facts", "_guard", "_here", "_scope", "_send", "is_shed", "method", "share", "status")

    def __init__(
        self,
        guard: EdgeMiddleware,
        scope: Scope,
        facts: Facts,
        here: context.RequestContext,
        send: Send,
        *,
        method: str,
    ) -> None:
        self._guard = guard
        self.method = method
        self._scope = scope
        self._facts = facts
        self._here = here
        self._send = send
        self.is_shed = False
        self.share: Callable[[], Headers] = list
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = self._guard.headers_for(self._scope, self._facts, message.get("headers", ()))
            headers.append((b"x-request-id", self._here.request_id.encode()))
            headers += [*self.share(), *self._scope.get(LEFT, ())]
            headers += language_of_answer(self._here.wording, self.status, headers)
            message = {"type": "http.response.start", "status": self.status, "headers": headers}
        elif self.method == "HEAD":
            message = {**message, "body": b""}
        elif message.get("more_body"):
            with context.away():  # until the client has read enough of what it was sent before
                await self._send(message)
            return
        await self._send(message)

    async def empty(self, status: int, headers: Headers) -> None:
        """Answer without a body."""
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": b""})

    async def problem(self, problem: Problem, *, unread: Receive | None = None) -> None:
        """Answer a refusal: at once, and then discard a body that is `unread`, which its sender may never finish."""
        told = document(
            problem.status_code, problem.code, problem.detail, instance=self._scope["path"], errors=problem.errors
        )
        body = body_of(told)
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
        headers.extend((name.encode(), value.encode()) for name, value in (problem.headers or {}).items())
        await self({"type": "http.response.start", "status": problem.status_code, "headers": headers})
        if unread is not None:
            await self({"type": "http.response.body", "body": body, "more_body": True})
            await discard(unread)
            body = b""
        await self({"type": "http.response.body", "body": body})

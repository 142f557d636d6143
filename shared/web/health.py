"""Liveness and readiness: a process that is not alive is restarted, one that is not ready gets no traffic."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import Response

from shared import metrics
from shared.web.plain_route import PlainRoute
from shared.web.problems import answer, document

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """A dependency of the process. `probe` raises, or takes longer than a second, when it is not healthy.

    One that is not `required` is only reported: the process is `degraded`, but ready. Required are those without which
    no request can be answered: the database, and the keys of tokens if every route needs a token. Other services and
    the broker are never required, and fetched keys remain valid for a day without their publisher.

    A process that has been ready stays ready. A later outage affects all replicas: without any of them the gateway
    could not even answer with a problem that says when to retry.
    """

    name: str
    probe: Callable[[], Awaitable[object]]
    required: bool = True


class Readiness:
    """Runs all checks concurrently, and caches the outcome for a second."""

    def __init__(self, checks: Sequence[Check], *, timeout: float = 1.0, remember: float = 1.0) -> None:
        self._checks = checks
        self._timeout = timeout
        self._remember = remember
        self._checked_at = float("-inf")
        self._failing: frozenset[str] = frozenset()
        self._required = {check.name for check in checks if check.required}
        self._has_been_ready = False
        self._one_at_a_time = asyncio.Lock()

    async def down(self) -> list[str]:
        """Return the failing checks that keep the process from being ready; none once it has been."""
        down = (await self.failing()) & self._required
        self._has_been_ready = self._has_been_ready or not down
        return [] if self._has_been_ready else sorted(down)

    async def failing(self) -> frozenset[str]:
        """Return the names of the checks that fail."""
        async with self._one_at_a_time:
            if time.monotonic() - self._checked_at > self._remember:
                outcomes = await asyncio.gather(*(self._fails(check) for check in self._checks))
                self._failing = frozenset(
                    check.name for check, fails in zip(self._checks, outcomes, strict=True) if fails
                )
                self._checked_at = time.monotonic()
            return self._failing

    async def _fails(self, check: Check) -> bool:
        try:
            async with asyncio.timeout(self._timeout):
                await check.probe()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a probe is its finding
            log.warning("a check of readiness fails", check=check.name, error=type(error).__name__)
            return True
        return False


def health_routes(checks: Sequence[Check]) -> list[PlainRoute]:
    """Return the routes `/health/live` and `/health/ready`."""
    readiness = Readiness(checks)

    async def live(_: Request) -> Response:
        return Response(b'{"status":"alive"}', media_type="application/json")

    async def ready(request: Request) -> Response:
        down, failing = await readiness.down(), await readiness.failing()
        states = {check.name: "failing" if check.name in failing else "ok" for check in checks}
        if down:
            detail = f"Not ready: {', '.join(down)}."
            problem = document(503, "not-ready", detail, instance=request.scope["path"], figures={"checks": states})
            return answer(problem, {"retry-after": "1"})
        state = {"status": "degraded" if failing else "ready", "checks": states}
        return Response(json.dumps(state), media_type="application/json")

    return [PlainRoute("/health/live", live), PlainRoute("/health/ready", ready)]


def metrics_route() -> PlainRoute:
    """Return the route `/metrics`, for Prometheus."""
    page = metrics.MetricsPage()

    async def measurements(_: Request) -> Response:
        return Response(page.text(), headers={"content-type": metrics.CONTENT_TYPE})

    return PlainRoute("/metrics", measurements)

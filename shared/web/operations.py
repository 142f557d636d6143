"""Health and metrics of a process that has no HTTP of its own, such as a relay."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from shared.tls import ServerCertificate
from shared.web import serving
from shared.web.health import Check, health_routes, metrics_route


@asynccontextmanager
async def operations(
    probes: Mapping[str, Callable[[], Awaitable[object]]],
    *,
    host: str,
    port: int,
    certificate: ServerCertificate | None = None,
) -> AsyncIterator[None]:
    """Answer `/health/live`, `/health/ready` and `/metrics` inside the block. Raises OSError if the port is taken.

    The process is ready while all `probes` pass; see Check. With a `certificate` it answers over HTTPS alone.
    """
    checks = [Check(name, probe) for name, probe in probes.items()]
    app = Starlette(routes=[*health_routes(checks), metrics_route()])
    with serving.listen(host, port) as listening:
        answering = serving.server(app, host=host, port=port, sockets=[listening], certificate=certificate)
        task = asyncio.create_task(answering.serve())
        try:
            yield
        finally:
            answering.should_exit = True
            await task

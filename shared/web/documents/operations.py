"""Health and metrics of a process without an HTTP interface, such as a relay."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette

from shared.environment import ConfigurationError
from shared.tls import ServerCertificate
from shared.web import serving
from shared.web.health import Check, health_routes, metrics_route


@asynccontextmanager
async def operations(
    probes: Mapping[str, Callable[[], Awaitable[object]]],
    *,
    host: str,
    port: int | None,
    certificate: ServerCertificate | None = None,
    metrics_port: int | None = None,
) -> AsyncIterator[None]:
    """Serve `/health/live`, `/health/ready` and `/metrics` inside the block; `/metrics` at its own port if given.

    The process is ready once all `probes` have passed; see Check. With a `certificate` it answers only over HTTPS, but
    for metrics at their own port. Raises ConfigurationError if a port is not available.
    """
    async with AsyncExitStack() as stack:
        if port is not None:
            routes = health_routes([Check(name, probe) for name, probe in probes.items()])
            routes += [metrics_route()] if metrics_port is None else []
            listening = stack.enter_context(_listen(host, port))
            await stack.enter_async_context(serving.answering(Starlette(routes=routes), listening, certificate))
        if metrics_port is not None:
            listening = stack.enter_context(_listen(host, metrics_port))
            await stack.enter_async_context(serving.serving_metrics(listening))
        yield


def _listen(host: str, port: int) -> socket.socket:
    try:
        return serving.listen(host, port)
    except OSError as error:
        raise ConfigurationError((serving.cannot_be_used(host, port, error),)) from error

"""Which module belongs to which layer of an act: the one place that says so."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

LAYERS: Mapping[str, Sequence[str]] = {
    "edge: limits, slots, headers": ("shared.web.edge", "shared.context", "shared.external_waits"),
    "caller and access": ("shared.web.auth", "shared.web.edge.callers", "shared.tokens"),
    "framework": ("fastapi", "starlette", "opentelemetry"),
    "reading the request": ("shared.web.json", "shared.web.negotiation", "shared.web.etags"),
    "idempotency": ("shared.web.idempotency", "shared.persistence.receipts", "shared.kernel.receipts"),
    "route and answer": ("loans_service.api", "loans_service.application.lending.views", "pydantic"),
    "use case": ("loans_service.application", "shared.kernel"),
    "domain": ("loans_service.domain",),
    "rows and statements": ("loans_service.persistence", "shared.persistence"),
    "events": ("loans_service.persistence.messages", "shared.persistence.outbox", "shared.messaging"),
    "pool": ("sqlalchemy",),
    "driver": ("asyncpg",),
    "neighbours": ("loans_service.adapters", "shared.outgoing_http"),
    "HTTP client": ("aiohttp", "httpx", "httpx_aiohttp", "multidict", "yarl"),
    "log, metrics, traces": (
        "logging",
        "prometheus_client",
        "shared.logs",
        "shared.metrics",
        "shared.tracing",
        "shared.web.edge.telemetry",
        "structlog",
    ),
    "server": ("httptools", "shared.web.edge.coalescing", "shared.web.edge.deadlines", "uvicorn"),
}
"""Modules and packages by layer; the longest name that a module begins with counts. What has no row, such as the
standard library, belongs to the layer that calls it."""

LOOP = "event loop"
"""What no module of a layer has called: the loop itself, and drivers that it calls back without Python between them."""

# Below these frames there is nothing but the loop that runs everything.
_ROOTS = ("Server.run (uvicorn", "Runner.run (asyncio")
_LAYER_OF = {module: layer for layer, modules in LAYERS.items() for module in modules}
_FRAME = re.compile(r"(.*) \((.*?)(?::\d+)?\)")


def by_layer(stacks: Iterable[tuple[Sequence[str], int]]) -> Counter[str]:
    """Count samples by layer. A stack is its frames from the outermost on, as `function (module/file.py:line)`."""
    counted: Counter[str] = Counter()
    for frames, samples in stacks:
        counted[_layer_of(frames)] += samples
    return counted


def _layer_of(frames: Sequence[str]) -> str:
    for frame in reversed(frames):
        if frame.startswith(_ROOTS):
            break
        if (layer := _layer_of_frame(frame)) is not None:
            return layer
    return LOOP


@cache
def _layer_of_frame(frame: str) -> str | None:
    found = _FRAME.fullmatch(frame)
    names = found[2].removesuffix(".py").split("/") if found else []
    known = (_LAYER_OF.get(".".join(names[:length])) for length in range(len(names), 0, -1))
    return next((layer for layer in known if layer is not None), None)

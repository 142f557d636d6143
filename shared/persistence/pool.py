"""The connection pool: metrics of its use, and the refusal when no connection is available."""

import json
import time
from typing import Any

import structlog
from sqlalchemy import AsyncAdaptedQueuePool, Dialect, Engine, PoolProxiedConnection, event
from sqlalchemy.exc import DBAPIError

from shared import metrics
from shared.kernel.errors import Unavailable

_AWAY = "The database does not answer; nothing was changed. Repeat the request in a moment."

_log = structlog.get_logger(__name__)
# Error messages must not hold what people have entered, and JSON must be readable by other programs.
DISCREET = {"hide_parameters": True, "json_serializer": json.JSONEncoder(allow_nan=False).encode}
STATEMENT_TIMEOUT_MS = 5_000


def measured_pool(
    name: str, size: int, lost_while_set_up: tuple[type[Exception], ...] = (DBAPIError,)
) -> type[AsyncAdaptedQueuePool]:
    """Return a pool that measures its connections in use, and the time to get one."""
    waits = metrics.pool_wait.labels(name)
    used, idle = (metrics.pool_connections.labels(name, state) for state in ("used", "idle"))
    metrics.pool_size.labels(name).set(size)

    class MeasuredPool(AsyncAdaptedQueuePool):
        def connect(self) -> PoolProxiedConnection:
            began = time.perf_counter()
            try:
                return super().connect()
            except lost_while_set_up as error:
                raise Unavailable(_AWAY) from error
            finally:
                waits.observe(time.perf_counter() - began)

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            used.set_function(self.checkedout)
            idle.set_function(self.checkedin)

    return MeasuredPool


def name_failures_to_connect(engine: Engine) -> None:
    """Raise Unavailable for failures to connect, which SQLAlchemy passes on unchanged."""

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Dialect, _: object, arguments: Any, options: Any) -> Any:
        try:
            return dialect.connect(*arguments, **options)
        except Exception as error:
            reason = str(error).partition("\n")[0]
            _log.warning("the database lets nobody in", reason=f"{type(error).__name__}: {reason}")
            raise Unavailable(_AWAY) from error

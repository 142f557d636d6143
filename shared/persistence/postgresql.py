"""PostgreSQL: its engines, and its driver. Imported only by processes that use it."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import ExceptionContext, NullPool, event, make_url
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio.engine import AsyncEngine, create_async_engine

from shared.persistence.driver import READ_ONLY, Driver
from shared.persistence.pool import DISCREET, STATEMENT_TIMEOUT_MS, measured_pool, name_failures_to_connect
from shared.sockets import end_when_packets_vanish
from shared.tls import verifying, verifying_authority_only

LOCK_TIMEOUT_MS = 3_000
_CONNECT = 4.0  # seconds
_INTEGRITY = "23"  # the class of SQLSTATEs of violated constraints
_POOLING: dict[str, Any] = {"max_overflow": 0, "pool_timeout": 1, "pool_recycle": 1800}
_TRACKED = {"timezone": "UTC"}
"""The settings that a transaction pooler supports for each client; others must be set at the role."""
_BOUNDS = _TRACKED | {
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": "10000",
}
_UNBOUND = _TRACKED | dict.fromkeys(("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"), "0")
_ERRORS: tuple[type[Exception], ...] = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_LOST_WHILE_SET_UP = (*_ERRORS, AsyncAdapt_asyncpg_dbapi.Error, DBAPIError)
"""The driver's own, what its adapter makes of them, and what SQLAlchemy makes of those."""
_VANISHED = 4.0  # seconds without an acknowledgement of the server's kernel


def postgresql_engines(
    url: str, *, pool_size: int, name: str, ca_file: Path | None, direct_url: str | None, command_timeout: float
) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """Return the engine with the pool, one whose sessions are the server's own, and one for migrations."""
    connected = partial(_engine, name=name, ca_file=ca_file)
    pool: dict[str, Any] = {"poolclass": measured_pool(name, pool_size, _LOST_WHILE_SET_UP), "pool_size": pool_size}
    bounds = _BOUNDS if direct_url is None else _TRACKED
    pooled = direct = connected(url, settings=bounds, command_timeout=command_timeout, **pool, **_POOLING)
    if direct_url is not None:
        direct = connected(direct_url, settings=_BOUNDS, command_timeout=command_timeout, poolclass=NullPool)
    return pooled, direct, connected(direct_url or url, settings=_UNBOUND, command_timeout=None, poolclass=NullPool)


def _engine(
    url: str,
    *,
    name: str,
    ca_file: Path | None,
    settings: Mapping[str, str],
    command_timeout: float | None,
    **pool: Any,
) -> AsyncEngine:
    connecting = {
        "timeout": _CONNECT,
        "command_timeout": command_timeout,
        "connection_class": WatchfulConnection,
        "server_settings": {"application_name": name, **settings},
    }
    encryption = _encryption(make_url(url).query.get("ssl"), ca_file)
    engine = create_async_engine(url, **DISCREET, **pool, connect_args=encryption | connecting)
    name_failures_to_connect(engine.sync_engine)

    @event.listens_for(engine.sync_engine, "handle_error")
    def leave_a_standby(failure: ExceptionContext) -> None:
        if getattr(failure.original_exception, "sqlstate", None) == READ_ONLY:
            failure.is_disconnect = True  # so that the next connection leads to the present primary

    return engine


def _encryption(mode: object, ca_file: Path | None) -> dict[str, ssl.SSLContext]:
    """Return how the server's certificate is verified; the driver would use authorities of its own."""
    if mode == "verify-full":
        return {"ssl": verifying(ca_file)}
    if mode == "verify-ca" and ca_file is not None:
        return {"ssl": verifying_authority_only(ca_file)}
    return {}


class PostgresqlDriver(Driver):
    """A connection of asyncpg."""

    _errors = _ERRORS

    async def _fetch(self, text: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        connection: asyncpg.Connection[asyncpg.Record] = self._connection
        rows: Any = await connection.fetch(text, *values)
        return list(rows)

    def _is_violation(self, error: Exception) -> bool:
        return str(getattr(error, "sqlstate", None) or "").startswith(_INTEGRITY)

    def _is_lost_after(self, error: Exception) -> bool:
        # The driver's own error is raised when a message comes in the middle of the end.
        return self._connection.is_closed() or isinstance(error, asyncpg.InternalClientError)

    def _is_unsound_after(self, error: Exception) -> bool:
        if not isinstance(error, asyncpg.PostgresError) or self._connection.is_closed():
            return True
        return error.sqlstate == READ_ONLY  # a new connection leads to the present primary


class WatchfulConnection(asyncpg.Connection):
    """A connection of PostgreSQL that fails when its packets are not acknowledged."""

    def __init__(self, protocol: Any, transport: asyncio.Transport, *others: Any) -> None:
        super().__init__(protocol, transport, *others)
        end_when_packets_vanish(transport.get_extra_info("socket"), _VANISHED)

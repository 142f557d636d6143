"""Sees to it that one process at a time repairs a cube: two would both add what is missing."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from sqlalchemy import text

from shared.persistence.database import Database

_LOCK = 0x72657061
_LOOK_EVERY = 1.0  # seconds

_log = structlog.get_logger(__name__)

StillAlone = Callable[[], Awaitable[None]]
"""Raises when the lock was lost with its connection."""


@asynccontextmanager
async def alone(database: Database) -> AsyncIterator[StillAlone]:
    """Repair inside the block; who comes second waits. The lock ends with the process that holds it.

    On PostgreSQL it belongs to a session that is not of the pool. On SQLite it is a file beside the database.
    """
    if database.dialect == "postgresql":
        async with _by_session(database) as still_alone:
            yield still_alone
    else:
        async with _by_file(database.engine.url.database) as still_alone:
            yield still_alone


@asynccontextmanager
async def _by_session(database: Database) -> AsyncIterator[StillAlone]:
    engine = database.migrating_engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:

        async def taken() -> bool:
            query = text("SELECT pg_try_advisory_lock(:lock)")
            return bool((await connection.execute(query, {"lock": _LOCK})).scalar_one())

        async def still_alone() -> None:
            await connection.execute(text("SELECT 1"))

        try:
            await _until(taken)
            yield still_alone
        finally:
            await connection.invalidate()  # ends the session, and its lock


@asynccontextmanager
async def _by_file(database_file: str | None) -> AsyncIterator[StillAlone]:
    with Path(f"{database_file}.recount-lock").open("w") as file:  # noqa: ASYNC230 - an empty file, here

        async def taken() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            return True

        async def still_alone() -> None:
            """Say nothing: nobody takes a file's lock away."""

        await _until(taken)
        yield still_alone


async def _until(taken: Callable[[], Awaitable[bool]]) -> None:
    waits = False
    while not await taken():
        if not waits:
            _log.info("another process repairs the figures; this one waits until it is done")
            waits = True
        await asyncio.sleep(_LOOK_EVERY)

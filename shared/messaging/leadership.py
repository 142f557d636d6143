"""Leader election: one of several workers leads, by a lock that is released when its holder dies."""

import fcntl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared.persistence.database import Database

Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

_LOCKS = {"relay": 0x6C656164, "mailbox": 0x6C656165, "hearing": 0x6C656166}
# The session ends, and its lock with it, 15 seconds after the leader's node was last heard of; a system that knows no
# such setting keeps its own.
_NOTICE_A_LOST_LEADER = (
    "SELECT set_config('tcp_keepalives_idle','5',false), set_config('tcp_keepalives_interval','5',false),"
    " set_config('tcp_keepalives_count','2',false), set_config('tcp_user_timeout','12000',false)"
)


def leadership(database: Database) -> AbstractAsyncContextManager[Connect | None]:
    """Lead the relays inside the block, as `leadership_of` does."""
    return leadership_of(database, "relay")


@asynccontextmanager
async def leadership_of(database: Database, work: str) -> AsyncIterator[Connect | None]:
    """Lead some work inside the block, or yield None when another worker leads it.

    The block gets a function that opens a connection in autocommit mode. On PostgreSQL it is the connection that holds
    the lock, so that a worker which has lost the lock cannot write. On SQLite the lock is a file beside the database.
    """
    if database.dialect == "postgresql":
        async with _lead_by_session_lock(database, _LOCKS[work]) as connect:
            yield connect
    else:
        with _locked(f"{database.engine.url.database}.{work}-lock") as leads:
            yield database.reading if leads else None


@asynccontextmanager
async def _lead_by_session_lock(database: Database, lock: int) -> AsyncIterator[Connect | None]:
    async with database.reading(own_session=True) as connection:
        if not (await connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": lock})).scalar_one():
            yield None
            return

        @asynccontextmanager
        async def connect() -> AsyncIterator[AsyncConnection]:
            yield connection

        try:
            await connection.execute(text(_NOTICE_A_LOST_LEADER))
            yield connect
        finally:
            # Ends the session and its lock, which a connection would hold on to in the pool.
            await connection.invalidate()


@contextmanager
def _locked(path: str) -> Iterator[bool]:
    with Path(path).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True

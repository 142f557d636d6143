"""Makes PostgreSQL stand still at one chosen step of somebody else's transaction until the test lets it go on."""

import contextlib
from collections.abc import AsyncIterator

import asyncpg

from tests.end_to_end.library import eventually

_LOCK = "(20260, 7)"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION hold_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared{_LOCK};
    RETURN NEW;
END $$
"""


@contextlib.asynccontextmanager
async def held_inserts(keeper: asyncpg.Connection, moment: str, table: str) -> AsyncIterator[None]:
    """Stop every INSERT into `table` at this moment: BEFORE or AFTER the row is in, or at COMMIT."""
    await keeper.execute(_FUNCTION)
    if moment == "COMMIT":
        trigger = f"CREATE CONSTRAINT TRIGGER hold_insert AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
    else:
        trigger = f"CREATE TRIGGER hold_insert {moment} INSERT ON {table}"
    await keeper.execute(f"{trigger} FOR EACH ROW EXECUTE FUNCTION hold_insert()")
    await keeper.execute(f"SELECT pg_advisory_lock{_LOCK}")
    try:
        yield
    finally:
        await keeper.execute(f"SELECT pg_advisory_unlock{_LOCK}")
        await nobody_waits(keeper)
        await keeper.execute(f"DROP TRIGGER hold_insert ON {table}")


@contextlib.asynccontextmanager
async def row_kept(keeper: asyncpg.Connection, insert: str) -> AsyncIterator[None]:
    """Hold the lock of one row by an INSERT that is never committed."""
    transaction = keeper.transaction()
    await transaction.start()
    await keeper.execute(insert)
    try:
        yield
    finally:
        await transaction.rollback()


async def somebody_waits(watcher: asyncpg.Connection) -> None:
    """Return when a transaction of this database stands still."""

    async def stands_still() -> bool:
        return await _waiting(watcher) > 0

    await eventually(stands_still)


async def nobody_waits(watcher: asyncpg.Connection) -> None:
    """Return when no client of the past is in a transaction any more: the server has noticed that they are gone."""

    async def all_move() -> bool:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND xact_start IS NOT NULL"
        )
        return bool(await watcher.fetchval(query) == 0)

    await eventually(all_move)


async def _waiting(watcher: asyncpg.Connection) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return int(await watcher.fetchval(query))

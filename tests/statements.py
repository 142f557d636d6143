"""What the driver of a database is told: every statement, whether SQLAlchemy runs it or our own runner does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor

from shared.persistence.database import Database

_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", ";")


@dataclass(slots=True)
class Told:
    """Statements in their order; on SQLite with their values in the text, on PostgreSQL with `$1`."""

    statements: list[str] = field(default_factory=list)

    @property
    def inside(self) -> list[str]:
        """Those between BEGIN and COMMIT, or outside of any transaction."""
        return [each for each in self.statements if not each.lstrip().upper().startswith(_FRAME)]


@asynccontextmanager
async def told_to_driver(database: Database) -> AsyncIterator[Told]:
    """Listen at the driver of every connection that is taken from the pool inside the block."""
    told = Told()
    drivers: set[Any] = set()

    def logged(record: Any) -> None:
        told.statements.append(record.query)

    def taken(connection: Any, *_: object) -> None:
        driver = connection.driver_connection
        drivers.add(driver)
        if isinstance(driver, asyncpg.Connection):
            driver.add_query_logger(logged)
        else:
            connection.run_async(lambda each: each.set_trace_callback(told.statements.append))

    def run(_: Connection, __: DBAPICursor, statement: str, *___: object) -> None:
        told.statements.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "checkout", taken)
    if (
        database.dialect == "postgresql"
    ):  # its prepared statements, by which SQLAlchemy runs all, tell the driver's log nothing
        event.listen(engine, "before_cursor_execute", run)
    try:
        yield told
        await asyncio.sleep(0)  # the driver's log comes a turn of the loop later
    finally:
        event.remove(engine, "checkout", taken)
        if database.dialect == "postgresql":
            event.remove(engine, "before_cursor_execute", run)
        for driver in drivers:
            if isinstance(driver, asyncpg.Connection):
                driver.remove_query_logger(logged)
            else:
                await driver.set_trace_callback(None)

"""What the driver of a database is told: every statement, whether SQLAlchemy runs it or our own runner does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import event

from shared.persistence.database import Database

_OF_THE_DRIVER = ("typeinfo", "set_config('jit'")
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", ";")


def _is_around(statement: str) -> bool:
    return statement.lstrip().upper().startswith(_FRAME) or any(mark in statement for mark in _OF_THE_DRIVER)


@dataclass(slots=True)
class Told:
    """Statements in their order with their values; on SQLite these are in the text."""

    asked: list[tuple[str, Any]] = field(default_factory=list)
    listening: bool = True

    @property
    def statements(self) -> list[str]:
        """The statements alone."""
        return [statement for statement, _ in self.asked]

    @property
    def inside(self) -> list[str]:
        """Those between BEGIN and COMMIT, or outside of any transaction."""
        return [statement for statement, _ in self.asked_inside]

    @property
    def asked_inside(self) -> list[tuple[str, Any]]:
        """The same, with their values; without what the driver asks by itself, of types that it meets first."""
        return [each for each in self.asked if not _is_around(each[0])]

    def note(self, statement: str, values: Any = ()) -> None:
        if self.listening:
            self.asked.append((statement, values))

    def note_on_sqlite(self, statement: str) -> None:
        """Note what SQLite traces, without what it asks itself for an index of words, or for triggers.

        It traces an INSERT again for each trigger.
        """
        again = statement.startswith("INSERT") and bool(self.asked) and self.asked[-1][0] == statement
        if not again and not statement.startswith(("-- ", "SELECT k, v FROM ")):
            self.note(statement)


class _Listening:
    """Notes what the drivers of connections are told from when they are taken from the pool."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._drivers: set[Any] = set()

    def taken(self, connection: Any, *_: object) -> None:
        driver = connection.driver_connection
        if driver in self._drivers:
            return
        self._drivers.add(driver)
        if isinstance(driver, asyncpg.Connection):
            driver.add_query_logger(self._logged)
        else:
            connection.run_async(lambda each: each.set_trace_callback(self._told.note_on_sqlite))

    def run(self, _: object, __: object, statement: str, parameters: Any, ___: object, many: bool) -> None:
        self._told.note(statement, parameters[0] if many and parameters else parameters)

    def end(self) -> None:
        self._told.listening = False
        for driver in self._drivers:
            if isinstance(driver, asyncpg.Connection):
                driver.remove_query_logger(self._logged)

    def _logged(self, record: Any) -> None:
        if not isinstance(record.args, list):  # of many rows at once, as only SQLAlchemy sends them: noted by `run`
            self._told.note(record.query, record.args or ())


@asynccontextmanager
async def told_to_driver(database: Database) -> AsyncIterator[Told]:
    """Listen at the driver of every connection that is taken from the pool inside the block."""
    told = Told()
    listening = _Listening(told)
    listeners: dict[str, Any] = {"checkout": listening.taken}
    if database.dialect == "postgresql":  # SQLAlchemy's prepared statements are not in the log of the driver
        listeners["before_cursor_execute"] = listening.run
    engine = database.engine.sync_engine
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield told
    finally:
        await asyncio.sleep(0)  # the driver tells what it has been told when the loop next comes round
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
        listening.end()


async def plans_made(database: Database, ask: Callable[[], Awaitable[object]], *, times: int) -> int:
    """Return how many plans PostgreSQL made for the one statement that `ask` sends, asked so many times in a row."""
    async with told_to_driver(database) as told:
        for _ in range(times):
            await ask()
    (statement,) = set(told.inside)
    async with database.reading() as connection:
        counts = await connection.exec_driver_sql(
            "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement = $1", (statement,)
        )
        (count,) = counts.all()
    custom, generic = count.custom_plans, count.generic_plans
    assert custom + generic >= times, "all were asked on this connection"
    return int(custom)

"""What the driver of a database is told: every statement, whether SQLAlchemy runs it or our own runner does."""

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def told_to_driver(database: Database) -> Iterator[Told]:
    """Listen at the driver of every connection that is taken from the pool inside the block."""
    told = Told()
    loggers: dict[Any, Any] = {}

    def logged(record: Any) -> None:
        if not isinstance(record.args, list):  # of many rows at once, as only SQLAlchemy sends them: noted below
            told.note(record.query, record.args or ())

    def taken(connection: Any, *_: object) -> None:
        driver = connection.driver_connection
        if driver not in loggers:
            loggers[driver] = logged
            if isinstance(driver, asyncpg.Connection):
                driver.add_query_logger(logged)
            else:
                connection.run_async(lambda each: each.set_trace_callback(told.note))

    def run(_: object, __: object, statement: str, parameters: Any, ___: object, many: bool) -> None:
        told.note(statement, parameters[0] if many and parameters else parameters)

    engine = database.engine.sync_engine
    event.listen(engine, "checkout", taken)
    if database.dialect == "postgresql":  # SQLAlchemy's prepared statements are not in the log of the driver
        event.listen(engine, "before_cursor_execute", run)
    try:
        yield told
    finally:
        told.listening = False
        event.remove(engine, "checkout", taken)
        if database.dialect == "postgresql":
            event.remove(engine, "before_cursor_execute", run)
        for driver in loggers:
            if isinstance(driver, asyncpg.Connection):
                driver.remove_query_logger(logged)

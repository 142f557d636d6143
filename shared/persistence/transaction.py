"""A writing transaction on a connection of the pool, for constant statements and for a session side by side."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from shared.persistence.driver import Driver
from shared.persistence.statements import Constant, Portion, Write, Writes
from shared.persistence.writers import Writers


class Transaction:
    """Begun by `begin`, ended by `commit` or `close`; nothing of it goes back into the pool but a connection at rest.

    SQLAlchemy is told that each of its statements stands for itself: BEGIN and COMMIT are ours, so that its session and
    the driver work in the same transaction.
    """

    def __init__(self, connection: AsyncConnection, driver: Driver, writes: Writes, turn: asyncio.Lock | None) -> None:
        self._connection = connection
        self._driver = driver
        self._writes = writes
        self._turn = turn
        self._is_open = True
        self._session: AsyncSession | None = None

    @classmethod
    async def begin(cls, engine: AsyncEngine, writes: Writes, writers: Writers | None) -> "Transaction":
        """Wait for one's turn to write, where there is one, take a connection, and begin.

        `engine` must leave BEGIN and COMMIT to us. Raises Unavailable when the database, or one's turn, is not to be
        had.
        """
        turn = None if writers is None else await writers.take_turn()
        try:
            connection = await engine.connect()
        except BaseException:
            if turn is not None:
                turn.release()
            raise
        driver = Driver(None)
        begun = cls(connection, driver, writes, turn)
        try:
            begun._driver = await Driver.of(connection)
            await begun._driver.run("BEGIN" if turn is None else "BEGIN IMMEDIATE")
        except BaseException:
            begun._driver.unsound = True
            await begun.close()
            raise
        return begun

    @property
    def session(self) -> AsyncSession:
        """A session in this transaction; it is not to be committed, and closed with it."""
        if self._session is None:
            self._session = AsyncSession(self._connection, expire_on_commit=False, autoflush=False)
        return self._session

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection in this transaction, for statements that are made up as they are needed."""
        return self._connection

    async def flush(self) -> None:
        """Send to the database what a session of this transaction has not sent yet."""
        if self._session is not None:
            await self._session.flush()

    async def run(self, statement: Constant, **values: Any) -> list[Any]:
        """Run a constant statement; return its rows as tuples with names."""
        compiled = statement.compiled_for(self._connection.dialect)
        return compiled.rows(await self._driver.run(compiled.text, compiled.values(values)))

    async def write(self, writes: Sequence[Write]) -> list[int]:
        """Do the writes of an act, on PostgreSQL by one statement; return how many rows each has added or changed."""
        portions = self._writes.statements(writes)
        counts = [0] * len(writes)
        for portion, found in zip(portions, await self._run_all(portions), strict=True):
            portion.note(found, counts)
        return counts

    async def _run_all(self, portions: Sequence[Portion]) -> list[Sequence[Sequence[Any]]]:
        if self._turn is None or len(portions) == 1:
            return [await self._driver.run(portion.compiled.text, portion.values) for portion in portions]
        # The thread of SQLite's driver is woken once for all. What follows a failure is undone with the rest.
        runs = (self._driver.run(portion.compiled.text, portion.values) for portion in portions)
        answers = await asyncio.gather(*runs, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if not isinstance(answer, BaseException)]

    async def commit(self) -> None:
        """Keep what was done."""
        await self._driver.run("COMMIT")
        self._is_open = False

    async def close(self) -> None:
        """Undo what was not committed, and give the connection back; it is left alone whoever cancels this."""
        await asyncio.shield(asyncio.create_task(self._end()))

    async def _end(self) -> None:
        if self._connection.closed:  # it was closed before, by whoever had to look at the database in between
            return
        try:
            if self._session is not None:
                await self._session.close()
            if self._is_open and not self._driver.unsound:
                await self._roll_back()
            if self._driver.unsound:
                await self._connection.invalidate()
        finally:
            try:
                await self._connection.close()
            finally:
                self._is_open = False
                if self._turn is not None:
                    self._turn.release()
                    self._turn = None

    async def _roll_back(self) -> None:
        try:
            await self._driver.run("ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it is, the connection is no good any more
            self._driver.unsound = True

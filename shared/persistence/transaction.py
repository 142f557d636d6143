"""A writing transaction on a connection of the pool: for statements alone, or beside a session."""

import asyncio
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, Self  # noqa: TID251 - no cycle: nobody without a mapping imports the ORM

from sqlalchemy.ext.asyncio.engine import AsyncConnection, AsyncEngine

from shared.persistence.driver import Driver, driver_of
from shared.persistence.statements import CompiledWrite, DriverStatement, Prepared, Statement, Write, WriteCompiler
from shared.persistence.write_lock import WriteLock

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio.session import AsyncSession


class Transaction:
    """A writing transaction: await it, or enter it. `commit` commits; leaving it rolls back what was not committed.

    Only idle connections return to the pool. BEGIN, COMMIT and all statements are run by the driver; SQLAlchemy only
    writes and compiles them, for the database of `dialect`.
    """

    def __init__(self, engine: AsyncEngine, writes: WriteCompiler, write_lock: WriteLock | None) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._writes = writes
        self._write_lock = write_lock
        self._held: asyncio.Lock | None = None
        self._driver: Driver
        self._is_lent = self._is_open = False

    def __await__(self) -> Generator[Any, None, Self]:
        return self._begin().__await__()

    async def __aenter__(self) -> Self:
        return await self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _begin(self) -> Self:
        """Acquire the write lock of an SQLite file, take a connection, and begin.

        Raises Unavailable when the database or the lock is not available.
        """
        self._held = lock = None if self._write_lock is None else await self._write_lock.acquire()
        try:
            self._driver = await self._borrow()
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        self._is_lent = self._is_open = True
        try:
            await self._driver.run("BEGIN" if lock is None else "BEGIN IMMEDIATE")
        except BaseException:
            self._driver.unsound = True
            await self.close()
            raise
        return self

    async def _borrow(self) -> Driver:
        """Take a connection from the pool, and return its driver."""
        # The pool's connection: SQLAlchemy's wrapper would cost more than the statement.
        self._lent = await self._engine.raw_connection()
        return driver_of(self.dialect.name)(self._lent.driver_connection)

    async def _give_back(self) -> None:
        (self._lent.invalidate if self._driver.unsound else self._lent.close)()

    async def run(self, statement: Statement, /, **values: Any) -> list[Any]:
        """Run a statement; return its rows as tuples with names.

        One that is not prepared is compiled for this call, with its lists expanded.
        """
        if isinstance(statement, Prepared):
            compiled = statement.compiled_for(self.dialect)
        else:
            compiled = DriverStatement(statement, self.dialect, values)
        return compiled.rows(await self._driver.run(compiled.text, compiled.values(values)))

    async def write(self, writes: Sequence[Write]) -> list[int]:
        """Do the writes of an act, on PostgreSQL by one statement; return how many rows each has added or changed."""
        compiled = self._writes.statements(writes)
        counts = [0] * len(writes)
        for each, fetched in zip(compiled, await self._run_all(compiled), strict=True):
            each.note(fetched, counts)
        return counts

    async def _run_all(self, writes: Sequence[CompiledWrite]) -> list[Sequence[Sequence[Any]]]:
        if self._held is None or len(writes) == 1:
            return [await self._driver.run(each.compiled.text, each.values) for each in writes]
        # The thread of SQLite's driver is woken once for all. What runs after a failure is rolled back with the rest.
        runs = (self._driver.run(each.compiled.text, each.values) for each in writes)
        answers = await asyncio.gather(*runs, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if not isinstance(answer, BaseException)]

    async def commit(self) -> None:
        """Commit."""
        await self._driver.run("COMMIT")
        self._is_open = False

    async def close(self) -> None:
        """Roll back what was not committed, and return the connection, even when this call is cancelled."""
        if self._is_open:
            await asyncio.shield(asyncio.create_task(self._end()))
        else:
            await self._end()  # without anything to wait for

    async def _end(self) -> None:
        if not self._is_lent:
            return
        self._is_lent = False
        try:
            if self._is_open and not self._driver.unsound:
                await self._roll_back()
        finally:
            try:
                await self._give_back()
            finally:
                self._is_open = False
                if self._held is not None:
                    self._held.release()
                    self._held = None

    async def _roll_back(self) -> None:
        try:
            await self._driver.run("ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it is, the connection is no good any more
            self._driver.unsound = True


class OrmTransaction(Transaction):
    """A transaction with a session of the ORM beside statements.

    SQLAlchemy is in autocommit mode, so that its session and the driver work in the same transaction. `engine` must
    leave BEGIN and COMMIT to us.
    """

    session: "AsyncSession"
    """The session: it must not be committed, and is closed with the transaction."""

    async def _borrow(self) -> Driver:
        from sqlalchemy.ext.asyncio.session import AsyncSession  # noqa: PLC0415 - nobody without a mapping pays for it

        self._connection: AsyncConnection = await self._engine.connect()
        self.session = AsyncSession(self._connection, expire_on_commit=False, autoflush=False)
        try:
            return await Driver.of(self._connection)
        except BaseException:
            await self._connection.close()
            raise

    async def close(self) -> None:
        await asyncio.shield(asyncio.create_task(self._end()))

    async def _give_back(self) -> None:
        try:
            await self.session.close()
            if self._driver.unsound:
                await self._connection.invalidate()
        finally:
            await self._connection.close()

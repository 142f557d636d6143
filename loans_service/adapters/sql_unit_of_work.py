"""One act of circulation as one transaction: loans, events and receipt."""

from collections.abc import Callable
from types import TracebackType
from typing import Self
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.loan_messages import message
from loans_service.adapters.sql_loans import SqlLoans
from loans_service.adapters.sql_tables import borrowers, plumbing
from loans_service.domain.lendable_copy import CopyOnLoan
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database, violates
from shared.persistence.work import SqlWork


class SqlUnitOfWork:
    """Implements `ports.UnitOfWork`."""

    def __init__(
        self, database: Database, *, clock: Clock, receipt: Receipt | None, on_commit: Callable[[], None]
    ) -> None:
        self._work = SqlWork(database, plumbing, receipt=receipt, on_commit=on_commit)
        self._on_sqlite = database.dialect == "sqlite"
        self._clock = clock

    async def __aenter__(self) -> Self:
        self._session: AsyncSession = await self._work.open()
        self.loans = SqlLoans(self._session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._work.close()

    async def lock_out_others(self, *, copy_id: UUID, member_id: UUID | None = None) -> None:
        """Take the borrower's row and the copy's advisory lock in one statement; SQLite has one lock for everything.

        Being statements of their own, they make the next one see all that was committed while this one waited.
        """
        # The low half of a UUIDv7 is random, so two copies hardly ever share a lock; if they do, one waits needlessly.
        copy_lock = func.pg_advisory_xact_lock(int.from_bytes(copy_id.bytes[8:], "big", signed=True))
        if member_id is None:
            if not self._on_sqlite:
                await self._session.execute(select(copy_lock))
            return
        insert = sqlite.insert if self._on_sqlite else postgresql.insert
        served = (
            insert(borrowers)
            .values(member_id=member_id, served=1)
            .on_conflict_do_update(index_elements=["member_id"], set_={"served": borrowers.c.served + 1})
        )
        await self._session.execute(served if self._on_sqlite else served.returning(copy_lock))

    async def commit(self, *, answer: object | None = None) -> None:
        """Keep everything. Raises CopyOnLoan when the database itself saw a second open loan of one copy."""
        events = [event for loan in self.loans.seen for event in loan.take_events()]
        try:
            await self._work.commit([message(event) for event in events], answer=answer, now=self._clock.now())
        except IntegrityError as error:
            if violates(error, "uq_loans_open_copy", "loans.copy_id"):
                raise CopyOnLoan from error
            raise

"""One act's transaction: its rows, its events and its receipt are committed together or not at all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import MetaData, Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from shared.kernel.errors import OutOfDate
from shared.kernel.receipts import Receipt
from shared.persistence.cursor_keys import cursor_keys_table
from shared.persistence.database import Database, violates
from shared.persistence.inbox import inbox_table, new_among
from shared.persistence.outbox import Message, outbox_table, put_in_outbox
from shared.persistence.receipts import keep_receipt, receipts_table


@dataclass(frozen=True, slots=True)
class PlumbingTables:
    """The four tables that every service has beside its own."""

    outbox: Table
    inbox: Table
    receipts: Table
    cursor_keys: Table

    @classmethod
    def declare(cls, metadata: MetaData) -> "PlumbingTables":
        """Declare them on a service's metadata."""
        return cls(outbox_table(metadata), inbox_table(metadata), receipts_table(metadata), cursor_keys_table(metadata))


class AnsweredMeanwhile(Exception):
    """Another process answered the same request; this transaction was rolled back, and the kept answer holds."""


class SqlWork:
    """A writing transaction. Open it, change rows through `session`, commit once; leaving without commit undoes all.

    `on_commit` is rung after each commit, so that a relay in the same process need not wait for its next look.
    """

    session: AsyncSession

    def __init__(
        self,
        database: Database,
        tables: PlumbingTables,
        *,
        receipt: Receipt | None = None,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._tables = tables
        self._receipt = receipt
        self._on_commit = on_commit

    async def open(self) -> AsyncSession:
        """Begin, and return the session of this transaction."""
        self.session = self._database.session()
        return self.session

    async def new_among(self, message_ids: Sequence[str], *, listener: str, now: datetime) -> frozenset[str]:
        """Note incoming messages; return those whose work was not done before."""
        inbox = self._tables.inbox
        return await new_among(self.session, inbox, listener=listener, message_ids=message_ids, now=now)

    async def flush(self) -> None:
        """Send pending changes to the database, so that its constraints speak now.

        Raises OutOfDate when somebody else changed one of the rows since it was read, and lets IntegrityError through:
        only the service knows what its constraints mean.
        """
        try:
            await self.session.flush()
        except StaleDataError as error:
            raise OutOfDate("Somebody else changed this meanwhile. Read it again and repeat the change.") from error

    async def commit(self, messages: Iterable[Message] = (), *, answer: object = None, now: datetime) -> None:
        """Write rows, events and receipt, and commit. An `answer` of None keeps no receipt."""
        await self.flush()
        await put_in_outbox(self.session, self._tables.outbox, messages)
        if self._receipt is not None and answer is not None:
            try:
                await keep_receipt(self.session, self._tables.receipts, self._receipt, answer, now)
            except IntegrityError as error:
                if violates(error, "pk_receipts", "receipts.slot"):
                    raise AnsweredMeanwhile from error
                raise
        await self.session.commit()
        if self._receipt is not None:
            self._receipt.is_kept = answer is not None
        self._on_commit()

    async def close(self) -> None:
        """End the transaction; what was not committed is undone."""
        await self.session.close()

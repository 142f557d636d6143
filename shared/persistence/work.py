"""One act's transaction: its rows, its events and its receipt are committed together or not at all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Column, LargeBinary, MetaData, SmallInteger, Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from shared.kernel.errors import OutOfDate
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database, violates
from shared.persistence.inbox import inbox_table, noting
from shared.persistence.outbox import Message, outbox_rows, outbox_table
from shared.persistence.receipts import receipt_row, receipts_table
from shared.persistence.statements import InsertMany, Prepared, Write
from shared.persistence.transaction import Transaction


@dataclass(frozen=True)
class PlumbingTables:
    """The tables that every service has beside its own."""

    outbox: Table
    inbox: Table
    receipts: Table

    @classmethod
    def declare(cls, metadata: MetaData) -> "PlumbingTables":
        """Declare them on a service's metadata."""
        Table(  # not read any more: during an upgrade, the release before signs cursors with what is in it
            "cursor_keys",
            metadata,
            Column("cursor_key_id", SmallInteger, primary_key=True, autoincrement=False),
            Column("key", LargeBinary(32), nullable=False),
        )
        return cls(outbox_table(metadata), inbox_table(metadata), receipts_table(metadata))

    @cached_property
    def new_events(self) -> InsertMany:
        """The part of an act's writes that puts events into the outbox."""
        return InsertMany(self.outbox)

    @cached_property
    def new_receipts(self) -> InsertMany:
        """The part of an act's writes that keeps its receipt."""
        return InsertMany(self.receipts)

    @cached_property
    def note_messages(self) -> Prepared:
        """The statement that notes incoming messages and returns the ids of those that are new."""
        return noting(self.inbox)


class AnsweredMeanwhile(Exception):
    """Another process answered the same request; this transaction was rolled back, and the kept answer holds."""


class SqlWork:
    """A writing transaction. Begin it, change rows, commit once; leaving without commit undoes all.

    `on_commit` is rung after each commit, so that a relay in the same process need not wait for its next look.
    """

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
        self._session: AsyncSession | None = None

    async def begin(self) -> Transaction:
        """Begin, and return what runs statements."""
        self.transaction = await self._database.begin()
        return self.transaction

    async def open(self) -> AsyncSession:
        """Begin, and return a session, for aggregates that are mapped (decision 278)."""
        self.transaction = begun = await self._database.begin(with_session=True)
        self._session = begun.session
        return begun.session

    async def new_among(self, message_ids: Sequence[str], *, listener: str, now: datetime) -> frozenset[str]:
        """Note incoming messages; return those whose work was not done before."""
        note = self._tables.note_messages
        noted = await self.transaction.run(note, listener=listener, message_ids=message_ids, seen_at=now)
        return frozenset(row.message_id for row in noted)

    async def flush(self) -> None:
        """Send pending changes to the database, so that its constraints speak now.

        Raises OutOfDate when somebody else changed one of the rows since it was read, and lets IntegrityError through:
        only the service knows what its constraints mean.
        """
        if self._session is None:
            return
        try:
            await self._session.flush()
        except StaleDataError as error:
            raise out_of_date() from error

    async def commit(
        self,
        messages: Iterable[Message] = (),
        *,
        writes: Sequence[Write] = (),
        answer: object = None,
        now: datetime,
        imported: bool = False,
    ) -> None:
        """Write rows, events and receipt, and commit. An `answer` of None keeps no receipt.

        `imported` marks the events as facts that come with an import.

        Raises OutOfDate when one of the changes among `writes` changed nothing, for somebody else was faster.
        """
        await self.flush()
        keeps = self._receipt is not None and answer is not None
        rows: list[Write] = [*writes, (self._tables.new_events, outbox_rows(messages, imported=imported))]
        if self._receipt is not None and answer is not None:
            rows.append((self._tables.new_receipts, [receipt_row(self._receipt, answer, now)]))
        try:
            counts = await self.transaction.write(rows)
        except IntegrityError as error:
            if keeps and violates(error, "pk_receipts", "receipts.slot"):
                raise AnsweredMeanwhile from error
            raise
        if any(count == 0 for count, (_, values) in zip(counts, rows, strict=True) if values):
            raise out_of_date()
        await self.transaction.commit()
        if self._receipt is not None:
            self._receipt.is_stored = keeps
        self._on_commit()

    async def close(self) -> None:
        """End the transaction; what was not committed is undone."""
        await self.transaction.close()


def out_of_date() -> OutOfDate:
    """Return the refusal for somebody whose change came second."""
    return OutOfDate("Somebody else changed this meanwhile. Read it again and repeat the change.")

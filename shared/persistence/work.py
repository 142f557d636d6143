"""The transaction of an act: its rows, events and receipt are committed together or not at all."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING  # noqa: TID251 - no cycle: nobody without a mapping imports the ORM

from sqlalchemy import Column, LargeBinary, MetaData, SmallInteger, Table
from sqlalchemy.exc import IntegrityError

from shared.kernel.cube import Count
from shared.kernel.errors import OutOfDate
from shared.kernel.receipts import Receipt
from shared.persistence.cube.tables import CubeTables, recounts_table
from shared.persistence.database import Database, violates
from shared.persistence.inbox import inbox_table, noting
from shared.persistence.outbox import Message, outbox_rows, outbox_table
from shared.persistence.receipts import receipt_row, receipts_table
from shared.persistence.statements import InsertMany, Prepared, Write
from shared.persistence.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio.session import AsyncSession


@dataclass(frozen=True)
class PlumbingTables:
    """The tables that every service has in addition to its own."""

    outbox: Table
    inbox: Table
    receipts: Table
    cube: CubeTables
    recounts: Table

    @classmethod
    def declare(
        cls, metadata: MetaData, *, dimensions: Sequence[str] = (), wide: Collection[str] = ()
    ) -> "PlumbingTables":
        """Declare the tables on a service's metadata; `dimensions` are those of its figures, among them the `wide`."""
        Table(  # no longer read, but the release before signs cursors with it during an upgrade
            "cursor_keys",
            metadata,
            Column("cursor_key_id", SmallInteger, primary_key=True, autoincrement=False),
            Column("key", LargeBinary(32), nullable=False),
        )
        cube = CubeTables.declare(metadata, dimensions, wide=wide)
        recounts = recounts_table(metadata)
        return cls(outbox_table(metadata), inbox_table(metadata), receipts_table(metadata), cube, recounts)

    @cached_property
    def new_events(self) -> InsertMany:
        """The INSERT of events into the outbox in an act's writes."""
        return InsertMany(self.outbox)

    @cached_property
    def new_receipts(self) -> InsertMany:
        """The INSERT of the receipt in an act's writes."""
        return InsertMany(self.receipts)

    @cached_property
    def note_messages(self) -> Prepared:
        """The statement that stores incoming messages and returns the ids of new ones."""
        return noting(self.inbox)


class AnsweredMeanwhile(Exception):
    """Another process answered the same request; this transaction was rolled back, and the stored answer counts."""


class SqlWork:
    """A unit of work. Begin it, change rows, commit once; leaving without a commit rolls back.

    `on_commit` is notified after each commit, so that a relay in the same process need not wait for its next poll.
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
        """Begin, and return the transaction."""
        self.transaction = await self._database.begin()
        return self.transaction

    async def open(self) -> "AsyncSession":
        """Begin, and return a session, for aggregates that are mapped (decision 278)."""
        self.transaction = begun = await self._database.begin(with_session=True)
        self._session = begun.session
        return begun.session

    async def new_among(self, message_ids: Sequence[str], *, listener: str, now: datetime) -> frozenset[str]:
        """Store incoming messages; return the ids of new ones."""
        note = self._tables.note_messages
        noted = await self.transaction.run(note, listener=listener, message_ids=message_ids, seen_at=now)
        return frozenset(row.message_id for row in noted)

    async def flush(self) -> None:
        """Send pending changes to the database, so that its constraints are checked now.

        Raises OutOfDate when somebody else changed one of the rows since it was read, and lets IntegrityError through:
        only the service knows what its constraints mean.
        """
        if self._session is None:
            return
        from sqlalchemy.orm.exc import StaleDataError  # noqa: PLC0415 - nobody without a mapping pays for it

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
        counts: Sequence[Count] = (),
        imported: bool = False,
    ) -> None:
        """Write rows, events and receipt, and commit. An `answer` of None stores no receipt.

        `counts` is what the act adds to the cube, which waits in the outbox (decision 351). `imported` marks the events
        as facts that come with an import.

        Raises OutOfDate when one of the `writes` changed no row, because of a concurrent change.
        """
        await self.flush()
        keeps = self._receipt is not None and answer is not None
        sent = outbox_rows(messages, now=now, counts=counts, imported=imported)
        rows: list[Write] = [*writes, (self._tables.new_events, sent)]
        if self._receipt is not None and answer is not None:
            rows.append((self._tables.new_receipts, [receipt_row(self._receipt, answer, now)]))
        try:
            changed = await self.transaction.write(rows)
        except IntegrityError as error:
            if keeps and violates(error, "pk_receipts", "receipts.slot"):
                raise AnsweredMeanwhile from error
            raise
        if any(count == 0 for count, (_, values) in zip(changed, rows, strict=True) if values):
            raise out_of_date()
        await self.transaction.commit()
        if self._receipt is not None:
            self._receipt.is_stored = keeps
        self._on_commit()

    async def close(self) -> None:
        """End the transaction, and roll back what was not committed."""
        await self.transaction.close()


def out_of_date() -> OutOfDate:
    """Return the refusal of a change that was overtaken by another."""
    return OutOfDate("Somebody else changed this meanwhile. Read it again and repeat the change.")

"""Throws away what is no longer needed: notes of messages seen long ago, and receipts past their day."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from shared.kernel.clock import Clock
from shared.persistence import inbox
from shared.persistence.database import Database
from shared.persistence.receipts import KEPT_FOR, SqlReceipts
from shared.persistence.work import PlumbingTables

INBOX_KEPT_FOR = timedelta(days=7)
EVERY = 3600.0  # seconds


def housekeeping(database: Database, tables: PlumbingTables, clock: Clock) -> Callable[[], Awaitable[None]]:
    """Return the work of one round, to be run every `EVERY` seconds; any number of processes may do it at once."""
    receipts = SqlReceipts(database, tables.receipts)

    async def tidy() -> None:
        now = clock.now()
        async with database.session() as session, session.begin():
            await inbox.forget_before(session, tables.inbox, now - INBOX_KEPT_FOR)
        await receipts.forget_before(now - KEPT_FOR)

    return tidy

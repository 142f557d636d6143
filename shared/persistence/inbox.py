"""The inbox: ids of messages, noted in the transaction of the work they caused, so that a repeat changes nothing."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Column, Index, MetaData, String, Table, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from shared.persistence.types import UtcDateTime


def inbox_table(metadata: MetaData) -> Table:
    """Declare a service's inbox."""
    table = Table(
        "inbox",
        metadata,
        Column("listener", String(60), primary_key=True),
        Column("message_id", String(100), primary_key=True),
        Column("seen_at", UtcDateTime, nullable=False),
    )
    Index(None, table.c.seen_at)
    return table


async def new_among(
    session: AsyncSession, inbox: Table, *, listener: str, message_ids: Sequence[str], now: datetime
) -> frozenset[str]:
    """Note the messages in the transaction of `session`; return those that this listener has not worked on before."""
    notes = [{"listener": listener, "message_id": message_id, "seen_at": now} for message_id in message_ids]
    found = await session.execute(_note(inbox, session.get_bind().dialect.name), notes)
    return frozenset(row.message_id for row in found)


@cache
def _note(inbox: Table, dialect: str) -> ReturningInsert[tuple[str]]:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(inbox).on_conflict_do_nothing().returning(inbox.c.message_id)


async def forget_before(session: AsyncSession, inbox: Table, moment: datetime) -> None:
    """Drop the notes older than `moment`; a broker does not redeliver that late."""
    await session.execute(delete(inbox).where(inbox.c.seen_at < moment))

"""The inbox: ids of messages, noted in the transaction of the work they caused, so that a repeat changes nothing."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Executable,
    Index,
    MetaData,
    String,
    Table,
    TableValuedAlias,
    bindparam,
    delete,
    func,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from shared.persistence.statements import Constant
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


def noting(inbox: Table) -> Constant:
    """Return the statement that notes the messages that a listener has not worked on before, and returns their ids."""
    return Constant({name: _note(inbox, name) for name in ("postgresql", "sqlite")})


def listed(message_ids: Sequence[str], dialect: str) -> list[str] | str:
    """Return the ids in the form in which that statement takes them."""
    return json.dumps(list(message_ids)) if dialect == "sqlite" else list(message_ids)


def _note(inbox: Table, dialect: str) -> Executable:
    ids: TableValuedAlias
    if dialect == "sqlite":
        insert: Any = sqlite.insert
        ids = func.json_each(bindparam("message_ids", type_=String())).table_valued("value")
    else:
        insert = postgresql.insert
        ids = (
            func.unnest(bindparam("message_ids", type_=postgresql.ARRAY(String())))
            .table_valued("value")
            .render_derived()
        )
    rows = select(
        bindparam("listener", type_=inbox.c.listener.type),
        ids.c.value,
        bindparam("seen_at", type_=inbox.c.seen_at.type),
    ).where(true())  # without a condition, SQLite takes ON for a part of a join
    noted: Executable = (
        insert(inbox)
        .from_select(["listener", "message_id", "seen_at"], rows)
        .on_conflict_do_nothing()
        .returning(inbox.c.message_id)
    )
    return noted


async def forget_before(session: AsyncSession, inbox: Table, moment: datetime) -> None:
    """Drop the notes older than `moment`; a broker does not redeliver that late."""
    await session.execute(delete(inbox).where(inbox.c.seen_at < moment))

"""The inbox: ids of messages, stored in the transaction of the work they caused, so that repeats change nothing."""

from typing import Any

from sqlalchemy import Column, Index, MetaData, String, Table, bindparam, select, true
from sqlalchemy.sql.dml import ReturningInsert

from shared.persistence.lists import for_both, insert_for, values_of
from shared.persistence.statements import Prepared
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


def noting(inbox: Table) -> Prepared:
    """Return the statement that stores the messages that are new to a listener, and returns their ids."""

    def note(dialect: str) -> ReturningInsert[Any]:
        columns = inbox.c
        rows = select(
            bindparam("listener", type_=columns.listener.type),
            values_of("message_ids", columns.message_id.type, dialect).c.value,
            bindparam("seen_at", type_=columns.seen_at.type),
        ).where(true())  # without a condition, SQLite takes ON for a part of a join
        new = insert_for(dialect)(inbox).from_select(["listener", "message_id", "seen_at"], rows)
        noted: ReturningInsert[Any] = new.on_conflict_do_nothing().returning(columns.message_id)
        return noted

    return for_both(note)

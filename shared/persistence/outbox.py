"""The outbox: events are rows of the same transaction as the change they report; a relay publishes them later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, Column, MetaData, String, Table, Uuid, false

from shared import context
from shared.kernel.cube import Count
from shared.kernel.ids import new_id
from shared.persistence.types import BigNumber, UtcDateTime


@dataclass(frozen=True, slots=True)
class Message:
    """An event to be published: what happened (`type`), to what (`subject`), when, and the facts as JSON values."""

    type: str
    subject: str
    occurred_at: datetime
    data: Mapping[str, Any]


COUNTS_ALONE = "counts"
"""The type of a row that is no event: an act that publishes nothing has counted something."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message as it waits in the outbox. `sequence` grows in commit order for one subject.

    `imported`: it reports the past, as recorded by another system. `is_counted`: with it wait counts for the cube.
    """

    sequence: int
    event_id: UUID
    message: Message
    correlation_id: str | None
    traceparent: str | None
    imported: bool = False
    is_counted: bool = False


def outbox_table(metadata: MetaData) -> Table:
    """Declare a service's outbox.

    The row's own number is the event's `sequence`. It grows in commit order for one subject because a transaction that
    writes an event has just written, and so locked, the row of that subject; rollbacks leave harmless gaps. On SQLite
    AUTOINCREMENT prevents the reuse of a number after the relay has emptied the table.
    """
    return Table(
        "outbox",
        metadata,
        Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        Column("event_id", Uuid, nullable=False),
        Column("type", String(100), nullable=False),
        Column("subject", String(100), nullable=False),
        Column("occurred_at", UtcDateTime, nullable=False),
        Column("data", JSON, nullable=False),
        Column("correlation_id", String(100)),
        Column("traceparent", String(60)),
        Column("imported", Boolean, nullable=False, server_default=false()),
        Column("counts", JSON(none_as_null=True), comment="What the act adds to the cube, until it is there."),
        sqlite_autoincrement=True,
    )


def outbox_rows(
    messages: Iterable[Message], *, now: datetime, counts: Sequence[Count] = (), imported: bool = False
) -> list[dict[str, Any]]:
    """Return `messages` as rows of an outbox, in their order, marked with the current request.

    The `counts` of the act wait in the first row, or in one of their own. `imported` marks facts of an import, of which
    members are not notified.
    """
    here = context.current()
    sent = [*messages]
    if counts and not sent:
        sent.append(Message(COUNTS_ALONE, COUNTS_ALONE, now, {}))
    waiting = [count.as_json() for count in counts] or None
    return [
        {
            "event_id": new_id(),
            "type": message.type,
            "subject": message.subject,
            "occurred_at": message.occurred_at,
            "data": dict(message.data),
            "correlation_id": here.request_id if here else None,
            "traceparent": here.traceparent if here else None,
            "imported": imported,
            "counts": None if place else waiting,
        }
        for place, message in enumerate(sent)
    ]

"""Letters that are printed together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Integer, Row, String, Table, Uuid, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.notices.letters import LEASE, LetterBatch, LetterBatchNotFound, Sender
from members_service.persistence.schema import metadata
from shared.persistence.types import UtcDateTime

letter_batches = Table(
    "letter_batches",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    Column("branch", String(40)),
    Column("letters", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(255)),
    Column("printed_at", UtcDateTime, comment="When it was first fetched; from then on each page says COPY."),
    Column("version", Integer, nullable=False),
    Column("prepared_at", UtcDateTime, comment="When its letters were written."),
    Column("claimed_until", UtcDateTime, comment="Until when somebody writes them."),
    Column("sender", JSON, comment="Who sends them: the line above the address, and what stands at the side."),
    comment="Letters of one branch that are printed together.",
)
letters = Table(
    "letters",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, nullable=False, index=True),
    Column("position", Integer, nullable=False),
    comment="Which messages are letters of which batch, and in which order.",
)


_FIELDS = ("batch_id", "branch", "letters", "made_at", "made_by", "prepared_at", "printed_at", "version")


def batch_in(row: Row[Any]) -> LetterBatch:
    """Return the batch in a row."""
    sender = None if row.sender is None else Sender(row.sender["line"], tuple(row.sender["details"]))
    return LetterBatch(**{name: getattr(row, name) for name in _FIELDS}, sender=sender)


class LetterBatches:
    """The batches of letters."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, batch_id: UUID) -> LetterBatch:
        """Return a batch, locked until the transaction ends. Raises LetterBatchNotFound."""
        query = select(letter_batches).where(letter_batches.c.batch_id == batch_id).with_for_update()
        row = (await self._session.execute(query)).first()
        if row is None:
            raise LetterBatchNotFound
        return batch_in(row)

    async def add(self, batch: LetterBatch) -> None:
        """Add a batch whose letters are to be written."""
        await self._session.execute(insert(letter_batches), [{name: getattr(batch, name) for name in _FIELDS}])

    async def claim(self, *, now: datetime) -> LetterBatch | None:
        """Claim the oldest batch whose letters nobody writes."""
        c = letter_batches.c
        free = (c.prepared_at.is_(None), or_(c.claimed_until.is_(None), c.claimed_until <= now))
        oldest = select(c.batch_id).where(*free).order_by(c.batch_id).limit(1).with_for_update(skip_locked=True)
        batch_id = await self._session.scalar(oldest)
        if batch_id is None:
            return None
        taken = update(letter_batches).where(c.batch_id == batch_id).values(claimed_until=now + LEASE)
        return batch_in((await self._session.execute(taken.returning(*c))).one())

    async def wait(self, batch_id: UUID, *, claimed_at: datetime, until: datetime) -> None:
        """Let a batch that was claimed then be claimed again from `until` on."""
        mine = (letter_batches.c.batch_id == batch_id, letter_batches.c.claimed_until == claimed_at + LEASE)
        await self._session.execute(update(letter_batches).where(*mine).values(claimed_until=until))

    async def finish(
        self, batch_id: UUID, message_ids: Sequence[UUID], sender: Sender, *, claimed_at: datetime, now: datetime
    ) -> bool:
        """Note that the letters of a batch are written, in this order, and who sends them.

        Returns False, and changes nothing, where somebody else has claimed it since `claimed_at`.
        """
        c = letter_batches.c
        values: dict[str, Any] = {"prepared_at": now, "letters": len(message_ids), "version": c.version + 1}
        values["sender"] = {"line": sender.line, "details": list(sender.details)}
        mine = (c.batch_id == batch_id, c.prepared_at.is_(None), c.claimed_until == claimed_at + LEASE)
        written = update(letter_batches).where(*mine).values(values).returning(c.batch_id)
        if not list(await self._session.scalars(written)):
            return False
        rows = [
            {"message_id": message_id, "batch_id": batch_id, "position": position}
            for position, message_id in enumerate(message_ids)
        ]
        if rows:
            await self._session.execute(insert(letters), rows)
        return True

    async def note_printed(self, batch_id: UUID, *, now: datetime) -> None:
        """Note that a batch was fetched for the first time."""
        batch = letter_batches.c
        values = {"printed_at": now, "version": batch.version + 1}
        await self._session.execute(update(letter_batches).where(batch.batch_id == batch_id).values(values))

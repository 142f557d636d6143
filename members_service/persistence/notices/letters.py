"""Letters that are printed together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Integer, String, Table, Uuid, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.notices.letters import LetterBatch, LetterBatchNotFound
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
        return LetterBatch(row.batch_id, row.branch, row.letters, row.made_at, row.made_by, row.printed_at, row.version)

    async def add(self, batch: LetterBatch, message_ids: Sequence[UUID]) -> None:
        """Add a batch with its letters, in order."""
        values = {
            "batch_id": batch.batch_id,
            "branch": batch.branch,
            "letters": batch.letters,
            "made_at": batch.made_at,
            "made_by": batch.made_by,
            "printed_at": None,
            "version": batch.version,
        }
        await self._session.execute(insert(letter_batches), [values])
        rows = [
            {"message_id": message_id, "batch_id": batch.batch_id, "position": position}
            for position, message_id in enumerate(message_ids)
        ]
        if rows:
            await self._session.execute(insert(letters), rows)

    async def note_printed(self, batch_id: UUID, *, now: datetime) -> None:
        """Note that a batch was fetched for the first time."""
        batch = letter_batches.c
        values = {"printed_at": now, "version": batch.version + 1}
        await self._session.execute(update(letter_batches).where(batch.batch_id == batch_id).values(values))

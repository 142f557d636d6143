"""Queries of letters: one select each."""

from uuid import UUID

from sqlalchemy import select

from members_service.domain.notices.letters import Letter, LetterBatch
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.letters import batch_in, letter_batches, letters
from members_service.persistence.notices.messages import content_in
from members_service.persistence.notices.tables import notice_messages
from shared.persistence.database import Database


class LetterQueries:
    """Fetches letters."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def batches(self, branch: str | None, *, limit: int, before: UUID | None) -> list[LetterBatch]:
        """Return up to `limit` batches before that one, newest first; of one branch if one is named."""
        query = select(letter_batches).order_by(letter_batches.c.batch_id.desc()).limit(limit)
        if branch is not None:
            query = query.where(letter_batches.c.branch == branch)
        if before is not None:
            query = query.where(letter_batches.c.batch_id < before)
        return [batch_in(row) for row in await self._database.rows(query)]

    async def letters(self, batch_id: UUID) -> list[Letter]:
        """Return the letters of a batch in order; whoever was erased since has none any more."""
        columns = notice_messages.c
        joined = letters.join(notice_messages, columns.message_id == letters.c.message_id)
        query = select(columns.message_id, columns.language, columns.content).select_from(joined)
        query = query.where(letters.c.batch_id == batch_id).order_by(letters.c.position)
        found = []
        for row in await self._database.rows(query):
            content = content_in(row.content, row.message_id, self._keys)
            if content is not None:
                address = tuple((content.address or "").split("\n"))
                found.append(Letter(row.message_id, address, row.language, content.subject, content.text))
        return found

"""Queries of desk messages: one select each."""

from uuid import UUID

from sqlalchemy import select

from members_service.application.membership.desk_messages.views import DeskMessageView
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.desk_messages import desk_message
from members_service.persistence.membership.tables import desk_messages
from shared.persistence.database import Database


class DeskMessageQueries:
    """Fetches desk messages."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def messages(
        self, member_id: UUID, *, done: bool | None = None, limit: int | None, after: UUID | None
    ) -> list[DeskMessageView]:
        """Return up to `limit` messages about one member behind that one, oldest first."""
        query = select(desk_messages).where(desk_messages.c.member_id == member_id)
        if done is not None:
            query = query.where(desk_messages.c.done_at.is_not(None) if done else desk_messages.c.done_at.is_(None))
        if after is not None:
            query = query.where(desk_messages.c.message_id > after)
        rows = await self._database.rows(query.order_by(desk_messages.c.message_id).limit(limit))
        return [DeskMessageView.of(desk_message(row, self._keys)) for row in rows]

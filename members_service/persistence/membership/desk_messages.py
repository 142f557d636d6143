"""The repository of desk messages. Their text is sealed."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.membership.desk_message import DeskMessage, DeskMessageNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.tables import desk_messages

TEXT = "text"
_SEEN = ("read_at", "read_by", "done_at", "done_by")


class DeskMessages:
    """The messages for the desk."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._added: list[DeskMessage] = []
        self._loaded: list[DeskMessage] = []

    def add(self, message: DeskMessage) -> None:
        """Add a message to this transaction."""
        self._added.append(message)

    async def get(self, message_id: UUID, *, of: UUID) -> DeskMessage:
        """Return a message about this member, locked until the transaction ends. Raises DeskMessageNotFound."""
        query = select(desk_messages).where(desk_messages.c.message_id == message_id, desk_messages.c.member_id == of)
        row = (await self._session.execute(query.with_for_update())).first()
        if row is None:
            raise DeskMessageNotFound
        message = desk_message(row, self._keys)
        self._loaded.append(message)
        return message

    async def write(self) -> None:
        """Write what was added and what was seen; part of the commit, after the members."""
        for message in self._added:
            row = {name: getattr(message, name) for name in (*_SEEN, "member_id", "branch", "until")}
            row |= {"written_at": message.written_at, "written_by": message.written_by, "message_id": message.id}
            row[TEXT] = self._keys.seal(message.text, owner=message.id, field=TEXT)
            await self._session.execute(insert(desk_messages).values(row))
        for message in self._loaded:
            seen = {name: getattr(message, name) for name in _SEEN}
            await self._session.execute(
                update(desk_messages).where(desk_messages.c.message_id == message.id).values(seen)
            )


def desk_message(row: Row[Any], keys: DataKeys) -> DeskMessage:
    """Return the message in a row, unsealed."""
    message = DeskMessage(
        id=row.message_id,
        member_id=row.member_id,
        text=keys.open(row.text, owner=row.message_id, field=TEXT),
        branch=row.branch,
        until=row.until,
        by=row.written_by,
        now=row.written_at,
    )
    for name in _SEEN:
        setattr(message, name, getattr(row, name))
    return message

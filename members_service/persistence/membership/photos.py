"""The repository of photographs. What they show is sealed."""

from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.photo import Photo
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.tables import photos

PICTURE = "picture"


class Photos:
    """The photographs of members, one of each at most. The member must be locked."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys

    async def put(self, photo: Photo) -> None:
        """Keep a photograph in place of what there was."""
        await self.remove(photo.member_id)
        sealed = self._keys.seal(b64encode(photo.content).decode("ascii"), owner=photo.member_id, field=PICTURE)
        facts = {"member_id": photo.member_id, "media_type": photo.media_type, "taken_at": photo.taken_at}
        await self._session.execute(insert(photos).values({**facts, PICTURE: sealed}))

    async def remove(self, member_id: UUID) -> bool:
        """Remove the photograph of a member; return whether there was one."""
        found = await self._session.execute(
            delete(photos).where(photos.c.member_id == member_id).returning(photos.c.member_id)
        )
        return found.first() is not None

    async def hand_over(self, member_id: UUID, *, to: UUID) -> None:
        """Give the photograph of a member to another record of the person, unless that has one."""
        kept = (await self._session.execute(select(photos).where(photos.c.member_id.in_((member_id, to))))).all()
        if [row.member_id for row in kept] == [member_id]:
            photo = photo_of(kept[0], self._keys)
            sealed = self._keys.seal(b64encode(photo.content).decode("ascii"), owner=to, field=PICTURE)
            moved = {"member_id": to, PICTURE: sealed}
            await self._session.execute(update(photos).where(photos.c.member_id == member_id).values(moved))


def photo_of(row: Row[Any], keys: DataKeys) -> Photo:
    """Return the photograph in a row, unsealed."""
    content = b64decode(keys.open(row.picture, owner=row.member_id, field=PICTURE))
    return Photo(row.member_id, row.media_type, content, row.taken_at)

"""Query of the photograph of a member."""

from uuid import UUID

from sqlalchemy import select

from members_service.domain.photo import Photo
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.photos import photo_of
from members_service.persistence.membership.tables import photos
from shared.persistence.database import Database


class PhotoQueries:
    """Fetches photographs."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def photo(self, member_id: UUID) -> Photo | None:
        """Return the photograph of a member; None: there is none."""
        row = await self._database.first(select(photos).where(photos.c.member_id == member_id))
        return None if row is None else photo_of(row, self._keys)

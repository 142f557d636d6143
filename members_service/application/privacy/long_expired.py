"""Those whose membership ended long ago, in the database."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from members_service.persistence.membership.tables import members
from shared.persistence.database import Database


class LongExpiredQueries:
    """Implements `erase_expired.LongExpired`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def expired_before(self, day: date, *, beyond: UUID | None, limit: int) -> Sequence[UUID]:
        query = select(members.c.member_id).where(members.c.expires_on < day, members.c.leaving_since.is_(None))
        if beyond is not None:
            query = query.where(members.c.member_id > beyond)
        return await self._database.values(query.order_by(members.c.member_id).limit(limit))

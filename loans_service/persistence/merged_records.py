"""Which member's record was merged into which one."""

from uuid import UUID

from sqlalchemy import bindparam, select

from loans_service.persistence.tables import borrowers
from shared.persistence.database import Database

_MEMBER = bindparam("member_id", type_=borrowers.c.member_id.type)
_other = borrowers.alias("other")
RECORD_THAT_STAYS = (
    select(_other.c.member_id)
    .join(borrowers, borrowers.c.leaving_id == _other.c.member_id)
    .where(borrowers.c.member_id == _MEMBER)
)
"""The member into whom a member was merged, stored as their request to leave."""


class MergedRecords:
    """The members whose record was merged into another one of the same person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record_that_stays(self, member_id: UUID) -> UUID:
        """Return the record into which a member was merged; the same if it was not merged."""
        seen = {member_id}
        while True:
            row = await self._database.first(RECORD_THAT_STAYS, member_id=member_id)
            if row is None or row.member_id in seen:
                return member_id
            seen.add(member_id := row.member_id)

"""How many members there were at a moment, by what figures know of them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, tzinfo
from uuid import UUID

from sqlalchemy import select

from members_service.domain.counting import values_of
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.sealed_details import if_it_opens, open_born_and_notes
from members_service.persistence.membership.tables import members
from shared.kernel.pace import Pace
from shared.persistence.database import Database

_AT_ONCE = 1_000
_COLUMNS = (members.c.member_id, members.c.home_branch, members.c.category, members.c.details)


class MemberLevels:
    """Counts members whose membership is good. Their days of birth are unsealed for it, one after the other."""

    def __init__(self, database: Database, keys: DataKeys, zone: tzinfo) -> None:
        self._database = database
        self._keys = keys
        self._zone = zone

    async def at(self, moment: datetime) -> Mapping[tuple[str, ...], int]:
        """Return how many there were at a moment, by branch, category and band of age, as far as records still say."""
        day, level, pace = moment.astimezone(self._zone).date(), Counter[tuple[str, ...]](), Pace()
        good = (members.c.expires_on >= day, members.c.leaving_since.is_(None), members.c.joined_at <= moment)
        query = select(*_COLUMNS).where(*good).order_by(members.c.member_id).limit(_AT_ONCE)
        behind: UUID | None = None
        while rows := await self._database.rows(query if behind is None else query.where(members.c.member_id > behind)):
            for row in rows:
                opened = if_it_opens(open_born_and_notes, self._keys, row.details, owner=row.member_id)
                born = None if opened is None else opened[0]
                level[values_of(row.home_branch, row.category, born, on=day)] += 1
                await pace()
            behind = rows[-1].member_id
        return level

"""How many copies the library had at a moment, by where they belong."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import case, func, select

from books_service.domain.statistics import NO_STOCK
from books_service.persistence.past_tables import changes
from books_service.persistence.tables import copies
from shared.kernel.cube import UNKNOWN
from shared.persistence.database import Database

_STAYS = copies.c.permanent_branch.is_(None)
_PLACE = (
    func.coalesce(copies.c.permanent_branch, copies.c.branch).label("branch"),
    func.coalesce(copies.c.permanent_item_type, copies.c.item_type).label("item_type"),
    func.coalesce(case((_STAYS, copies.c.location), else_=copies.c.permanent_location), UNKNOWN).label("location"),
)


class StockLevels:
    """Counts copies that the library has."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at(self, moment: datetime) -> Mapping[tuple[str, ...], int]:
        """Return how many copies there were at a moment, by branch, item type and location.

        Copies that were moved since count where they are now, and those that were removed count no more.
        """
        of_then = select(*_PLACE, copies.c.status, func.count().label("number")).where(
            copies.c.added_at <= moment, copies.c.status_since <= moment
        )
        rows = await self._database.rows(of_then.group_by(*_PLACE, copies.c.status))
        level = Counter[tuple[str, ...]]()
        for row in rows:
            if row.status not in NO_STOCK:
                level[row.branch, row.item_type, row.location] += row.number
        for place, status in await self._changed_since(moment):
            if status not in NO_STOCK:
                level[place] += 1
        return level

    async def _changed_since(self, moment: datetime) -> list[tuple[tuple[str, str, str], str]]:
        """Return place and former status of the copies whose status has changed since."""
        query = select(copies.c.copy_id, *_PLACE, copies.c.status).where(
            copies.c.added_at <= moment, copies.c.status_since > moment
        )
        rows = await self._database.rows(query)
        changed = select(changes.c.thing_id, changes.c.changed).where(
            changes.c.at > moment, changes.c.act == "status_changed"
        )
        before: dict[object, str] = {}
        for change in await self._database.rows(changed.order_by(changes.c.sequence)) if rows else ():
            of_status = [each["before"] for each in change.changed if each["field"] == "status"]
            if of_status:
                before.setdefault(change.thing_id, of_status[0])
        return [((row.branch, row.item_type, row.location), before.get(row.copy_id, row.status)) for row in rows]

"""What circulation last said of copies, read from the table that its news are kept in."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from books_service.persistence.tables import IS_AWAY, circulation, copies
from books_service.persistence.stock.copies import reported_of
from books_service.application.stock.views import ReportedAvailability
from shared.kernel.made_from import made_from
from shared.persistence.database import Database

_REPORTED = (
    select(circulation, copies.c.book_id)
    .outerjoin_from(circulation, copies, copies.c.copy_id == circulation.c.copy_id)
    .order_by(circulation.c.copy_id)
)


class CirculationQueries:
    """Implements `ports.CirculationViews`, each by one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reported_of(self, copy_ids: Collection[UUID]) -> list[ReportedAvailability]:
        return await self._read(_REPORTED.where(circulation.c.copy_id.in_(copy_ids)))

    async def away(self, *, after: UUID | None, limit: int) -> list[ReportedAvailability]:
        query = _REPORTED.where(IS_AWAY).limit(limit)
        return await self._read(query if after is None else query.where(circulation.c.copy_id > after))

    async def _read(self, query: Select[Any]) -> list[ReportedAvailability]:
        return [
            made_from(row, ReportedAvailability, stands=reported_of(row).stands)
            for row in await self._database.rows(query)
        ]

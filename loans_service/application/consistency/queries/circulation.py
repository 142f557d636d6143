"""Queries for the copies that are not at home, and for the balances of fines."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, or_, select

from loans_service.domain.circulating_copy import CopyState
from loans_service.domain.fines.fine import Posting
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.persistence.fines.fine_tables import fine_entries, fines
from loans_service.persistence.holds.copy_states import IS_GONE, IS_OPEN, LENT, LYING, as_states, states_of
from loans_service.persistence.tables import circulation_records, loans
from shared.persistence.database import Database

_ADDS = fine_entries.c.posting.in_([posting for posting in Posting if posting.sign > 0])
_POSTED = func.coalesce(func.sum(case((_ADDS, fine_entries.c.amount), else_=-fine_entries.c.amount)), 0)


@dataclass(frozen=True, slots=True)
class Balance:
    """The stored balance of a fine, and the sum of its postings, in minor units."""

    fine_id: UUID
    owed: int
    posted: int


class ConsistencyQueries:
    """Looks up copies that are not at home, and balances of fines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def away(self, *, after: UUID, limit: int) -> list[CopyState]:
        """Return up to `limit` copies that are not at home, in the order of their ids."""
        lying, lent = [
            await self._database.rows(query.where(copy_id > after).order_by(copy_id).limit(limit))
            for query, copy_id in (
                (LYING, circulation_records.c.copy_id),
                (LENT.where(or_(IS_OPEN, IS_GONE)), loans.c.copy_id),
            )
        ]
        return as_states(lying=lying, lent=lent)[:limit]

    async def states_of(self, copy_ids: Collection[UUID]) -> list[CopyState]:
        """Return the states of those copies that are not at home."""
        return await states_of(self._database.rows, copy_ids)

    async def in_two_places(self, *, after: UUID, until: UUID) -> list[UUID]:
        """Return the copies that are on loan and, against all rules, also on a hold shelf or in transit."""
        lent = select(loans.c.copy_id).where(IS_OPEN, loans.c.copy_id > after, loans.c.copy_id <= until).subquery()
        query = (
            select(circulation_records.c.copy_id)
            .join(lent, lent.c.copy_id == circulation_records.c.copy_id)
            .where(circulation_records.c.status != CirculationStatus.HOME)
            .where(circulation_records.c.copy_id > after, circulation_records.c.copy_id <= until)
            .order_by(circulation_records.c.copy_id)
        )
        return [row.copy_id for row in await self._database.rows(query)]

    async def balances(self, *, after: UUID, limit: int) -> list[Balance]:
        """Return up to `limit` fines with the sums of their postings, in the order of their ids."""
        # Summed fine by fine: a join would read the whole ledger for each page of a long list.
        posted = select(_POSTED).where(fine_entries.c.fine_id == fines.c.fine_id).scalar_subquery()
        query = select(fines.c.fine_id, fines.c.owed, posted).where(fines.c.fine_id > after)
        found = await self._database.rows(query.order_by(fines.c.fine_id).limit(limit))
        return [Balance(row[0], row[1], int(row[2])) for row in found]

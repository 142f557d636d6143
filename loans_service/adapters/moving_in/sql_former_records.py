"""Many records at once, for what another system has kept."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Select, bindparam, column, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from loans_service.adapters.fines.sql_fine_tables import fines
from loans_service.adapters.holds.sql_circulation_records import SqlCirculationRecords
from loans_service.adapters.holds.sql_holds import IS_ACTIVE, SqlHolds
from loans_service.adapters.lending.sql_loans import DUE_UNLESS_LOST, SqlLoans
from loans_service.adapters.rules.sql_rulebook import RULES_STAY
from loans_service.adapters.sql_import_tables import imported_records
from loans_service.adapters.sql_locks import book_key
from loans_service.adapters.sql_tables import borrowers, circulation_records, holds, loans
from loans_service.application.moving_in.ports import CameBefore
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.lending.loan import Loan

_OPEN = loans.c.returned_at.is_(None)


def _these(name: str) -> Any:
    return bindparam(name, expanding=True)


_CAME_BEFORE = select(imported_records).where(
    imported_records.c.what == bindparam("of_what"), imported_records.c.record_key.in_(_these("keys"))
)
_OPEN_OF: Select[Any] = select(loans).where(_OPEN, loans.c.copy_id.in_(_these("copies")))
_OPEN_BY = select(loans.c.copy_id, loans.c.member_id, DUE_UNLESS_LOST, loans.c.item_type).where(
    _OPEN, loans.c.member_id.in_(_these("members")), loans.c.claimed_at.is_(None)
)
_LENT_TO = select(loans.c.member_id, loans.c.book_id, loans.c.copy_id).where(
    _OPEN, loans.c.member_id.in_(_these("members"))
)
_AWAY: Select[Any] = select(circulation_records).where(circulation_records.c.copy_id.in_(_these("copies")))
_HOLDS = (
    select(holds.c.hold_id)
    .where(IS_ACTIVE, or_(holds.c.book_id.in_(_these("books")), holds.c.member_id.in_(_these("members"))))
    .order_by(holds.c.queue_order, holds.c.hold_id)
)
_OWED = (
    select(fines.c.member_id, func.sum(fines.c.owed))
    .where(fines.c.member_id.in_(_these("members")), fines.c.status == FineStatus.OWED)
    .group_by(fines.c.member_id)
)
_KEYS = (
    func.unnest(bindparam("locks", type_=ARRAY(BigInteger)))
    .table_valued(column("lock", BigInteger), name="keys")
    .render_derived()
)
_LOCK = select(func.pg_advisory_xact_lock(_KEYS.c.lock), RULES_STAY).select_from(_KEYS)


class SqlFormerRecords:
    """Implements `moving_in.ports.FormerRecords`."""

    def __init__(
        self, connection: AsyncConnection, *, loans: SqlLoans, holds: SqlHolds, copies: SqlCirculationRecords
    ) -> None:
        self._connection = connection
        self._insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert
        self._loans = loans
        self._holds = holds
        self._copies = copies
        self._noted: dict[tuple[str, UUID], CameBefore] = {}

    async def came_before(self, what: str, keys: Collection[UUID]) -> dict[UUID, CameBefore]:
        rows = await self._connection.execute(_CAME_BEFORE, {"of_what": what, "keys": list(keys)})
        return {row.record_key: CameBefore(row.thing_id, row.digest) for row in rows}

    def note(self, what: str, key: UUID, record: CameBefore) -> None:
        self._noted[what, key] = record

    async def lock(self, *, member_ids: Collection[UUID], book_ids: Collection[UUID]) -> frozenset[UUID]:
        """Take the borrowers' rows, then the books' locks, as every act does; each in one order for all."""
        known = self._insert(borrowers).values([{"member_id": each, "served": 1} for each in sorted(member_ids)])
        served = known.on_conflict_do_update(index_elements=["member_id"], set_={"served": borrowers.c.served + 1})
        rows = await self._connection.execute(served.returning(borrowers.c.member_id, borrowers.c.leaving_id))
        leaving = frozenset(row.member_id for row in rows if row.leaving_id is not None)
        if self._insert is postgresql.insert:
            locks = sorted(book_key(each) for each in book_ids)
            await self._connection.execute(_LOCK, {"locks": locks})
        return leaving

    async def open_loans_of(self, copy_ids: Collection[UUID]) -> dict[UUID, Loan]:
        found = await self._connection.execute(_OPEN_OF, {"copies": list(copy_ids)})
        return {row["copy_id"]: self._loans.note({**row}) for row in found.mappings()}

    async def open_loans_by(self, member_ids: Collection[UUID]) -> Sequence[OpenLoan]:
        found = await self._connection.execute(_OPEN_BY, {"members": list(member_ids)})
        return [OpenLoan(row.copy_id, row.member_id, row.due_at, row.item_type) for row in found]

    async def lent_to(self, member_ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[UUID, UUID]]]:
        found: dict[UUID, list[tuple[UUID, UUID]]] = {}
        for row in await self._connection.execute(_LENT_TO, {"members": list(member_ids)}):
            found.setdefault(row.member_id, []).append((row.book_id, row.copy_id))
        return found

    async def away(self, copies: Collection[CirculatingCopy]) -> Mapping[UUID, CirculationRecord]:
        rows = (await self._connection.execute(_AWAY, {"copies": [copy.copy_id for copy in copies]})).mappings()
        kept = {row["copy_id"]: {**row} for row in rows}
        return {copy.copy_id: self._copies.note(copy, kept.get(copy.copy_id)) for copy in copies}

    async def active_holds(self, *, book_ids: Collection[UUID], member_ids: Collection[UUID]) -> list[Hold]:
        ids = await self._connection.scalars(_HOLDS, {"books": list(book_ids), "members": list(member_ids)})
        return await self._holds.of_ids(list(ids))

    async def owed_by(self, member_ids: Collection[UUID]) -> Mapping[UUID, int]:
        found = await self._connection.execute(_OWED, {"members": list(member_ids)})
        return {member_id: int(owed) for member_id, owed in found}

    async def flush(self) -> None:
        """Write down which record became what."""
        if not self._noted:
            return
        rows = [
            {"what": what, "record_key": key, "thing_id": record.thing_id, "digest": record.digest}
            for (what, key), record in self._noted.items()
        ]
        new = self._insert(imported_records)
        present = {name: new.excluded[name] for name in ("thing_id", "digest")}
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=["what", "record_key"], set_=present), rows
        )

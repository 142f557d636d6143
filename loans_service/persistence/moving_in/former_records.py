"""Reads and locks many records at once, for imports."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, bindparam, column, func, or_, select

from loans_service.domain.borrower import OpenLoan
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.placing import LoanOfBook
from loans_service.domain.lending.loan import Loan
from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.holds.circulation_records import CirculationRecords
from loans_service.persistence.holds.copy_states import volume_of
from loans_service.persistence.holds.holds import IS_ACTIVE, Holds
from loans_service.persistence.import_tables import imported_records
from loans_service.persistence.lending.loans import COUNTS, DUE_UNLESS_LOST, Loans
from loans_service.persistence.locks import book_key
from loans_service.persistence.rules.rulebook import RULES_STAY
from loans_service.persistence.tables import borrowers, circulation_records, holds, loans
from shared.persistence.lists import insert_for
from shared.persistence.statements import Prepared
from shared.persistence.transaction import Transaction

_OPEN = loans.c.returned_at.is_(None)


_KEYS = (
    func.unnest(bindparam("locks", type_=ARRAY(BigInteger)))
    .table_valued(column("lock", BigInteger), name="keys")
    .render_derived()
)
_LOCK = Prepared(select(func.pg_advisory_xact_lock(_KEYS.c.lock).label("locked"), RULES_STAY).select_from(_KEYS))


@dataclass(frozen=True, slots=True)
class CameBefore:
    """What was made from a record in an earlier import, and a digest of its content."""

    thing_id: UUID
    digest: UUID


class FormerRecords:
    """Reads many records at once. Lock before reading what a rule depends on."""

    def __init__(self, transaction: Transaction, *, loans: Loans, holds: Holds, copies: CirculationRecords) -> None:
        self._run = transaction.run
        self._on_sqlite = transaction.dialect.name == "sqlite"
        self._insert = insert_for(transaction.dialect.name)
        self._loans = loans
        self._holds = holds
        self._copies = copies
        self._noted: dict[tuple[str, UUID], CameBefore] = {}

    async def came_before(self, what: str, keys: Collection[UUID]) -> dict[UUID, CameBefore]:
        """Return which of these records were imported before, by their keys."""
        theirs = imported_records.c.record_key.in_(keys)
        rows = await self._run(select(imported_records).where(imported_records.c.what == what, theirs))
        return {row.record_key: CameBefore(row.thing_id, row.digest) for row in rows}

    def note(self, what: str, key: UUID, record: CameBefore) -> None:
        """Store what was made from a record, replacing what was stored before."""
        self._noted[what, key] = record

    async def lock(self, *, member_ids: Collection[UUID], book_ids: Collection[UUID]) -> frozenset[UUID]:
        """Lock these borrowers, and the copies and queues of these books; return the borrowers who are leaving."""
        # First the rows of the borrowers, then the locks of the books, each in the order that every act uses.
        leaving = frozenset[UUID]()
        if member_ids:
            new = self._insert(borrowers).values([{"member_id": each, "served": 1} for each in sorted(member_ids)])
            served = new.on_conflict_do_update(index_elements=["member_id"], set_={"served": borrowers.c.served + 1})
            rows = await self._run(served.returning(borrowers.c.member_id, borrowers.c.leaving_id))
            leaving = frozenset(row.member_id for row in rows if row.leaving_id is not None)
        if not self._on_sqlite:
            await self._run(_LOCK, locks=sorted(book_key(each) for each in book_ids))
        return leaving

    async def open_loans_of(self, copy_ids: Collection[UUID]) -> dict[UUID, Loan]:
        """Return the open loans of these copies, by copy."""
        rows = await self._run(select(loans).where(_OPEN, loans.c.copy_id.in_(copy_ids)))
        return {row.copy_id: self._loans.note(row._asdict()) for row in rows}

    async def open_loans_by(self, member_ids: Collection[UUID]) -> Sequence[OpenLoan]:
        """Return the open loans of these members, without those claimed returned."""
        columns = loans.c.copy_id, loans.c.member_id, DUE_UNLESS_LOST, loans.c.item_type, loans.c.branch
        rows = await self._run(select(*columns).where(_OPEN, loans.c.member_id.in_(member_ids), COUNTS))
        return [OpenLoan(row.copy_id, row.member_id, row.due_at, row.item_type, row.branch) for row in rows]

    async def lent_to(self, member_ids: Collection[UUID]) -> Mapping[UUID, Sequence[LoanOfBook]]:
        """Return book, copy and volume of each open loan of these members."""
        query = select(loans.c.member_id, loans.c.book_id, loans.c.copy_id, volume_of(loans.c.copy_id))
        lent: dict[UUID, list[LoanOfBook]] = {}
        for row in await self._run(query.where(_OPEN, loans.c.member_id.in_(member_ids))):
            lent.setdefault(row.member_id, []).append((row.book_id, row.copy_id, row.volume_key))
        return lent

    async def away(self, copies: Collection[CirculatingCopy], *, now: datetime) -> Mapping[UUID, CirculationRecord]:
        """Return the circulation records of these copies, updated from books; new ones for copies at home."""
        theirs = circulation_records.c.copy_id.in_([copy.copy_id for copy in copies])
        rows = await self._run(select(circulation_records).where(theirs))
        stored = {row.copy_id: row._asdict() for row in rows}
        return {copy.copy_id: self._copies.note(copy, stored.get(copy.copy_id), now=now) for copy in copies}

    async def active_holds(self, *, book_ids: Collection[UUID], member_ids: Collection[UUID]) -> list[Hold]:
        """Return the active holds for these books, and those of these members, in the order of their queues."""
        either = or_(holds.c.book_id.in_(book_ids), holds.c.member_id.in_(member_ids))
        query = select(holds.c.hold_id).where(IS_ACTIVE, either).order_by(holds.c.queue_order, holds.c.hold_id)
        return await self._holds.of_ids([row.hold_id for row in await self._run(query)])

    async def owed_by(self, member_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """Return how much these members owe, in minor units."""
        owed = select(fines.c.member_id, func.sum(fines.c.owed).label("owed")).group_by(fines.c.member_id)
        theirs = (fines.c.member_id.in_(member_ids), fines.c.status == FineStatus.OWED)
        return {row.member_id: int(row.owed) for row in await self._run(owed.where(*theirs))}

    async def flush(self) -> None:
        """Write what was made from each record."""
        if self._noted:
            rows = [
                {"what": what, "record_key": key, "thing_id": record.thing_id, "digest": record.digest}
                for (what, key), record in self._noted.items()
            ]
            new = self._insert(imported_records).values(rows)
            present = {name: new.excluded[name] for name in ("thing_id", "digest")}
            await self._run(new.on_conflict_do_update(index_elements=["what", "record_key"], set_=present))

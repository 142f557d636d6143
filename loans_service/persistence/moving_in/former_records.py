"""Many records at once, for what another system has kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, bindparam, column, func, literal, or_, select, true

from loans_service.domain.borrower import OpenLoan
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.lending.loan import Loan
from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.holds.circulation_records import CirculationRecords
from loans_service.persistence.holds.holds import IS_ACTIVE, Holds
from loans_service.persistence.import_tables import imported_records
from loans_service.persistence.lending.loans import COUNTS, DUE_UNLESS_LOST, Loans
from loans_service.persistence.locks import book_key
from loans_service.persistence.rules.rulebook import RULES_STAY
from loans_service.persistence.tables import borrowers, circulation_records, holds, loans
from shared.persistence.lists import for_both, insert_for, one_of, rows_of, values_of
from shared.persistence.statements import Prepared, Runs

_OPEN = loans.c.returned_at.is_(None)


def _came_before(dialect: str) -> Any:
    theirs = one_of(imported_records.c.record_key, "keys", dialect)
    return select(imported_records).where(imported_records.c.what == bindparam("of_what"), theirs)


def _open_by(dialect: str) -> Any:
    theirs = one_of(loans.c.member_id, "members", dialect)
    columns = loans.c.copy_id, loans.c.member_id, DUE_UNLESS_LOST, loans.c.item_type
    return select(*columns).where(_OPEN, theirs, COUNTS)


def _lent_to(dialect: str) -> Any:
    theirs = one_of(loans.c.member_id, "members", dialect)
    return select(loans.c.member_id, loans.c.book_id, loans.c.copy_id).where(_OPEN, theirs)


def _active_holds(dialect: str) -> Any:
    either = or_(one_of(holds.c.book_id, "books", dialect), one_of(holds.c.member_id, "members", dialect))
    return select(holds.c.hold_id).where(IS_ACTIVE, either).order_by(holds.c.queue_order, holds.c.hold_id)


def _owed_by(dialect: str) -> Any:
    theirs = one_of(fines.c.member_id, "members", dialect)
    owed = select(fines.c.member_id, func.sum(fines.c.owed).label("owed"))
    return owed.where(theirs, fines.c.status == FineStatus.OWED).group_by(fines.c.member_id)


def _serve(dialect: str) -> Any:
    member_ids = values_of("members", borrowers.c.member_id.type, dialect)
    # Without a condition, SQLite takes ON for a part of a join.
    each = select(member_ids.c.value, literal(1)).where(true()).order_by(member_ids.c.value)
    new = insert_for(dialect)(borrowers).from_select(["member_id", "served"], each)
    served = new.on_conflict_do_update(index_elements=["member_id"], set_={"served": borrowers.c.served + 1})
    return served.returning(borrowers.c.member_id, borrowers.c.leaving_id)


def _note(dialect: str) -> Any:
    rows = rows_of(list(imported_records.c), dialect)
    noted = select(rows).where(true())
    new = insert_for(dialect)(imported_records).from_select([column.name for column in rows.c], noted)
    present = {name: new.excluded[name] for name in ("thing_id", "digest")}
    return new.on_conflict_do_update(index_elements=["what", "record_key"], set_=present)


_CAME_BEFORE, _OPEN_BY, _LENT_TO = for_both(_came_before), for_both(_open_by), for_both(_lent_to)
_ACTIVE_HOLDS, _OWED_BY, _SERVE, _NOTE = for_both(_active_holds), for_both(_owed_by), for_both(_serve), for_both(_note)
_OPEN_OF = for_both(lambda dialect: select(loans).where(_OPEN, one_of(loans.c.copy_id, "copies", dialect)))
_AWAY = for_both(
    lambda dialect: select(circulation_records).where(one_of(circulation_records.c.copy_id, "copies", dialect))
)
_KEYS = (
    func.unnest(bindparam("locks", type_=ARRAY(BigInteger)))
    .table_valued(column("lock", BigInteger), name="keys")
    .render_derived()
)
_LOCK = Prepared(select(func.pg_advisory_xact_lock(_KEYS.c.lock).label("locked"), RULES_STAY).select_from(_KEYS))


@dataclass(frozen=True, slots=True)
class CameBefore:
    """What a record became that came before, and a digest of what it said."""

    thing_id: UUID
    digest: UUID


class FormerRecords:
    """What is on record of many things at once. Lock others out before reading what a rule looks at."""

    def __init__(self, run: Runs, *, on_sqlite: bool, loans: Loans, holds: Holds, copies: CirculationRecords) -> None:
        self._run = run
        self._on_sqlite = on_sqlite
        self._loans = loans
        self._holds = holds
        self._copies = copies
        self._noted: dict[tuple[str, UUID], CameBefore] = {}

    async def came_before(self, what: str, keys: Collection[UUID]) -> dict[UUID, CameBefore]:
        """Return those of these records that came before, by their keys."""
        rows = await self._run(_CAME_BEFORE, of_what=what, keys=list(keys))
        return {row.record_key: CameBefore(row.thing_id, row.digest) for row in rows}

    def note(self, what: str, key: UUID, record: CameBefore) -> None:
        """Remember what a record became, in place of what was remembered of it."""
        self._noted[what, key] = record

    async def lock(self, *, member_ids: Collection[UUID], book_ids: Collection[UUID]) -> frozenset[UUID]:
        """Keep others from these borrowers and from the copies and queues of these books; return who is leaving."""
        # The borrowers' rows, then the books' locks, as every act takes them; each in one order for all.
        rows = await self._run(_SERVE, members=sorted(member_ids))
        leaving = frozenset(row.member_id for row in rows if row.leaving_id is not None)
        if not self._on_sqlite:
            await self._run(_LOCK, locks=sorted(book_key(each) for each in book_ids))
        return leaving

    async def open_loans_of(self, copy_ids: Collection[UUID]) -> dict[UUID, Loan]:
        """Return the open loans of these copies, by copy."""
        found = await self._run(_OPEN_OF, copies=list(copy_ids))
        return {row.copy_id: self._loans.note(row._asdict()) for row in found}

    async def open_loans_by(self, member_ids: Collection[UUID]) -> Sequence[OpenLoan]:
        """Return what these members have on loan, without what is claimed returned."""
        found = await self._run(_OPEN_BY, members=list(member_ids))
        return [OpenLoan(row.copy_id, row.member_id, row.due_at, row.item_type) for row in found]

    async def lent_to(self, member_ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[UUID, UUID]]]:
        """Return book and copy of each open loan of these members."""
        found: dict[UUID, list[tuple[UUID, UUID]]] = {}
        for row in await self._run(_LENT_TO, members=list(member_ids)):
            found.setdefault(row.member_id, []).append((row.book_id, row.copy_id))
        return found

    async def away(self, copies: Collection[CirculatingCopy], *, now: datetime) -> Mapping[UUID, CirculationRecord]:
        """Return where these copies are, as books describes them now; of those at home nothing is on record yet."""
        rows = await self._run(_AWAY, copies=[copy.copy_id for copy in copies])
        stored = {row.copy_id: row._asdict() for row in rows}
        return {copy.copy_id: self._copies.note(copy, stored.get(copy.copy_id), now=now) for copy in copies}

    async def active_holds(self, *, book_ids: Collection[UUID], member_ids: Collection[UUID]) -> list[Hold]:
        """Return the active holds for these books, and those of these members, in the order of their queues."""
        found = await self._run(_ACTIVE_HOLDS, books=list(book_ids), members=list(member_ids))
        return await self._holds.of_ids([row.hold_id for row in found])

    async def owed_by(self, member_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """Return how much these members owe, in minor units."""
        return {row.member_id: int(row.owed) for row in await self._run(_OWED_BY, members=list(member_ids))}

    async def flush(self) -> None:
        """Write down which record became what."""
        if self._noted:
            keys, records = list(self._noted), list(self._noted.values())
            await self._run(
                _NOTE,
                what=[what for what, _ in keys],
                record_key=[key for _, key in keys],
                thing_id=[record.thing_id for record in records],
                digest=[record.digest for record in records],
            )

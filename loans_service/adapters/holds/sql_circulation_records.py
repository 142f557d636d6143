"""Where copies are that are neither on loan nor at home."""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, CompoundSelect, bindparam, delete, insert, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.consistency.sql_circulation import states_of
from loans_service.adapters.sql_tables import circulation_records, loans
from loans_service.application.neighbours import CopyKey
from loans_service.domain.circulating_copy import Availability, AvailabilityChanged, CirculatingCopy, CopyState
from loans_service.domain.holds.circulation_record import CirculationRecord, CirculationStatus

FACTS = ("copy_id", "book_id", "barcode", "title", "home_branch", "item_type")
STATE = ("status", "branch", "hold_id", "since")
_AWAY = select(*(circulation_records.c[name] for name in STATE)).where(
    circulation_records.c.copy_id == bindparam("copy_id")
)


_HERE = circulation_records.c.copy_id == bindparam("of_copy")
_CHANGE = update(circulation_records).where(_HERE).values({name: bindparam(name) for name in STATE})
_GO = delete(circulation_records).where(_HERE)


@dataclass(frozen=True, slots=True)
class State:
    """What a row says beside the facts of its copy."""

    status: CirculationStatus
    branch: str
    hold_id: UUID | None
    since: datetime | None


@cache
def _known_by(column: str) -> CompoundSelect[Any]:
    """Return what finds a copy by a hold shelf or transit, or by its latest loan."""
    given: BindParameter[Any] = bindparam(column)
    lying = select(*(circulation_records.c[name] for name in FACTS)).where(circulation_records.c[column] == given)
    lent = (
        select(*(loans.c[name] for name in FACTS))
        .where(loans.c[column] == given)
        .order_by(loans.c.checked_out_at.desc())
        .limit(1)
        .subquery()
    )
    return union_all(lying, select(lent))


class SqlCirculationRecords:
    """Implements `records.Copies`: a row for each copy that is away, none for those at home."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._seen: dict[UUID, tuple[CirculationRecord, State | None]] = {}
        self.told_again: list[AvailabilityChanged] = []

    async def find(self, key: CopyKey) -> CirculatingCopy | None:
        column, value = ("copy_id", key.copy_id) if key.barcode is None else ("barcode_key", key.barcode.upper())
        row = (await self._session.execute(_known_by(column), {column: value})).first()
        return None if row is None else CirculatingCopy(*row)

    async def circulation_record_of(self, copy: CirculatingCopy) -> CirculationRecord:
        if copy.copy_id not in self._seen:
            row = (await self._session.execute(_AWAY, {"copy_id": copy.copy_id})).first()
            self.note(copy, None if row is None else State(*row))
        return self._seen[copy.copy_id][0]

    def note(self, copy: CirculatingCopy, state: State | None) -> CirculationRecord:
        """Remember a copy whose row was read, perhaps together with other things."""
        found = CirculationRecord(copy) if state is None else CirculationRecord(copy, **asdict(state))
        self._seen[copy.copy_id] = (found, state)
        return found

    @property
    def seen(self) -> list[CirculationRecord]:
        """Those whose events are to be collected."""
        return [found for found, _ in self._seen.values()]

    async def republish_state(self, copy_id: UUID, *, book_id: UUID, now: datetime) -> CopyState:
        found = await states_of(self._session, [copy_id])
        state = found[0] if found else CopyState.at_home(copy_id)
        self.told_again.append(
            AvailabilityChanged(copy_id, book_id, Availability(state.availability), state.due_at, now)
        )
        return state

    async def flush(self) -> None:
        """Write down what changed, in one statement where nothing comes new.

        A row that says home says what no row says. Where others are changed anyway it is left for the next scan.
        """
        new, changed, gone = [], [], []
        for found, before in self._seen.values():
            now = State(found.status, found.branch, found.hold_id, found.since)
            here = {"of_copy": found.copy.copy_id} | asdict(now)
            if before is None and found.status is not CirculationStatus.HOME:
                new.append({name: getattr(found.copy, name) for name in FACTS} | asdict(now))
            elif before is not None and found.status is CirculationStatus.HOME:
                gone.append(here)
            elif before is not None and now != before:
                changed.append(here)
        if new:
            await self._session.execute(insert(circulation_records), new)
        if changed:
            await self._session.execute(_CHANGE, changed + gone)
        elif gone:
            await self._session.execute(_GO, gone)

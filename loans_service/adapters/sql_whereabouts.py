"""Where copies are that are neither on loan nor at home."""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, CompoundSelect, bindparam, delete, insert, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.sql_circulation import states_of
from loans_service.adapters.sql_tables import loans, whereabouts
from loans_service.application.consistency_views import CopyState
from loans_service.application.neighbours import CopyKey
from loans_service.domain.circulating_copy import Availability, AvailabilityChanged, CirculatingCopy
from loans_service.domain.whereabouts import Place, Whereabouts

_FACTS = ("copy_id", "book_id", "barcode", "title", "home_branch", "item_type")
_AWAY = select(whereabouts.c.place, whereabouts.c.branch, whereabouts.c.hold_id, whereabouts.c.since).where(
    whereabouts.c.copy_id == bindparam("copy_id")
)


@dataclass(frozen=True, slots=True)
class _State:
    """What a row says beside the facts of its copy."""

    place: Place
    branch: str
    hold_id: UUID | None
    since: datetime | None


@cache
def _known_by(column: str) -> CompoundSelect[Any]:
    """Return what finds a copy by a hold shelf or transit, or by its latest loan."""
    given: BindParameter[Any] = bindparam(column)
    lying = select(*(whereabouts.c[name] for name in _FACTS)).where(whereabouts.c[column] == given)
    lent = (
        select(*(loans.c[name] for name in _FACTS))
        .where(loans.c[column] == given)
        .order_by(loans.c.checked_out_at.desc())
        .limit(1)
        .subquery()
    )
    return union_all(lying, select(lent))


class SqlWhereabouts:
    """Implements `records.Copies`: a row for each copy that is away, none for those at home."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._seen: dict[UUID, tuple[Whereabouts, _State | None]] = {}
        self.told_again: list[AvailabilityChanged] = []

    async def find(self, key: CopyKey) -> CirculatingCopy | None:
        column, value = ("copy_id", key.copy_id) if key.barcode is None else ("barcode_key", key.barcode.upper())
        row = (await self._session.execute(_known_by(column), {column: value})).first()
        return None if row is None else CirculatingCopy(*row)

    async def whereabouts_of(self, copy: CirculatingCopy) -> Whereabouts:
        if copy.copy_id not in self._seen:
            row = (await self._session.execute(_AWAY, {"copy_id": copy.copy_id})).first()
            away = None if row is None else _State(*row)
            found = Whereabouts(copy) if away is None else Whereabouts(copy, **asdict(away))
            self._seen[copy.copy_id] = (found, away)
        return self._seen[copy.copy_id][0]

    async def go_out(self, copy_id: UUID) -> None:
        await self._session.execute(delete(whereabouts).where(whereabouts.c.copy_id == copy_id))

    @property
    def seen(self) -> list[Whereabouts]:
        """Those whose events are to be collected."""
        return [found for found, _ in self._seen.values()]

    async def tell_again(self, copy_id: UUID, *, book_id: UUID, now: datetime) -> CopyState:
        found = await states_of(self._session, [copy_id])
        state = found[0] if found else CopyState.at_home(copy_id)
        self.told_again.append(
            AvailabilityChanged(copy_id, book_id, Availability(state.availability), state.due_at, now)
        )
        return state

    async def flush(self) -> None:
        """Write down what changed."""
        for found, before in self._seen.values():
            here = whereabouts.c.copy_id == found.copy.copy_id
            now = _State(found.place, found.branch, found.hold_id, found.since)
            if found.place is Place.HOME:
                if before is not None:
                    await self._session.execute(delete(whereabouts).where(here))
            elif before is None:
                facts = {name: getattr(found.copy, name) for name in _FACTS}
                await self._session.execute(insert(whereabouts).values(**facts, **asdict(now)))
            elif now != before:
                await self._session.execute(update(whereabouts).where(here).values(**asdict(now)))

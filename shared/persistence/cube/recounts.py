"""Recounts that were asked for: each is a row, so that any worker can do it and a crash only delays it."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Table, and_, or_, select, update

from shared.kernel.clock import Clock
from shared.kernel.errors import NotFound, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.cube.recounting import Difference, Recount
from shared.persistence.database import Database
from shared.persistence.statements import InsertMany
from shared.persistence.work import PlumbingTables, SqlWork

_TAKES_AT_MOST = timedelta(hours=6)
State = Literal["waiting", "running", "done", "failed"]


class RecountNotFound(NotFound):
    """There is no such recount."""

    code = "recount-not-found"
    detail = "There is no recount with this id. Ask for one by POST /v1/statistics/recount."


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A cell that differs: what the cube says, and what the records come to. People are compared as a whole."""

    atom: str
    span: str
    starts_on: date
    along: dict[str, str]
    in_cube: int
    in_records: int


@dataclass(frozen=True, slots=True)
class RecountView:
    """A recount: how many cells were compared, differ and were repaired, once it is done; the first of those."""

    recount_id: UUID
    repair: bool
    state: State
    asked_at: datetime
    finished_at: datetime | None
    compared: int | None
    differing: int | None
    repaired: int | None
    differences: tuple[DifferenceView, ...]

    @classmethod
    def of(cls, row: Any) -> "RecountView":
        """Return the recount of a row."""
        facts = {name: getattr(row, name) for name in cls.__dataclass_fields__ if name != "differences"}
        shown = (
            DifferenceView(**(each | {"starts_on": date.fromisoformat(each["starts_on"])}))
            for each in row.differences or ()
        )
        return cls(**facts, differences=tuple(shown))


@refuses(RecountNotFound)
@dataclass(frozen=True)
class Recounts:
    """Compare the cube with the records from which it was counted, while these exist; a worker does so soon.

    With `repair` the cube is set to what the records come to. Months are compared with their days. People are compared
    as a whole, as long as it is known who was counted, and not repaired.
    """

    database: Database
    tables: PlumbingTables
    clock: Clock

    async def start(self, repair: bool, receipt: Receipt | None = None) -> RecountView:  # noqa: FBT001 - a command
        """Ask for a recount."""
        row = dict.fromkeys(column.name for column in self.tables.recounts.c)
        row |= {"recount_id": new_id(), "repair": repair, "state": "waiting", "asked_at": self.clock.now()}
        work = SqlWork(self.database, self.tables, receipt=receipt)
        await work.begin()
        try:
            view = RecountView.of(_Row(row))
            await work.commit(writes=[(InsertMany(self.tables.recounts), [row])], answer=view, now=self.clock.now())
        finally:
            await work.close()
        return view

    async def show(self, recount_id: UUID) -> RecountView:
        """Return a recount. Raises RecountNotFound."""
        table = self.tables.recounts
        found = await self.database.rows(select(table).where(table.c.recount_id == recount_id))
        if not found:
            raise RecountNotFound
        return RecountView.of(found[0])


@dataclass(frozen=True)
class DoRecounts:
    """Does the recounts that wait, one after the other; those that a crash has left, too."""

    database: Database
    recounts: Table
    recount: Recount
    clock: Clock

    async def __call__(self) -> None:
        while (taken := await self._take()) is not None:
            try:
                found = await self.recount(repair=taken.repair)
            except BaseException:
                await self._note(taken.recount_id, state="failed")
                raise
            differences = [_as_json(each) for each in found.differences]
            counts = {"compared": found.compared, "differing": found.differing, "repaired": found.repaired}
            await self._note(taken.recount_id, state="done", differences=differences, **counts)

    async def _take(self) -> Any:
        table, now = self.recounts, self.clock.now()
        left = and_(table.c.state == "running", table.c.began_at < now - _TAKES_AT_MOST)
        due = select(table).where(or_(table.c.state == "waiting", left)).order_by(table.c.recount_id).limit(1)
        async with self.database.begin() as transaction:
            rows = await transaction.run(due.with_for_update(skip_locked=True))
            if not rows:
                return None
            mine = update(table).where(table.c.recount_id == rows[0].recount_id)
            await transaction.run(mine.values(state="running", began_at=now))
            await transaction.commit()
        return rows[0]

    async def _note(self, recount_id: UUID, **facts: Any) -> None:
        table = self.recounts
        async with self.database.begin() as transaction:
            done = update(table).where(table.c.recount_id == recount_id)
            await transaction.run(done.values(finished_at=self.clock.now(), **facts))
            await transaction.commit()


@dataclass(frozen=True, slots=True)
class _Row:
    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.values[name]


def _as_json(difference: Difference) -> dict[str, Any]:
    return asdict(difference) | {"starts_on": difference.starts_on.isoformat(), "along": dict(difference.along)}

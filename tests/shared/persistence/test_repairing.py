"""Repairs of the cube of a service."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kernel.cube import Atom, Count, Span
from shared.persistence.cube.recounting import Recount
from tests.clocks import SteppingClock
from tests.shared.stores import NOON, Store, a_message

TODAY = date(2026, 3, 1)
THINGS = Atom(name="things", description="Things.", dimensions=("place",))


class Slow:
    """Records of seven things that are read slowly, and while they are, `store` goes on to write."""

    atoms = frozenset({"things"})

    def __init__(self, store: Store) -> None:
        self._store = store

    async def first_day(self, _: AsyncConnection) -> date | None:
        return TODAY

    async def read(self, _: AsyncConnection, first: date, last: date) -> AsyncIterator[Count]:
        await self._store.emit(a_message())
        await asyncio.sleep(0.2)
        if first <= TODAY <= last:
            yield Count("things", TODAY, {"place": "here"}, 7)


async def test_of_two_repairs_at_once_the_second_waits_and_finds_nothing_and_nobody_who_writes_does(
    store: Store,
) -> None:
    clock = SteppingClock(NOON)
    recounts = [
        Recount(store.database, store.tables.outbox, store.tables.cube, [THINGS], clock, [Slow(store)])
        for _ in range(2)
    ]

    done = await asyncio.gather(*(recount(repair=True) for recount in recounts))

    assert [0, 4] == sorted(each.repaired for each in done), "of a day, its month, and the totals of both"
    assert {("things", "2026-03-01", "here"): 7} == await store.figures()
    assert {("things", "2026-03-01", "here"): 7} == await store.figures(Span.MONTH)

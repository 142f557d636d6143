"""Totals of days and months, while processes of a release that knows of none go on counting."""

import asyncio
from datetime import UTC, date, datetime

from shared.kernel.cube import Atom, Count, Span
from shared.persistence.cube.recounting import Recount
from shared.persistence.cube.rolling_up import count_waiting
from shared.persistence.cube.tables import TOTALS
from shared.persistence.cube.totals import MendTotals
from tests.clocks import SteppingClock
from tests.shared.stores import NOON, Store, a_message

TODAY, LAST_MONTH = date(2026, 3, 1), date(2026, 2, 27)
THINGS = Atom(name="things", description="Things.", dimensions=("place", "kind"))


async def count(store: Store, number: int, day: date = TODAY) -> None:
    await store.emit(a_message(), counts=[Count("things", day, {"place": "here", "kind": "red"}, number)])
    await count_waiting(store.database, store.tables.outbox, store.tables.cube)


async def count_as_an_earlier_release(store: Store, number: int, day: date = TODAY) -> None:
    cube, counted = store.tables.cube, Count("things", day, {"place": "here", "kind": "blue"})
    cells = {cube.key_of(counted, span): number for span in (Span.DAY, Span.MONTH)}
    async with store.database.begin() as transaction:
        await transaction.run(cube.add_to_cells, **cube.columns_of(cells))
        await transaction.commit()


async def totals(store: Store) -> dict[tuple[str, ...], int]:
    found = [await store.figures(span) for span in TOTALS.values()]
    return {(span, *key): value for span, cells in zip(TOTALS, found, strict=True) for key, value in cells.items()}


def mend(store: Store, now: datetime = NOON) -> MendTotals:
    return MendTotals(store.database, store.tables.cube, [THINGS], SteppingClock(now))


async def test_what_an_earlier_release_counts_meanwhile_comes_to_the_totals_by_itself(store: Store) -> None:
    await count(store, 3)
    await count_as_an_earlier_release(store, 4)
    await count_as_an_earlier_release(store, 2, LAST_MONTH)

    for _ in range(2):
        await mend(store)()

        assert {
            ("day", "things", "2026-02-27", "here"): 2,
            ("day", "things", "2026-03-01", "here"): 7,
            ("month", "things", "2026-02-01", "here"): 2,
            ("month", "things", "2026-03-01", "here"): 7,
        } == await totals(store)


async def test_where_the_month_begins_first_it_has_begun(store: Store) -> None:
    await count_as_an_earlier_release(store, 4)

    await mend(store, datetime(2026, 2, 28, 11, tzinfo=UTC))()

    assert 4 == (await totals(store))["month", "things", "2026-03-01", "here"]


async def test_several_that_put_totals_right_at_once_add_what_is_missing_once(store: Store) -> None:
    await count_as_an_earlier_release(store, 4)
    clock = SteppingClock(NOON)
    recount = Recount(store.database, store.tables.outbox, store.tables.cube, [THINGS], clock)

    await asyncio.gather(mend(store)(), recount(repair=True), mend(store)())

    assert {
        ("day", "things", "2026-03-01", "here"): 4,
        ("month", "things", "2026-03-01", "here"): 4,
    } == await totals(store)

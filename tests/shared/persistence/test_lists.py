"""Lists in statements that never change."""

from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid, delete, select, text

from shared.kernel.ids import new_id
from shared.persistence.lists import for_both, one_of, rows_of, values_of
from shared.persistence.statements import PreparedDml
from shared.persistence.types import UtcDateTime
from tests.shared.stores import NOON, Store
from tests.statements import plans_made

METADATA = MetaData()
LISTED = Table(
    "listed",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Uuid),
    Column("name", String(3)),
    Column("at", UtcDateTime),
)
IDS = [new_id() for _ in range(3)]


@pytest.fixture
async def listed(store: Store) -> Store:
    async with store.database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        rows = [{"number": n, "id": IDS[n], "name": f"n-{n}", "at": NOON.replace(hour=n)} for n in range(3)]
        await connection.execute(LISTED.insert(), rows)
    return store


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("number", [0, 2, 99]),
        ("id", [IDS[0], IDS[2], new_id()]),
        ("name", ["n-0", "n-2", "n-1 but longer"]),
        ("at", [NOON.replace(hour=0), NOON.replace(hour=2)]),
    ],
)
async def test_rows_are_found_whose_value_is_one_of_a_list(listed: Store, column: str, values: list[Any]) -> None:
    query = for_both(
        lambda dialect: select(LISTED.c.number).where(one_of(LISTED.c[column], "values", dialect)).order_by("number")
    )

    assert [(0,), (2,)] == await listed.database.rows(query, values=values)
    assert [] == await listed.database.rows(query, values=[])


@pytest.mark.parametrize("values", [[1], [*range(100)]])
async def test_a_list_is_not_planned_for_each_time(on_postgres: Store, values: list[int]) -> None:
    database = on_postgres.database
    async with database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.execute(LISTED.insert(), [{"number": number} for number in range(10_000)])
        await connection.execute(text("ANALYZE"))
    query = for_both(lambda dialect: select(LISTED.c.name).where(one_of(LISTED.c.number, "values", dialect)))

    assert await plans_made(database, lambda: database.rows(query, values=values), times=20) <= 5


async def test_a_list_is_a_table(listed: Store) -> None:
    query = for_both(lambda dialect: select(values_of("values", Integer(), dialect).c.value))

    assert [(3,), (1,)] == await listed.database.rows(query, values=[3, 1])


async def test_rows_are_handed_in_column_by_column(listed: Store) -> None:
    query = for_both(lambda dialect: select(rows_of([*LISTED.c], dialect)))
    late, early = NOON.replace(hour=23), NOON.replace(hour=1)
    rows = {"number": [7, 5], "id": [IDS[0], None], "name": ["longer than three", None], "at": [late, early]}

    assert [(7, IDS[0], "longer than three", late), (5, None, None, early)] == await listed.database.rows(query, **rows)
    assert [] == await listed.database.rows(query, number=[], id=[], name=[], at=[])


async def test_a_change_may_be_about_a_list(listed: Store) -> None:
    gone = PreparedDml(
        {name: delete(LISTED).where(one_of(LISTED.c.id, "ids", name)) for name in ("postgresql", "sqlite")}
    )
    transaction = await listed.database.begin()
    counts = await transaction.write([(gone, [{"ids": IDS[:2]}])])
    await transaction.commit()
    await transaction.close()

    assert [2] == counts
    assert 1 == await listed.count(LISTED)

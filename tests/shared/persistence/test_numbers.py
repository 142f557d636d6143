import asyncio
from collections.abc import Callable

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from shared.persistence.database import Database
from shared.persistence.migrating.making import drop_numbers, number_rows
from shared.persistence.numbers import count_on, last_of, next_number_of

_NEXT = next_number_of("seats")
_ALL = sa.text("SELECT seat, number FROM seats ORDER BY number")


async def _changed(database: Database, change: Callable[[], None]) -> None:
    def run(sync: sa.Connection) -> None:
        with Operations.context(MigrationContext.configure(sync)):
            change()

    async with database.engine.begin() as connection:
        await connection.run_sync(run)


async def _seats(database_url: str) -> Database:
    """Return a database with two seats of before, which have numbers now."""
    database = Database(database_url)
    async with database.engine.begin() as connection:
        if database.dialect == "sqlite":
            await connection.execute(sa.text("CREATE TABLE counted (n INTEGER PRIMARY KEY AUTOINCREMENT)"))
        await connection.execute(sa.text("CREATE TABLE seats (seat VARCHAR(9) PRIMARY KEY)"))
        await connection.execute(sa.text("INSERT INTO seats VALUES ('b'), ('a')"))
    await _changed(database, lambda: number_rows("seats", "seat"))
    return database


async def _run(database: Database, statement: str) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(sa.text(statement))


async def test_rows_of_before_are_numbered_in_their_order_and_new_ones_go_on(database_url: str) -> None:
    database = await _seats(database_url)

    await _run(database, "INSERT INTO seats (seat) VALUES ('c'), ('d')")

    assert [("a", 1), ("b", 2), ("c", 3), ("d", 4)] == [tuple(row) for row in await database.rows(_ALL)]
    await database.dispose()


async def test_no_number_is_given_twice_even_if_its_row_is_gone(database_url: str) -> None:
    database = await _seats(database_url)
    await _run(database, "INSERT INTO seats (seat) VALUES ('c')")
    await _run(database, "DELETE FROM seats WHERE seat = 'c'")

    await _run(database, "INSERT INTO seats (seat) VALUES ('d')")

    assert 4 == [tuple(row) for row in await database.rows(_ALL)][-1][1]
    await database.dispose()


async def test_who_asks_for_the_next_number_may_insert_it_and_nobody_else_gets_it(database_url: str) -> None:
    database = await _seats(database_url)

    async def sit_down(seat: str) -> int:
        async with database.begin() as transaction:
            (row,) = await transaction.run(_NEXT)
            await transaction.run(sa.text(f"INSERT INTO seats (seat, number) VALUES ('{seat}', {row.number})"))
            await transaction.commit()
        return int(row.number)

    taken = await asyncio.gather(*map(sit_down, "cdef"))
    await _run(database, "INSERT INTO seats (seat) VALUES ('g')")

    assert [3, 4, 5, 6] == sorted(taken)
    assert ("g", 7) == tuple((await database.rows(_ALL))[-1])
    await database.dispose()


async def test_rows_that_bring_their_numbers_are_counted_on_behind(database_url: str) -> None:
    database = await _seats(database_url)
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("INSERT INTO seats (seat, number) VALUES ('c', 40)"))
        await count_on(connection, "seats", last=0)

    await _run(database, "INSERT INTO seats (seat) VALUES ('d')")

    assert ("d", 41) == tuple((await database.rows(_ALL))[-1])
    await database.dispose()


async def test_the_number_of_a_row_that_did_not_come_along_is_not_given_again(database_url: str) -> None:
    database = await _seats(database_url)
    async with database.engine.begin() as connection:
        assert 2 == await last_of(connection, "seats_number")
        await count_on(connection, "seats", last=40)
        assert 40 == await last_of(connection, "seats_number")

    await _run(database, "INSERT INTO seats (seat) VALUES ('d')")

    assert ("d", 41) == tuple((await database.rows(_ALL))[-1])
    await database.dispose()


async def test_numbers_can_be_taken_back_and_given_again(database_url: str) -> None:
    database = await _seats(database_url)

    await _changed(database, lambda: drop_numbers("seats"))
    await _run(database, "INSERT INTO seats VALUES ('c')")
    await _changed(database, lambda: number_rows("seats", "seat"))

    assert [("a", 1), ("b", 2), ("c", 3)] == [tuple(row) for row in await database.rows(_ALL)]
    await database.dispose()

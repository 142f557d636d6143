"""Migrations of rows that are there already."""

from datetime import timedelta
from uuid import UUID

from alembic import command
from sqlalchemy import select

from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.domain.circulating_copy import Stands, StandsWhy
from loans_service.persistence.tables import circulation_records, copy_scans, plumbing, retarget_requests
from shared.kernel.ids import new_id
from shared.persistence.cube.rolling_up import count_waiting
from shared.persistence.cube.tables import TOTALS
from shared.persistence.database import Database
from shared.persistence.migrating.upgrading import alembic_config
from tests.loans.branch import Branch
from tests.loans.makers import EMMA, EMMA_COPY, NOW, a_copy


async def migrate(database: Database, *, back_to: str | None = None) -> None:
    async with database.engine.begin() as connection:
        if back_to is None:
            await connection.run_sync(lambda sync: command.upgrade(alembic_config("loans_service", sync), "head"))
        else:
            await connection.run_sync(lambda sync: command.downgrade(alembic_config("loans_service", sync), back_to))


async def test_copies_of_before_stand_where_they_are_on_record_since_they_came_there(database: Database) -> None:
    other = a_copy(copy_id=new_id(), barcode="C2")
    branch = Branch(database, a_copy(), other)
    await branch.check_out()
    await branch.bring_back()
    returned_at = branch.clock.now()
    await branch.hold(card="KIM")
    await branch.check_out("C2")
    await branch.bring_back("C2", branch="EAST")
    await migrate(database, back_to="0005")
    branch.clock.pass_by(timedelta(days=1))

    await migrate(database)

    async with database.reading() as connection:
        scans = {row.copy_id: row for row in await connection.execute(select(copy_scans))}
        records = {row.copy_id: row for row in await connection.execute(select(circulation_records))}
        again = (await connection.execute(select(retarget_requests.c.book_id))).scalars().all()
    (home,) = [copy_id for copy_id in scans if copy_id == EMMA_COPY]
    assert (returned_at, returned_at) == (scans[home].at, scans[home].since)
    assert {row.since for row in records.values()} == {row.stands_since for row in records.values()}
    assert EMMA in again, "books is asked how its shelf marks are filed"
    states = {
        state.copy_id: state.stands for state in await ConsistencyQueries(database).away(after=UUID(int=0), limit=9)
    }
    assert Stands("MAIN", StandsWhy.IN_TRANSIT, NOW) == states[other.copy_id], "where it left, nobody had noted"


async def test_days_and_months_of_before_have_their_totals_by_branch_and_type(database: Database) -> None:
    cells = plumbing.cube.cells
    branch = Branch(database)
    await branch.check_out()
    await branch.bring_back()
    await branch.check_out()
    await count_waiting(database, plumbing.outbox, plumbing.cube)
    totals = select(cells).where(cells.c.span.in_(TOTALS.values())).order_by(*cells.primary_key.columns)
    counted = await database.rows(totals)

    await migrate(database, back_to="0028")
    assert [] == await database.rows(totals)
    await migrate(database)

    assert counted == await database.rows(totals)
    assert [
        (atom, span, "MAIN", "book", "", value)
        for atom, value in (("loans", 2), ("returns", 1))
        for span in ("daily", "total")
    ] == [(row.atom, row.span, row.branch, row.item_type, row.category, row.value) for row in counted]

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import IntegrityError

from shared.persistence.database import Database
from shared.persistence.migrating.making import (
    IMPORT_FILES,
    MACHINERY,
    create_import_files,
    create_index,
    create_machinery,
)


async def test_an_index_of_some_rows_keeps_those_alone_apart(database_url: str) -> None:
    database = Database(database_url)

    def make(sync: sa.Connection) -> None:
        with Operations.context(MigrationContext.configure(sync)):
            sync.execute(sa.text("CREATE TABLE seats (number INTEGER, taken INTEGER)"))
            create_index("uq_seats_taken", "seats", "number", where="taken = 1", unique=True)

    async with database.engine.begin() as connection:
        await connection.run_sync(make)
        await connection.execute(sa.text("INSERT INTO seats VALUES (1, 0), (1, 0), (1, 1)"))
        with pytest.raises(IntegrityError):
            await connection.execute(sa.text("INSERT INTO seats VALUES (1, 1)"))
    await database.dispose()


async def test_the_machinery_is_the_tables_that_it_names(database_url: str) -> None:
    database = Database(database_url)

    def make(sync: sa.Connection) -> list[str]:
        with Operations.context(MigrationContext.configure(sync)):
            create_machinery()
            sync.execute(sa.text("CREATE TABLE imports (import_id UUID PRIMARY KEY)"))
            create_import_files()
        return sa.inspect(sync).get_table_names()

    async with database.engine.begin() as connection:
        made = await connection.run_sync(make)
    await database.dispose()

    assert sorted((*MACHINERY, *IMPORT_FILES, "imports")) == sorted(made)

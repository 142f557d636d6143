"""The data of earlier releases, kept as they made them, become those of this one.

`make upgrade FROM=COMMIT KEEP=FOLDER` writes such a folder.
"""

import asyncio
import gzip
from pathlib import Path

import asyncpg
import pytest

from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from shared.persistence.migrating.schema import expect_current
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done
from tests.lab.faults.upgrade import Kept, differences

KEPT = sorted(folder for folder in (Path(__file__).parent / "earlier_data").iterdir())
SERVICES = ("books", "members", "loans")


@pytest.mark.parametrize("kept", KEPT, ids=[folder.name for folder in KEPT])
async def test_an_embedded_library_goes_on_with_the_data_of_an_earlier_release(kept: Path, tmp_path: Path) -> None:
    for file in kept.glob("*.db.gz"):
        (tmp_path / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
    (tmp_path / "data-keys.txt").write_text((kept / "data-keys.txt").read_text())
    before = Kept.read(kept / "kept.json")

    async with EmbeddedLibrary(DEMO="0", DATA_DIR=str(tmp_path)) as library:
        wrong = await differences(library, [], before)
        (copy,) = await library.shelve()
        done(await library.check_out(copy, before.member))
        done(await library.give_back(copy))

    assert [] == wrong


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kept", KEPT, ids=[folder.name for folder in KEPT])
async def test_a_database_of_an_earlier_release_is_migrated_with_all_its_rows(
    kept: Path, service: str, postgres_url: str
) -> None:
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    await connection.execute(gzip.decompress((kept / f"{service}.sql.gz").read_bytes()).decode())
    await connection.execute("SELECT set_config('search_path', 'public', false)")
    before = await rows_of(connection)
    database = Database(postgres_url)

    await asyncio.wait_for(migrate(database, f"{service}_service"), 60)

    await expect_current(database, f"{service}_service")
    await database.dispose()
    after = await rows_of(connection)
    await connection.close()
    assert before
    assert {} == {table: (count, after.get(table)) for table, count in before.items() if after.get(table, 0) < count}


async def rows_of(connection: asyncpg.Connection) -> dict[str, int]:
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"]: await connection.fetchval(f'SELECT count(*) FROM "{row["tablename"]}"') for row in tables}

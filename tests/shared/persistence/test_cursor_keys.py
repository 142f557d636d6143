"""The key of the cursors is drawn once for all processes."""

import asyncio

from sqlalchemy import MetaData

from shared.persistence.cursor_keys import SqlCursorKey, cursor_keys_table
from shared.persistence.database import Database


async def test_whoever_asks_first_draws_the_key_and_all_get_the_same(database_url: str) -> None:
    database, metadata = Database(database_url), MetaData()
    table = cursor_keys_table(metadata)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    processes = [SqlCursorKey(database, table) for _ in range(4)]

    keys = await asyncio.gather(*(key() for key in processes))

    assert 1 == len(set(keys))
    assert 32 == len(keys[0])
    assert keys[0] == await SqlCursorKey(database, table)()
    await database.dispose()

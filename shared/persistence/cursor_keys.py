"""The secret under which a service signs the cursors of its lists: drawn once, kept in the service's own database.

So all processes of a service have the same, and nobody has to make it, hand it round or keep it.
"""

import secrets

from sqlalchemy import Column, LargeBinary, MetaData, SmallInteger, Table, select

from shared.persistence.database import Database
from shared.persistence.lists import insert_for

_BYTES = 32
_ROW = 1


def cursor_keys_table(metadata: MetaData) -> Table:
    """Declare the table of the one key."""
    return Table(
        "cursor_keys",
        metadata,
        Column("cursor_key_id", SmallInteger, primary_key=True, autoincrement=False),
        Column("key", LargeBinary(_BYTES), nullable=False),
    )


class SqlCursorKey:
    """Gives the key; draws it where there is none yet, and asks the database for it once in a process."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._table = table
        self._key: bytes | None = None

    async def __call__(self) -> bytes:
        """Return the key."""
        if self._key is None:
            self._key = await self._kept() or await self._drawn()
        return self._key

    async def _kept(self) -> bytes | None:
        key: bytes | None = await self._database.value(select(self._table.c.key))
        return key

    async def _drawn(self) -> bytes:
        """Keep a new key, unless another process was quicker; return the one that is kept."""
        drawn = insert_for(self._database.dialect)(self._table).values(
            cursor_key_id=_ROW, key=secrets.token_bytes(_BYTES)
        )
        async with self._database.session() as session, session.begin():
            await session.execute(drawn.on_conflict_do_nothing())
        key = await self._kept()
        if key is None:
            raise LookupError("the key for cursors was not kept")
        return key

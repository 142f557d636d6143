"""The profiles of imports, on a table."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import JSON, Column, Integer, MetaData, Row, String, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from shared.kernel.errors import refuse_if_stale
from shared.kernel.import_profiles import ImportProfile, ProfileNotFound
from shared.persistence.database import Database
from shared.persistence.work import out_of_date

LONGEST_NAME = 60


def profiles_table(metadata: MetaData) -> Table:
    """Declare the table on a service's metadata."""
    return Table(
        "import_profiles",
        metadata,
        Column("name", String(LONGEST_NAME), primary_key=True),
        Column("how", JSON, nullable=False),
        Column("version", Integer, nullable=False),
        comment="How files are imported, by names that the library gives.",
    )


class SqlImportProfiles:
    """Implements `shared.kernel.import_profiles.ImportProfiles`."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._table = table

    async def after(self, name: str | None, *, limit: int) -> Sequence[ImportProfile]:
        query = select(self._table).order_by(self._table.c.name).limit(limit)
        behind = query if name is None else query.where(self._table.c.name > name)
        return [_profile(row) for row in await self._database.rows(behind)]

    async def get(self, name: str) -> ImportProfile:
        row = await self._database.first(select(self._table).where(self._table.c.name == name))
        if row is None:
            raise ProfileNotFound
        return _profile(row)

    async def put(self, profile: ImportProfile, *, in_place_of: int | None) -> ImportProfile:
        how = {name: value for name, value in asdict(profile).items() if name not in ("name", "version")}
        mine = self._table.c.name == profile.name
        async with self._database.begin() as transaction:
            rows = await transaction.run(select(self._table.c.version).where(mine).with_for_update())
            present = rows[0].version if rows else 0
            refuse_if_stale(in_place_of, present, thing="profile")
            values = {"how": how, "version": present + 1}
            new = insert(self._table).values(name=profile.name, **values)
            try:
                await transaction.run(update(self._table).where(mine).values(values) if rows else new)
            except IntegrityError as error:
                raise out_of_date() from error
            await transaction.commit()
        return await self.get(profile.name)

    async def remove(self, name: str, *, seen: int | None) -> None:
        mine = self._table.c.name == name
        async with self._database.begin() as transaction:
            rows = await transaction.run(select(self._table.c.version).where(mine).with_for_update())
            if not rows:
                raise ProfileNotFound
            refuse_if_stale(seen, rows[0].version, thing="profile")
            await transaction.run(delete(self._table).where(mine))
            await transaction.commit()


def _profile(row: Row[Any]) -> ImportProfile:
    how: dict[str, Any] = dict(row.how)
    how |= {name: tuple(how[name]) for name in ("match", "protect")}
    return ImportProfile(row.name, version=row.version, **how)

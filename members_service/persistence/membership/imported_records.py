"""The repository of imported records: digests of their values under secrets that are sealed."""

import hashlib
import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.membership.came_before import GUARDIANS, CameBefore
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.tables import imported_records
from shared.persistence.lists import insert_for

SECRET = "secret"  # noqa: S105 - the name of a column


class ImportedRecords:
    """The records of files that came before."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._noted: dict[UUID, CameBefore] = {}

    async def came_before(self, names: Collection[str]) -> dict[str, CameBefore]:
        """Return the records that came before, by these keys."""
        by_key = {_key(name): name for name in names}
        query = select(imported_records).where(imported_records.c.record_key.in_(by_key))
        rows = (await self._session.execute(query)) if by_key else ()
        return {by_key[row.record_key]: self._opened(row) for row in rows}

    def _opened(self, row: Any) -> CameBefore:
        secret = self._keys.open(row.secret, owner=row.record_key, field=SECRET)
        digests = {name: tuple(each) for name, each in json.loads(row.digests).items()}
        return CameBefore(row.member_id, secret, row.run, digests)

    def note(self, name: str, record: CameBefore) -> None:
        """Remember a record under this key, in place of an earlier one."""
        self._noted[_key(name)] = record

    async def forget_guardians(self, member_id: UUID) -> None:
        """Forget which guardians came for a member, so that they come again."""
        mine = imported_records.c.member_id == member_id
        query = select(imported_records.c.record_key, imported_records.c.digests).where(mine)
        for row in list(await self._session.execute(query)):
            digests = {name: each for name, each in json.loads(row.digests).items() if name != GUARDIANS}
            one = update(imported_records).where(imported_records.c.record_key == row.record_key)
            await self._session.execute(one.values(digests=json.dumps(digests, separators=(",", ":"))))

    async def write(self) -> None:
        """Write the records that were noted; the rows of the members are there already."""
        rows = [
            {
                "record_key": key,
                "member_id": one.member_id,
                "run": one.run,
                "secret": self._keys.seal(one.secret, owner=key, field=SECRET),
                "digests": json.dumps(one.digests, separators=(",", ":")),
            }
            for key, one in sorted(self._noted.items())
        ]
        if rows:
            new = insert_for(self._session.get_bind().dialect.name)(imported_records)
            present = {name: new.excluded[name] for name in ("member_id", "run", "secret", "digests")}
            await self._session.execute(new.on_conflict_do_update(index_elements=["record_key"], set_=present), rows)
            self._noted.clear()


def _key(name: str) -> UUID:
    return UUID(bytes=hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=16).digest())

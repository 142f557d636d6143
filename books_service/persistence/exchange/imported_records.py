"""What records of files became, and what they said, on a table."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, select, true

from books_service.domain.exchange.came_before import CameBefore, by_present_names
from books_service.persistence.import_tables import imported_records
from shared.persistence.lists import for_both, insert_for, one_of, rows_of
from shared.persistence.statements import Prepared, Runs


def _came_before(dialect: str) -> Any:
    theirs = one_of(imported_records.c.record_key, "keys", dialect)
    return select(imported_records).where(theirs).order_by(imported_records.c.thing_id)


def _note(dialect: str) -> Any:
    rows = rows_of(list(imported_records.c), dialect)
    noted = select(rows).where(true()).order_by(rows.c.record_key, rows.c.thing_id)
    new = insert_for(dialect)(imported_records).from_select([column.name for column in rows.c], noted)
    return new.on_conflict_do_update(index_elements=["record_key", "thing_id"], set_={"digests": new.excluded.digests})


_CAME_BEFORE, _NOTE = for_both(_came_before), for_both(_note)
_FORGET = Prepared(
    delete(imported_records).where(
        imported_records.c.record_key == bindparam("key", type_=Uuid),
        imported_records.c.thing_id == bindparam("thing", type_=Uuid),
    )
)
_TURN = Prepared(select(func.pg_advisory_xact_lock(0x696D706F)))


class ImportedRecords:
    """What the records of files became that came before."""

    def __init__(self, run: Runs, *, on_sqlite: bool) -> None:
        self._run = run
        self._on_sqlite = on_sqlite
        self._noted: dict[tuple[UUID, UUID], str] = {}
        self._found: dict[tuple[UUID, UUID], str] = {}

    async def wait_for_turn(self) -> None:
        """Take the lock, held until this transaction ends, under which one import at a time looks for its books.

        Two at once would each add the books that both their files name without an ISBN.
        """
        if not self._on_sqlite:  # which lets one transaction write at a time anyway
            await self._run(_TURN)

    async def came_before(self, names: Collection[str]) -> Mapping[str, Sequence[CameBefore]]:
        """Return what came before under each of these names, in the order in which it became something."""
        by_key = {_key(name): name for name in names}
        found: dict[str, list[CameBefore]] = {}
        for row in (await self._run(_CAME_BEFORE, keys=list(by_key))) if by_key else ():
            self._found[row.record_key, row.thing_id] = row.digests
            found.setdefault(by_key[row.record_key], []).append(
                CameBefore(row.thing_id, by_present_names(json.loads(row.digests)))
            )
        return found

    def note(self, names: Collection[str], record: CameBefore) -> None:
        """Remember under these names what a record became and said, in place of what it said before."""
        digests = json.dumps(record.digests, separators=(",", ":"))
        self._noted |= {(_key(name), record.thing_id): digests for name in names}

    def before(self) -> list[tuple[str, str, str | None, str]]:
        """Return of what is remembered anew the thing, the key, what was remembered before, and a mark of the new."""
        return [
            (str(thing_id), key.hex, self._found.get((key, thing_id)), _mark(digests))
            for (key, thing_id), digests in self._noted.items()
            if self._found.get((key, thing_id)) != digests
        ]

    async def forget(self, notes: Sequence[Sequence[str | None]]) -> None:
        """Remember what was before these `before`, where nothing else is remembered by now."""
        keys = [UUID(key) for _, key, _, _ in notes]
        rows = await self._run(_CAME_BEFORE, keys=keys) if keys else ()
        now = {(row.record_key, row.thing_id): row.digests for row in rows}
        for thing, key, before, mark in notes:
            place = (UUID(key), UUID(thing))
            if place in now and _mark(now[place]) == mark:
                if before is None:
                    await self._run(_FORGET, key=place[0], thing=place[1])
                else:
                    self._noted[place] = before

    async def flush(self) -> None:
        """Store which record became what."""
        if self._noted:
            await self._run(
                _NOTE,
                record_key=[key for key, _ in self._noted],
                thing_id=[thing_id for _, thing_id in self._noted],
                digests=list(self._noted.values()),
            )


def _mark(digests: str) -> str:
    return hashlib.blake2b(digests.encode(), digest_size=6).hexdigest()


def _key(name: str) -> UUID:
    return UUID(bytes=hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=16).digest())

"""Export and import of whole tables as files.

A folder has a file of JSON Lines for each table, a row a line in the order of its key, and `manifest.json` with the
`counts` and SHA-256 `digests` of them. Files are readable by their owner alone. Tables of the running service, such as
the outbox and receipts, are left out; but event numbers continue where they were, since listeners remember them, and
so do short numbers, which people have written down.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Date, LargeBinary, Table, Uuid, column, delete, func, insert, select, table, text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared.kernel.errors import Conflict, InvalidValue
from shared.persistence.cube.rolling_up import count_waiting
from shared.persistence.cube.tables import CubeTables
from shared.persistence.database import Database
from shared.persistence.numbers import count_on, is_counted, last_of, sequence_of
from shared.persistence.types import UtcDateTime

MANIFEST = "manifest.json"
_AT_ONCE = 500
_PRIVATE = 0o600

Row = dict[str, Any]
Convert = Callable[[Table, Row], Row]
Derive = Callable[[AsyncConnection, Table, Sequence[Row]], Awaitable[None]]
"""Rebuilds data that is derived from rows that were just written."""


class FolderUnusable(InvalidValue):
    """The folder is not what `write` has written, or not empty when it is to be written."""

    code = "folder-unusable"
    field = "folder"


class DatabaseNotEmpty(Conflict):
    """Everything comes into an empty database only."""

    code = "database-not-empty"
    detail = "There is something in this database already. Import into a new one."


class RoleOnlyServes(Conflict):
    """The role of PostgreSQL that serves may not write all that there is."""

    code = "role-only-serves"
    detail = "This role serves, and may not write everything. Import with the address of the role that migrates."


def plain(row: Row) -> Row:
    """Return a row as JSON values."""
    return {name: _plain(value) for name, value in row.items()}


def typed(of: Table, row: Row) -> Row:
    """Return a row as the database's values; a missing column is NULL."""
    return {each.name: _typed(each.type, row.get(each.name)) for each in of.c}


@dataclass(frozen=True)
class WholeTables:
    """The data of a service: its `own` tables, each after those it refers to, and its cube.

    `outbox` numbers its events. `dump` and `load` convert rows for files and back; by default they are unchanged.
    """

    service: str
    own: Sequence[Table]
    outbox: Table
    cube: CubeTables
    dump: Convert = lambda _, row: plain(row)
    load: Convert = typed
    derive: Derive | None = None

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, in the order in which they are written."""
        return *self.own, *self.cube.all

    @property
    def _counted(self) -> list[Table]:
        """The tables whose rows have short numbers, of which none is given out twice, even if its row is gone."""
        return [each for each in self.tables if any(map(is_counted, each.c))]

    async def write(self, database: Database, folder: Path, *, version: str, now: datetime) -> dict[str, int]:
        """Write a consistent snapshot into a new folder; return how many rows of each table.

        Events that wait to be published are left out; what they count comes into the cube before.

        Raises FolderUnusable.
        """
        await asyncio.to_thread(_make, folder)
        await count_waiting(database, self.outbox, self.cube)
        counts, digests = dict[str, int](), dict[str, str]()
        async with database.engine.connect() as connection:
            if database.dialect == "postgresql":
                await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            for each in self.tables:
                lines = self._lines(connection, each)
                counts[each.name], digests[each.name] = await _write(_file(folder, each), lines)
            manifest = {
                "service": self.service,
                "version": version,
                "exported_at": now.isoformat(),
                "last_event": await self._last_event(connection),
                "last_numbers": {
                    each.name: await last_of(connection, sequence_of(each.name)) for each in self._counted
                },
                "counts": counts,
                "digests": digests,
            }
            await connection.rollback()
        await _write(folder / MANIFEST, _one(json.dumps(manifest, indent=1) + "\n"))
        return counts

    async def fill(self, connection: AsyncConnection, folder: Path) -> dict[str, int]:
        """Insert the rows of the folder into the empty tables; return how many of each.

        Does not commit. Raises FolderUnusable for a missing or changed file, and RoleOnlyServes.
        """
        await self.expect_owner(connection)
        manifest = await asyncio.to_thread(self._checked_manifest, folder)
        for each in reversed(self.cube.all):  # of a library in which there is nothing yet
            await connection.execute(delete(each))
        for each in self.tables:
            with _file(folder, each).open("rb") as lines:
                rows: Iterator[Row] = (self.load(each, json.loads(line)) for line in lines)
                while batch := list(islice(rows, _AT_ONCE)):
                    await connection.execute(insert(each), [_to_insert(each, row) for row in batch])
                    if self.derive is not None:
                        await self.derive(connection, each, batch)
            await _count_on(connection, each)
            if each in self._counted:
                await count_on(connection, each.name, last=manifest["last_numbers"].get(each.name, 0))
        await self._count_events_on(connection, manifest["last_event"])
        counts: dict[str, int] = manifest["counts"]
        return counts

    async def expect_owner(self, connection: AsyncConnection) -> None:
        """Raise RoleOnlyServes when the role may not set sequences."""
        if connection.dialect.name == "postgresql":
            may = func.has_sequence_privilege(await _sequence(connection, self.outbox.name, "sequence"), "UPDATE")
            if not (await connection.execute(select(may))).scalar_one():
                raise RoleOnlyServes

    async def _lines(self, connection: AsyncConnection, of: Table) -> AsyncIterator[bytes]:
        in_order = of.primary_key.columns or [next(iter(of.c))]
        async with connection.stream(select(of).order_by(*in_order)) as result:
            async for row in result.mappings():
                line = json.dumps(self.dump(of, dict(row)), ensure_ascii=False, separators=(",", ":"))
                yield line.encode() + b"\n"

    def _checked_manifest(self, folder: Path) -> dict[str, Any]:
        try:
            manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            expected = {each: manifest["digests"][each.name] for each in self.tables}
            is_ours = manifest["service"] == self.service and all(
                isinstance(last, int) for last in (manifest["last_event"], *manifest["last_numbers"].values())
            )
            for each, digest in expected.items():
                with _file(folder, each).open("rb") as source:
                    if not is_ours or hashlib.file_digest(source, "sha256").hexdigest() != digest:
                        raise FolderUnusable(
                            f"{each.name}.jsonl is not the file that was exported: its digest is another."
                        )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FolderUnusable(f"{folder} holds no export of {self.service}, or not all of it.") from error
        return manifest

    async def _last_event(self, connection: AsyncConnection) -> int:
        """Return the number of the last event, published or not."""
        name = self.outbox.name
        on_postgresql = connection.dialect.name == "postgresql"
        return await last_of(connection, await _sequence(connection, name, "sequence") if on_postgresql else name)

    async def _count_events_on(self, connection: AsyncConnection, last: int) -> None:
        """Give the next event a higher number than any before, since listeners ignore older ones."""
        name = self.outbox.name
        if last <= await self._last_event(connection):
            return
        if connection.dialect.name == "postgresql":
            await connection.execute(select(func.setval(await _sequence(connection, name, "sequence"), last)))
            return
        await connection.execute(_counters.delete().where(_counters.c.name == name))
        await connection.execute(insert(_counters), [{"name": name, "seq": last}])


_counters = table("sqlite_sequence", column("name"), column("seq"))


async def _sequence(connection: AsyncConnection, of: str, counted: str) -> str:
    query = select(func.pg_get_serial_sequence(of, counted))
    return str((await connection.execute(query)).scalar_one())


async def _count_on(connection: AsyncConnection, of: Table) -> None:
    """Set PostgreSQL's sequence of a table past the rows written; SQLite does so by itself."""
    counted = of.autoincrement_column
    if connection.dialect.name != "postgresql" or counted is None:
        return
    last = (await connection.execute(select(func.max(counted)))).scalar_one()
    if last is not None:
        await connection.execute(select(func.setval(await _sequence(connection, of.name, counted.name), last)))


def _to_insert(of: Table, row: Row) -> Row:
    """Return a row without the short number that it does not have: it is from an older release, and gets one."""
    return {name: value for name, value in row.items() if value is not None or not is_counted(of.c[name])}


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderUnusable(f"The folder {folder} is not empty.")


def _file(folder: Path, of: Table) -> Path:
    return folder / f"{of.name}.jsonl"


async def _write(path: Path, lines: AsyncIterator[bytes]) -> tuple[int, str]:
    """Write a file with mode 0600; return how many lines it has, and its digest."""
    count, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
        async for line in lines:
            count += 1
            digest.update(line)
            file.write(line)
    return count, digest.hexdigest()


async def _one(line: str) -> AsyncIterator[bytes]:
    yield line.encode()


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case frozenset():
            return sorted(value)
        case _:
            return value


def _typed(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    readers = ((Uuid, UUID), (UtcDateTime, datetime.fromisoformat), (Date, date.fromisoformat))
    for of, read in (*readers, (LargeBinary, bytes.fromhex)):
        if isinstance(kind, of):
            return read(value)
    return value

"""Everything that the service keeps, as files: to leave with, and to begin anew from.

A folder has a file of JSON Lines for each table, a row a line, in the order of its key, and `manifest.json` with the
`counts` and SHA-256 `digests` of them. What is sealed in the database is plain in the files, so that another library
can seal it under keys of its own; hashes of passwords and PINs stay hashes. Left out are sessions, tokens, tries to
sign in, receipts, the outbox and imports in hand, and what can be made anew from the rest.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Date, LargeBinary, Table, Uuid, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.identity.sql_second_factors import SECRET
from members_service.adapters.identity.sql_tables import accounts, second_factors
from members_service.adapters.membership.sealed_details import DETAILS, read_details
from members_service.adapters.membership.sql_members import keys_of_likeness
from members_service.adapters.membership.sql_tables import (
    blocks,
    cards,
    category_tables,
    guardians,
    history_entries,
    likenesses,
    member_words,
    members,
    merged_members,
)
from members_service.adapters.privacy.sql_tables import audit_records
from members_service.adapters.sealed_email import EMAIL, email_digest
from members_service.adapters.sql_types import Words
from members_service.domain.email import Email
from members_service.domain.membership.member_record import MemberRecord
from members_service.domain.membership.name import words_of
from shared.persistence.database import Database
from shared.persistence.types import UtcDateTime

TABLES = (
    *(category_tables, members, cards, blocks, guardians, merged_members, history_entries),
    *(accounts, second_factors, audit_records),
)
"""In an order in which each refers only to those before it."""

_SEALED: Mapping[str, tuple[str, ...]] = {
    "members": (EMAIL, DETAILS),
    "accounts": (EMAIL,),
    "second_factors": (SECRET,),
}
_DIGEST = "email_key"
_AT_ONCE = 500
_MANIFEST = "manifest.json"


class FolderUnusable(Exception):
    """The folder is not what `write_library` has written, or there is a library already."""


async def write_library(database: Database, keys: DataKeys, folder: Path, *, version: str) -> dict[str, int]:
    """Write everything as it is at one moment; return how many rows of each table. Files are for their owner alone."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    counts, digests = {}, {}
    async with database.engine.connect() as connection:
        if database.dialect == "postgresql":
            await connection.execution_options(isolation_level="REPEATABLE READ")
        async with connection.begin():
            for table in TABLES:
                lines = _lines(connection, table, keys)
                counts[table.name], digests[table.name] = await _write(folder / f"{table.name}.jsonl", lines)
    manifest = {"service": "members", "version": version, "counts": counts, "digests": digests}
    await _write(folder / _MANIFEST, _one(json.dumps(manifest, indent=2) + "\n"))
    return counts


async def read_library(database: Database, keys: DataKeys, folder: Path) -> dict[str, int]:
    """Take everything in, into a library where nobody is yet; return how many rows of each table.

    Raises FolderUnusable, and then nothing was changed: all of it comes, or nothing.
    """
    manifest = await asyncio.to_thread(_checked_manifest, folder)
    async with database.engine.begin() as connection:
        for table in (members, accounts):
            if (await connection.execute(select(table).limit(1))).first() is not None:
                raise FolderUnusable("There are members or accounts already. Import into a library that is empty.")
        for table in TABLES:
            rows: list[dict[str, Any]] = []
            for line in (folder / f"{table.name}.jsonl").read_text(encoding="utf-8").splitlines():
                rows.append(_row_of(table, json.loads(line), keys))
                if len(rows) == _AT_ONCE:
                    await _insert(connection, table, rows, keys)
                    rows = []
            await _insert(connection, table, rows, keys)
    counts: dict[str, int] = manifest["counts"]
    return counts


async def _lines(connection: AsyncConnection, table: Table, keys: DataKeys) -> AsyncIterator[str]:
    async with connection.stream(select(table).order_by(*table.primary_key.columns)) as result:
        async for row in result:
            shown = {name: value for name, value in row._mapping.items() if name != _DIGEST}  # noqa: SLF001 - public
            for name in _SEALED.get(table.name, ()):
                if shown[name] is not None:
                    shown[name] = keys.open(shown[name], owner=row[0], field=name)
            if DETAILS in shown:
                shown[DETAILS] = json.loads(shown[DETAILS])
            yield json.dumps({name: _plain(value) for name, value in shown.items()}, ensure_ascii=False) + "\n"


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


def _row_of(table: Table, shown: dict[str, Any], keys: DataKeys) -> dict[str, Any]:
    row = {name: _typed(table, name, value) for name, value in shown.items()}
    owner = row[next(iter(table.primary_key.columns)).name]
    if DETAILS in row:
        row[DETAILS] = json.dumps(row[DETAILS], ensure_ascii=False)
    for name in _SEALED.get(table.name, ()):
        if name == EMAIL:
            row[_DIGEST] = None if row[name] is None else email_digest(keys, Email.parse(row[name]).key)
        row[name] = None if row[name] is None else keys.seal(row[name], owner=owner, field=name)
    return row


def _typed(table: Table, name: str, value: Any) -> Any:
    if value is None:
        return None
    kind = table.c[name].type
    readers: Iterable[tuple[type, Callable[[Any], Any]]] = (
        (Uuid, UUID),
        (UtcDateTime, datetime.fromisoformat),
        (Date, date.fromisoformat),
        (LargeBinary, bytes.fromhex),
        (Words, frozenset),
    )
    return next((read(value) for of, read in readers if isinstance(kind, of)), value)


async def _insert(connection: AsyncConnection, table: Table, rows: list[dict[str, Any]], keys: DataKeys) -> None:
    if not rows:
        return
    await connection.execute(insert(table), rows)
    if table is not members:
        return
    words = [{"word": word, "member_id": row["member_id"]} for row in rows for word in sorted(words_of(row["name"]))]
    found = [one for row in rows for one in keys_of_likeness(keys, row["member_id"], _record(row, keys))]
    for derived, theirs in ((member_words, words), (likenesses, found)):
        if theirs:
            await connection.execute(insert(derived), theirs)


def _record(row: Mapping[str, Any], keys: DataKeys) -> MemberRecord:
    owner, email = row["member_id"], row[EMAIL]
    return MemberRecord(
        name=row["name"],
        category=row["category"],
        expires_on=row["expires_on"],
        email=None if email is None else Email.parse(keys.open(email, owner=owner, field=EMAIL)),
        details=read_details(json.loads(keys.open(row[DETAILS], owner=owner, field=DETAILS))),
    )


async def _write(path: Path, lines: AsyncIterator[str]) -> tuple[int, str]:
    """Write a file with mode 0600; return how many lines it has, and its digest."""
    count, digest = 0, hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)  # of a file that was there before, too
        async for line in lines:
            count += 1
            digest.update(line.encode())
            file.write(line.encode())
    return count, digest.hexdigest()


async def _one(text: str) -> AsyncIterator[str]:
    yield text


def _checked_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        digests = manifest["digests"]
        for table in TABLES:
            content = (folder / f"{table.name}.jsonl").read_bytes()
            if hashlib.sha256(content).hexdigest() != digests[table.name]:
                raise FolderUnusable(f"{table.name}.jsonl is not the file that was exported: its digest is another.")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FolderUnusable(f"{folder} holds no export of members, or not all of it.") from error
    return manifest

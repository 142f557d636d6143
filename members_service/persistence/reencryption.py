"""Seals everything under the newest key, after a rotation.

Every row is looked at and only those that need it are written, each on the condition that it is still as it was read:
the service may work meanwhile, and an interrupted run is started again. A second run writes nothing.
"""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, select, update

from members_service.domain.email import email_key
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.passkeys import NAME
from members_service.persistence.identity.providers import CLIENT_SECRET, SUBJECT
from members_service.persistence.identity.second_factors import SECRET
from members_service.persistence.identity.tables import (
    accounts,
    foreign_identities,
    identity_providers,
    passkeys,
    second_factors,
)
from members_service.persistence.membership.applications import APPLICANT
from members_service.persistence.membership.desk_messages import TEXT
from members_service.persistence.membership.finding import FOUND_BY, ToFind, record_in, rows_to_find
from members_service.persistence.membership.photos import PICTURE
from members_service.persistence.membership.sealed_details import DETAILS
from members_service.persistence.membership.tables import applications, desk_messages, imported_records, members, photos
from members_service.persistence.notices.addresses import ADDRESS
from members_service.persistence.notices.messages import CONTENT
from members_service.persistence.notices.tables import notice_messages, notices, suppressions
from members_service.persistence.sealed_email import EMAIL, email_digest
from shared.persistence.database import Database
from shared.persistence.statements import InsertMany, PreparedDml
from shared.persistence.transaction import Transaction

_BATCH = 500
_DIGEST = "email_key"
_NEW = {table: InsertMany(table) for table in FOUND_BY}
_LOOKED_AT = (EMAIL, DETAILS, SECRET, TEXT, NAME, CLIENT_SECRET, SUBJECT, CONTENT, PICTURE, APPLICANT, ADDRESS, _DIGEST)


async def seal_everything(database: Database, keys: DataKeys) -> int:
    """Bring all personal data under the newest key, and all digests under the lookup key; return how much has changed.

    Raises CannotBeOpened when something is sealed under a key that is no longer in the file.
    """
    return (
        await _seal(database, keys, members, (EMAIL, DETAILS))
        + await _seal(database, keys, accounts, (EMAIL,))
        + await _seal(database, keys, second_factors, (SECRET,))
        + await _seal(database, keys, passkeys, (NAME,))
        + await _seal(database, keys, identity_providers, (CLIENT_SECRET,))
        + await _seal(database, keys, foreign_identities, (SUBJECT,))
        + await _seal(database, keys, imported_records, (SECRET,))
        + await _seal(database, keys, desk_messages, (TEXT,))
        + await _seal(database, keys, notices, (SECRET,))
        + await _seal(database, keys, notice_messages, (CONTENT,))
        + await _seal(database, keys, suppressions, (ADDRESS,))
        + await _seal(database, keys, photos, (PICTURE,))
        + await _seal(database, keys, applications, (APPLICANT,))
        + await _rebuild_found_by(database, keys)
    )


async def _seal(database: Database, keys: DataKeys, table: Table, fields: tuple[str, ...]) -> int:
    (key,) = table.primary_key.columns
    looked_at = (*fields, _DIGEST) if EMAIL in fields else fields
    query = select(key, *(table.c[name] for name in looked_at)).order_by(key).limit(_BATCH)
    unchanged = (
        key == bindparam("owner"),
        *(table.c[name].is_not_distinct_from(bindparam(f"old_{name}")) for name in looked_at),
    )
    write = PreparedDml(update(table).where(*unchanged).values({name: bindparam(f"new_{name}") for name in looked_at}))
    changed, rows = 0, await database.rows(query)
    while rows:
        stale = [row for row in (_renewed(row, keys, fields) for row in rows) if row is not None]
        if stale:
            async with database.begin() as transaction:
                await transaction.write([(write, stale)])
                await transaction.commit()
        changed += len(stale)
        rows = await database.rows(query.where(key > rows[-1][0]))
    return changed


async def _rebuild_found_by(database: Database, keys: DataKeys) -> int:
    """Rebuild the rows by which members are found where they differ from the record; return for how many members.

    The members are locked meanwhile, some at a time, so that no record changes under way.
    """
    query, filed = select(members).order_by(members.c.member_id).limit(_BATCH).with_for_update(), 0
    after: tuple[ColumnElement[bool], ...] = ()
    while True:
        async with database.begin() as transaction:
            rows = [row._asdict() for row in await transaction.run(query.where(*after))]
            if not rows:
                return filed
            expected = {row["member_id"]: rows_to_find(keys, row["member_id"], record_in(keys, row)) for row in rows}
            filed += len({one for table in FOUND_BY for one in await _write_differences(transaction, table, expected)})
            await transaction.commit()
        after = (members.c.member_id > rows[-1]["member_id"],)


async def _write_differences(transaction: Transaction, table: Table, expected: Mapping[UUID, ToFind]) -> list[UUID]:
    """Write the expected rows of these members; return the members whose rows differed."""
    by_key = itemgetter(next(iter(table.primary_key.columns)).name)
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in await transaction.run(select(table).where(table.c.member_id.in_(expected))):
        found.setdefault(row.member_id, []).append(row._asdict())
    stale = [
        one
        for one, theirs in expected.items()
        if sorted(found.get(one, ()), key=by_key) != sorted(theirs[table], key=by_key)
    ]
    if stale:
        await transaction.run(delete(table).where(table.c.member_id.in_(stale)))
        await transaction.write([(_NEW[table], [row for one in stale for row in expected[one][table]])])
    return stale


def _renewed(row: Row[Any], keys: DataKeys, fields: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the old and the new values of a row; None: they are the same."""
    owner, old = row[0], dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public way to a mapping
    plain = {name: keys.open(old[name], owner=owner, field=name) for name in fields if old[name] is not None}
    new = {
        name: old[name] if keys.is_newest(old[name]) else keys.seal(plain[name], owner=owner, field=name)
        for name in plain
    }
    if EMAIL in plain:
        new[_DIGEST] = email_digest(keys, email_key(plain[EMAIL]))
    if all(old[name] == value for name, value in new.items()):
        return None
    return (
        {"owner": owner}
        | {f"old_{name}": old[name] for name in old if name in _LOOKED_AT}
        | {f"new_{name}": new.get(name, old[name]) for name in old if name in _LOOKED_AT}
    )

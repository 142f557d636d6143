"""Seals under the newest key what is sealed under an older one, after a rotation.

Every row is looked at and only those that need it are written, each on the condition that it is still as it was read:
the service may work meanwhile, and whoever was interrupted begins again. A second run writes nothing.
"""

from typing import Any

from sqlalchemy import Row, Table, bindparam, select, update

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.identity.sql_second_factors import SECRET
from members_service.adapters.identity.sql_tables import accounts, second_factors
from members_service.adapters.membership.sealed_details import DETAILS
from members_service.adapters.membership.sql_tables import members
from members_service.adapters.sealed_email import EMAIL, email_digest
from members_service.domain.email import email_key
from shared.persistence.database import Database

_BATCH = 500
_DIGEST = "email_key"
_LOOKED_AT = (EMAIL, DETAILS, SECRET, _DIGEST)


async def seal_everything(database: Database, keys: DataKeys) -> int:
    """Bring all personal data under the newest key, and all digests under the lookup key; return how many rows changed.

    Raises CannotBeOpened when something is sealed under a key that is no longer in the file.
    """
    return (
        await _seal(database, keys, members, (EMAIL, DETAILS))
        + await _seal(database, keys, accounts, (EMAIL,))
        + await _seal(database, keys, second_factors, (SECRET,))
    )


async def _seal(database: Database, keys: DataKeys, table: Table, fields: tuple[str, ...]) -> int:
    (key,) = table.primary_key.columns
    looked_at = (*fields, _DIGEST) if EMAIL in fields else fields
    query = select(key, *(table.c[name] for name in looked_at)).order_by(key).limit(_BATCH)
    unchanged = (
        key == bindparam("owner"),
        *(table.c[name].is_not_distinct_from(bindparam(f"old_{name}")) for name in looked_at),
    )
    write = update(table).where(*unchanged).values({name: bindparam(f"new_{name}") for name in looked_at})
    changed, rows = 0, await _rows(database, query)
    while rows:
        stale = [row for row in (_renewed(row, keys, fields) for row in rows) if row is not None]
        if stale:
            async with database.engine.begin() as connection:
                await connection.execute(write, stale)
        changed += len(stale)
        rows = await _rows(database, query.where(key > rows[-1][0]))
    return changed


async def _rows(database: Database, query: Any) -> list[Row[Any]]:
    async with database.reading() as connection:
        return list(await connection.execute(query))


def _renewed(row: Row[Any], keys: DataKeys, fields: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the old and the new values of a row; None when they are the same."""
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

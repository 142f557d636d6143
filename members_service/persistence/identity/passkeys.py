"""Passkeys in the database: the name that somebody gave one is sealed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.identity.passkey import Passkey, PasskeyKnown
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import passkeys
from shared.persistence.database import violates

NAME = "name"


def read_passkey(keys: DataKeys, row: Mapping[Any, Any]) -> Passkey:
    """Return the passkey of a row."""
    values = {name: row[name] for name in _AS_THEY_ARE}
    return Passkey(id=row["passkey_id"], name=keys.open(row[NAME], owner=row["passkey_id"], field=NAME), **values)


class Passkeys:
    """The passkeys on record; the caller has locked their account before it changes one."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys

    async def of(self, account_id: UUID) -> list[Passkey]:
        """Return those of an account, the oldest first."""
        query = select(passkeys).where(passkeys.c.account_id == account_id).order_by(passkeys.c.passkey_id)
        return [read_passkey(self._keys, row) for row in (await self._session.execute(query)).mappings()]

    async def find(self, credential_id: bytes) -> Passkey | None:
        """Return the one that a device knows by this id."""
        query = select(passkeys).where(passkeys.c.credential_id == credential_id)
        row = (await self._session.execute(query)).mappings().first()
        return None if row is None else read_passkey(self._keys, row)

    async def add(self, passkey: Passkey) -> None:
        """Raises PasskeyKnown where a device has it already."""
        try:
            await self._session.execute(insert(passkeys).values(self._row(passkey)))
        except IntegrityError as error:
            if violates(error, "uq_passkeys_credential_id", "passkeys.credential_id"):
                raise PasskeyKnown from error
            raise

    async def replace(self, passkey: Passkey) -> None:
        """Write what has changed of it."""
        mine = passkeys.c.passkey_id == passkey.id
        await self._session.execute(update(passkeys).where(mine).values(self._row(passkey)))

    async def remove(self, passkey: Passkey) -> None:
        await self._session.execute(delete(passkeys).where(passkeys.c.passkey_id == passkey.id))

    def _row(self, passkey: Passkey) -> dict[str, Any]:
        values = {name: getattr(passkey, name) for name in _AS_THEY_ARE}
        return {
            **values,
            "passkey_id": passkey.id,
            NAME: self._keys.seal(passkey.name, owner=passkey.id, field=NAME),
        }


_AS_THEY_ARE = tuple(column.name for column in passkeys.columns if column.name not in {"passkey_id", NAME})

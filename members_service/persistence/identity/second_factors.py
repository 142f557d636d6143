"""Second factors in the database: the secret sealed, recovery codes as digests."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.identity.second_factor import SecondFactor
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import second_factors

SECRET = "secret"  # noqa: S105 - the name of a column


class SecondFactors:
    """Second factors, confirmed or offered; the caller has locked the account. Only here is a secret unsealed."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._seen: list[SecondFactor] = []

    def add(self, factor: SecondFactor) -> None:
        self._session.add(factor)
        self._seen.append(factor)

    async def of(self, account_id: UUID) -> SecondFactor | None:
        """Return the second factor of this account, if there is one."""
        query = select(SecondFactor).where(second_factors.c.account_id == account_id).with_for_update()
        found = (await self._session.scalars(query, execution_options={"populate_existing": True})).first()
        if found is not None:
            row: Any = found
            found.secret = self._keys.open(row._secret, owner=account_id, field=SECRET)  # noqa: SLF001 - mapped for us
            self._seen.append(found)
        return found

    async def remove(self, factor: SecondFactor) -> None:
        self._seen = [other for other in self._seen if other is not factor]
        await self._session.delete(factor)

    def seal(self) -> None:
        """Put new secrets into the rows that are about to be written, sealed."""
        for factor in self._seen:
            row: Any = factor
            sealed = getattr(row, "_secret", None)
            owner = factor.account_id
            if sealed is None or self._keys.open(sealed, owner=owner, field=SECRET) != factor.secret:
                row._secret = self._keys.seal(factor.secret, owner=owner, field=SECRET)  # noqa: SLF001 - likewise

"""Roles in the database: what a library has made of the shipped ones, and its own."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.identity.roles import SHIPPED, RoleDefinition, RoleNotFound
from members_service.persistence.identity.tables import roles
from shared.kernel.errors import OutOfDate

ALL = select(roles).order_by(roles.c.name)


def definition(name: str, title: str, rights: frozenset[str], version: int) -> RoleDefinition:
    """Return a role as its row says it."""
    return RoleDefinition(name, title, rights, shipped=name in SHIPPED, version=version)


class Roles:
    """The roles that there are."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Mapping[str, RoleDefinition]:
        """Return every role by its name."""
        rows = await self._session.execute(ALL)
        return {**SHIPPED, **{row.name: definition(*row) for row in rows}}

    async def put(self, role: RoleDefinition, *, instead_of: RoleDefinition | None) -> None:
        """Write a role. Raises OutOfDate when another version was written meanwhile."""
        values = {"title": role.title, "rights": role.rights, "version": role.version}
        stored = None if instead_of is None or instead_of == SHIPPED.get(role.name) else instead_of
        if stored is None:
            try:
                await self._session.execute(insert(roles).values(name=role.name, **values))
            except IntegrityError as error:
                raise _changed() from error
            return
        seen = (roles.c.name == role.name, roles.c.version == stored.version)
        if not (await self._session.execute(update(roles).where(*seen).values(**values).returning(roles.c.name))).all():
            raise _changed()

    async def remove(self, name: str) -> None:
        """Take a role off the record. Raises RoleNotFound."""
        gone = await self._session.execute(delete(roles).where(roles.c.name == name).returning(roles.c.name))
        if not gone.all():
            raise RoleNotFound


def _changed() -> OutOfDate:
    return OutOfDate("Somebody else changed this role meanwhile. Read it again.")

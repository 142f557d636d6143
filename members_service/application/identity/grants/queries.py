"""Queries of roles and grants."""

from uuid import UUID

from sqlalchemy import select

from members_service.application.identity.grants.views import Explanation, GrantView, RoleView
from members_service.domain.identity.account import AccountNotFound
from members_service.domain.identity.grants import UNBOUNDED, Bounds, Grant
from members_service.domain.identity.roles import SHIPPED, InvalidRole, RoleDefinition, RoleNotFound
from members_service.domain.rights import BY_NAME, OF_NO_BRANCH
from members_service.persistence.identity.accounts import bounds_in
from members_service.persistence.identity.roles import ALL, definition
from members_service.persistence.identity.tables import accounts, grants
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.persistence.database import Database


class GrantQueries:
    """Fetches roles and grants to show."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def roles(self) -> list[RoleView]:
        """Return all roles: the shipped ones first."""
        return [RoleView.of(role) for role in (await self._definitions()).values()]

    @refuses(RoleNotFound)
    async def role(self, name: str) -> RoleView:
        """Return a role."""
        found = (await self._definitions()).get(name)
        if found is None:
            raise RoleNotFound
        return RoleView.of(found)

    @refuses(AccountNotFound)
    async def grants(self, account_id: UUID) -> tuple[GrantView, ...]:
        """Return the roles of an account besides that of members, with how far they go."""
        roles, bounds, _ = await self._account(account_id)
        return GrantView.all_of(roles, bounds)

    @refuses(AccountNotFound, InvalidRole)
    async def explain(self, account_id: UUID, right: str, branch: str | None) -> Explanation:
        """Say whether an account holds a right, in this branch or in any, and which of its grants give it.

        A disabled account holds nothing. What is about people and titles counts wherever it is granted: they are of no
        branch.
        """
        if right not in BY_NAME:
            raise InvalidRole("There is no such right. GET /v1/rights lists them.", field="right")
        roles, bounds, disabled = await self._account(account_id)
        definitions, now = await self._definitions(), self._clock.now()
        held = [
            Grant.of(role, definitions[role].rights, bounds.get(role, UNBOUNDED))
            for role in sorted(roles & definitions.keys())
        ]
        where = None if right in OF_NO_BRANCH else branch
        because = [grant for grant in held if grant.is_on(now) and grant.gives(BY_NAME[right], where)]
        return Explanation(bool(because) and not disabled, tuple(map(GrantView.of_grant, because)))

    async def _definitions(self) -> dict[str, RoleDefinition]:
        return {**SHIPPED, **{row.name: definition(*row) for row in await self._database.rows(ALL)}}

    async def _account(self, account_id: UUID) -> tuple[frozenset[str], dict[str, Bounds], bool]:
        query = (
            select(accounts.c.roles, accounts.c.disabled, grants.c.role, grants.c.branches, grants.c.until)
            .outerjoin(grants, grants.c.account_id == accounts.c.account_id)
            .where(accounts.c.account_id == account_id)
        )
        rows = await self._database.rows(query)
        if not rows:
            raise AccountNotFound
        bounds = {row.role: bounds_in(row.branches, row.until) for row in rows if row.role is not None}
        return rows[0].roles, bounds, rows[0].disabled

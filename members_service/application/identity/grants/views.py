"""Views of roles and grants."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from members_service.domain.identity.grants import UNBOUNDED, Bounds, Grant
from members_service.domain.identity.roles import Role, RoleDefinition


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role, and what it gives. `shipped`: it was here from the beginning, and stays."""

    name: str
    title: str
    rights: tuple[str, ...]
    shipped: bool
    version: int

    @classmethod
    def of(cls, role: RoleDefinition) -> Self:
        """Show a role."""
        return cls(role.name, role.title, tuple(sorted(role.rights)), role.shipped, role.version)


@dataclass(frozen=True, slots=True)
class GrantView:
    """A role of an account: in which branches (null: all, those to come included), and until when."""

    role: str
    branches: tuple[str, ...] | None
    until: datetime | None

    @classmethod
    def of(cls, role: str, bounds: Bounds) -> Self:
        """Show how far a role goes."""
        branches = None if bounds.branches is None else tuple(sorted(bounds.branches))
        return cls(role, branches, bounds.until)

    @classmethod
    def all_of(cls, roles: Collection[str], bounds: Mapping[str, Bounds]) -> tuple[Self, ...]:
        """Show how far each of the roles goes, but for that of members."""
        return tuple(cls.of(role, bounds.get(role, UNBOUNDED)) for role in sorted(roles) if role != Role.MEMBER)

    @classmethod
    def of_grant(cls, grant: Grant) -> Self:
        """Show a grant."""
        return cls.of(grant.role, grant.bounds)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether an account holds a right, and by which grants."""

    allowed: bool
    because: tuple[GrantView, ...]

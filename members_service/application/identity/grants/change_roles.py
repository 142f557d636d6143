"""Make, change and remove roles."""

from dataclasses import dataclass
from datetime import datetime

from members_service.application.identity.grants.authority import may_give
from members_service.application.identity.grants.follow_up import void_tokens
from members_service.application.identity.grants.views import RoleView
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.grants import UNBOUNDED, GrantsTooLong
from members_service.domain.identity.roles import (
    SHIPPED,
    InvalidRole,
    RoleDefinition,
    RoleInUse,
    RoleNotFound,
    RoleStays,
    checked_definition,
)
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses
from shared.kernel.rights import RightMissing


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A role as it is to be. `in_place_of` is the version that the caller has seen: 0 for none, None for any.

    `by` is the account that asks for it.
    """

    name: str
    title: str
    rights: tuple[str, ...]
    in_place_of: int | None
    by: str | None = None


@refuses(GrantsTooLong, InvalidRole, OutOfDate, RightMissing, RoleStays)
@dataclass(frozen=True, slots=True)
class PutRole:
    """Make a role, or change what it gives. `rights` are names from `GET /v1/rights`; those left out are taken away.

    - To make one, leave `If-Match` out. To change one, show it first and send its `ETag` in `If-Match`.
    - You need each of its rights, before and after, in all branches and for good: nobody gives or takes away what they
      do not have.
    - It counts for everybody who has the role: what is taken away is gone here at once, and everywhere within 20
      seconds; whoever gains something signs in again.
    - `admin` cannot be changed: it holds every right of people.
    """

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, command: RoleChange) -> RoleView:
        async with self.unit_of_work() as uow:
            role = await put_role(command, uow=uow, now=self.clock.now())
            await uow.commit()
        return RoleView.of(role)


async def put_role(command: RoleChange, *, uow: IdentityWork, now: datetime) -> RoleDefinition:
    """Make or change a role in this transaction."""
    definitions = await uow.roles.all()
    present = definitions.get(command.name)
    version = 0 if present is None else present.version
    refuse_if_stale(command.in_place_of, version, thing="role")
    role = checked_definition(command.name, command.title, command.rights, version=version + 1)
    for one in (role,) if present is None else (role, present):
        may_give(one, UNBOUNDED)
    await uow.roles.put(role, instead_of=present)
    for account in await uow.accounts.having(role.name):
        gained = account.redefine({**definitions, role.name: role})
        account.expect_to_fit_in_token(now)
        await void_tokens(account, gained=gained, uow=uow, now=now)
    facts = {"role": role.name, "rights": " ".join(sorted(role.rights))}
    uow.audit.add(AuditRecord(AuditAction.ROLE_CHANGED, now, by=command.by, facts=facts))
    return role


@refuses(OutOfDate, RoleInUse, RoleNotFound, RoleStays)
@dataclass(frozen=True, slots=True)
class RemoveRole:
    """Remove a role that no account has. A shipped one stays."""

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, name: str, *, seen: int | None, by: str | None) -> None:
        async with self.unit_of_work() as uow:
            present = (await uow.roles.all()).get(name)
            if present is None:
                raise RoleNotFound
            refuse_if_stale(seen, present.version, thing="role")
            if name in SHIPPED:
                raise RoleStays
            if await uow.accounts.having(name):
                raise RoleInUse
            await uow.roles.remove(name)
            facts = {"role": name}
            uow.audit.add(AuditRecord(AuditAction.ROLE_REMOVED, self.clock.now(), by=by, facts=facts))
            await uow.commit()

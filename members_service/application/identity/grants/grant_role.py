"""Grant a role in some branches, for some time; and take it away."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from members_service.application.identity.accounts.change_account import others_administer
from members_service.application.identity.grants.authority import may_give, may_take
from members_service.application.identity.grants.follow_up import GrantsBefore, void_tokens
from members_service.application.identity.grants.views import GrantView
from members_service.application.identity.providers.break_glass import keep_break_glass
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.identity.account import AccountNotFound, LastAdmin
from members_service.domain.identity.grants import (
    Bounds,
    GrantEnds,
    GrantNotFound,
    GrantsTooLong,
    UnknownBranchOfGrant,
)
from members_service.domain.identity.identity_provider import BreakGlass
from members_service.domain.identity.roles import NoRole, RoleDefinition, RoleNotFound, TooManyRoles
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.rights import RightMissing


class BranchCodes(Protocol):
    """The branches that books knows."""

    async def spellings(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the library's spelling of each code; unknown codes are left out. Raises NeighbourUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Granting:
    """Which account is to have which role; `branches` of None is all of them, `until` of None for good.

    `by` is the account that asks for it.
    """

    account_id: UUID
    role: str
    branches: tuple[str, ...] | None
    until: datetime | None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant as it is now; `is_new`: the account did not have the role before."""

    grant: GrantView
    is_new: bool


@refuses(
    *(AccountNotFound, BreakGlass, GrantEnds, GrantsTooLong, LastAdmin, RightMissing, RoleNotFound, TooManyRoles),
    UnknownBranchOfGrant,
)
@dataclass(frozen=True, slots=True)
class GrantRole:
    """Let an account have a role: in some branches or in all, for some time or for good.

    - You need the right `accounts` there, and each right of the role, for as long: nobody gives what they do not have.
    - Granting the same role again replaces its branches and its end.
    - It counts at the next refresh of a token; when it goes further than before, its owner signs in again.
    - What is taken away is gone here at once, and everywhere within 20 seconds.
    - A branch that the library opens later belongs to grants for all branches alone.
    """

    unit_of_work: IdentityWorkFactory
    branches: BranchCodes
    clock: Clock

    async def __call__(self, command: Granting) -> Granted:
        now = self.clock.now()
        if command.until is not None and command.until <= now:
            raise GrantEnds
        bounds = Bounds(await self._known(command.branches), command.until)
        async with self.unit_of_work() as uow:
            role = await _role(command.role, uow)
            may_give(role, bounds)
            others = await others_administer(command.account_id, uow=uow)
            account = await uow.accounts.get(command.account_id)
            is_new = command.role not in account.roles
            may_take(account, {command.role})
            account.definitions = await uow.roles.all()
            before, was = GrantsBefore.of(account), account.is_break_glass
            gained = account.change(
                roles=account.roles | {command.role},
                disabled=None,
                others_administer=others,
                bounds={command.role: bounds},
            )
            account.expect_to_fit_in_token(now)
            await keep_break_glass(account, was=was, uow=uow)
            if before.differ_from(account):
                await void_tokens(account, gained=gained, uow=uow, now=now)
                before.announce(account, uow=uow, now=now, by=command.by)
            await uow.commit()
        return Granted(GrantView.of(command.role, bounds), is_new)

    async def _known(self, codes: tuple[str, ...] | None) -> frozenset[str] | None:
        if codes is None:
            return None
        await expect_branches(codes, self.branches)
        return frozenset(code.upper() for code in codes)


async def expect_branches(codes: Collection[str], branches: BranchCodes) -> None:
    """Raise UnknownBranchOfGrant unless the library has all of these branches, and there is one."""
    if not codes or not (await branches.spellings(codes)).keys() >= set(codes):
        raise UnknownBranchOfGrant


@dataclass(frozen=True, slots=True)
class Revocation:
    """Which role an account is to lose; `by` is the account that asks for it."""

    account_id: UUID
    role: str
    by: str | None = None


@refuses(AccountNotFound, BreakGlass, GrantNotFound, LastAdmin, NoRole, RightMissing)
@dataclass(frozen=True, slots=True)
class RevokeRole:
    """Take a role from an account. It is gone here at once, and everywhere within 20 seconds.

    - You need the right `accounts` and each right of the role wherever it counts, for as long.
    - Somebody who can administer the library is always left, and an account keeps one role: disable it instead.
    """

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, command: Revocation) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            others = await others_administer(command.account_id, uow=uow)
            account = await uow.accounts.get(command.account_id)
            if command.role not in account.roles:
                raise GrantNotFound
            may_take(account, {command.role})
            before, was = GrantsBefore.of(account), account.is_break_glass
            account.change(roles=account.roles - {command.role}, disabled=None, others_administer=others)
            await keep_break_glass(account, was=was, uow=uow)
            await uow.sessions.rename_all(account.id, now=now)
            before.announce(account, uow=uow, now=now, by=command.by)
            await uow.commit()


async def _role(name: str, uow: IdentityWork) -> RoleDefinition:
    role = (await uow.roles.all()).get(name)
    if role is None:
        raise RoleNotFound
    return role

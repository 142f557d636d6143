"""Let an account in that signs in by an identity provider: with the roles of its groups, or not at all."""

from datetime import datetime

from members_service.application.identity.grants.follow_up import GrantsBefore, void_tokens
from members_service.application.identity.work import IdentityWork
from members_service.domain.identity.account import Account
from members_service.domain.identity.grants import Bounds
from members_service.domain.identity.identity_provider import (
    FactorNotProved,
    ForeignPerson,
    IdentityProvider,
    NotForYou,
)
from members_service.domain.identity.roles import MEMBER_ALONE
from members_service.domain.identity.second_factor import Requirement


async def admit(
    account: Account,
    provider: IdentityProvider,
    person: ForeignPerson,
    requirement: Requirement,
    *,
    uow: IdentityWork,
    now: datetime,
) -> None:
    """Give a linked account the roles of its groups. Raises NotForYou, FactorNotProved and GrantsTooLong."""
    await _take_roles(account, provider, person, uow=uow, now=now)
    if account.disabled or not provider.is_for(account.roles):
        raise NotForYou
    if account.needs_second_factor(requirement) and not person.second_factor:
        raise FactorNotProved


async def _take_roles(
    account: Account, provider: IdentityProvider, person: ForeignPerson, *, uow: IdentityWork, now: datetime
) -> None:
    """Give the account the roles that its groups bring now; raise NotForYou, with its sessions ended, for none."""
    found = provider.roles_of(person)
    if found is None:
        return
    definitions = await uow.roles.all()
    found = {role: branches for role, branches in found.items() if role in definitions}
    own = MEMBER_ALONE if account.member_id is not None else frozenset[str]()
    before = GrantsBefore.of(account)
    if not found.keys() | own:
        await uow.sessions.end_all(account.id, now=now)
        raise NotForYou
    account.definitions = definitions
    gained = account.change(
        roles=frozenset(found) | own,
        disabled=None,
        others_administer=True,  # whoever signs in elsewhere was not among those who must be left
        bounds={role: Bounds(branches) for role, branches in found.items()},
    )
    account.expect_to_fit_in_token(now)
    if before.differ_from(account):
        await void_tokens(account, gained=gained, uow=uow, now=now)
        before.announce(account, uow=uow, now=now, provider=provider.code)

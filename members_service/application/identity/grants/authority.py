"""Over whom somebody has a say: nobody gives, takes away or gets at what they do not hold themselves."""

from collections.abc import Iterable
from datetime import datetime

from members_service.domain.identity.account import Account
from members_service.domain.identity.grants import UNBOUNDED, Bounds
from members_service.domain.identity.roles import RIGHTS_OF_PEOPLE, RoleDefinition, rights_named
from members_service.domain.rights import ACCOUNTS
from shared.kernel.rights import Right, authorise_to_give


def may_give(role: RoleDefinition, bounds: Bounds) -> None:
    """Raise RightMissing unless whoever acts holds `accounts` and each right of the role, as far as it is to go."""
    _hold((ACCOUNTS, *rights_named(role.rights)), bounds)


def may_take(account: Account, roles: Iterable[str]) -> None:
    """Raise RightMissing unless whoever acts could give these roles as the account has them."""
    for grant in account.grants:
        if grant.role in roles:
            _hold((ACCOUNTS, *grant.rights), grant.bounds)


def may_act_on(account: Account, now: datetime) -> None:
    """Raise RightMissing unless whoever acts holds all that the account gives: they could sign in with it."""
    for grant in account.grants:
        if grant.is_on(now):
            _hold((ACCOUNTS, *grant.rights), grant.bounds)


def may_do_everything() -> None:
    """Raise RightMissing unless whoever acts holds every right, everywhere and for good."""
    _hold(RIGHTS_OF_PEOPLE, UNBOUNDED)


def _hold(rights: Iterable[Right], bounds: Bounds) -> None:
    for right in rights:
        if right.by_branch or bounds.branches is None:
            authorise_to_give(right, bounds.branches, bounds.until)

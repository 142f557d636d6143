"""Somebody must be able to administer the library while the identity provider of its staff is down."""

from members_service.application.identity.work import IdentityWork
from members_service.domain.identity.account import Account
from members_service.domain.identity.identity_provider import Audience, BreakGlass


async def keep_break_glass(account: Account, *, was: bool, uow: IdentityWork) -> None:
    """Raise BreakGlass where staff sign in by a provider and the last account that could do without has changed.

    `was`: whether it was one before.
    """
    if not was or account.is_break_glass:
        return
    by_provider = any(one.enabled and one.audience is Audience.STAFF for one in await uow.providers.all())
    if by_provider and not await uow.accounts.break_glass(besides=account.id):
        raise BreakGlass

"""Let an account sign in by an identity provider from now on."""

from datetime import datetime

from members_service.application.identity.passkeys.change_passkeys import remove_all
from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account
from members_service.domain.identity.foreign_identity import ForeignIdentity
from members_service.domain.identity.identity_provider import IdentityProvider, NotForYou
from members_service.domain.identity.roles import Role
from shared.kernel.ids import new_id


async def link(account: Account, provider: IdentityProvider, subject: str, *, uow: IdentityWork, now: datetime) -> None:
    """Link a locked account to a subject of the provider; its password, second factor, passkeys and sessions here end.

    Raises NotForYou where it is another's already or not meant for this account, and BreakGlass.
    """
    known = await uow.foreign_identities.find(provider.issuer, subject)
    if account.signs_in_elsewhere or known is not None or not provider.is_for(account.roles):
        raise NotForYou
    others = Role.ADMIN not in account.roles or bool(await uow.accounts.break_glass(besides=account.id))
    account.sign_in_elsewhere(others_administer=others)
    factor = await uow.second_factors.of(account.id)
    if factor is not None:
        await uow.second_factors.remove(factor)
        account.turn_second_factor(on=False)
    await remove_all(account, uow=uow)
    await uow.sessions.end_all(account.id, now=now)
    uow.foreign_identities.add(ForeignIdentity(new_id(), account.id, provider.id, provider.issuer, subject, now))
    uow.audit.add(
        account.record(AuditAction.PROVIDER_LINKED, now, by=str(account.id), facts={"provider": provider.code})
    )

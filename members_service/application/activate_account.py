"""Let a new member choose a password."""

from dataclasses import dataclass

from members_service.application.ports import Passwords, UnitOfWork
from members_service.application.views import AccountView, AccountViews
from members_service.domain.account import ActivationTokenInvalid
from members_service.domain.audit import AuditRecord, Deed
from members_service.domain.one_time_token import digest
from members_service.domain.password import (
    PasswordRules,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    PasswordTooSimple,
)
from shared.kernel.clock import Clock

PASSWORD_REFUSALS = (PasswordTooShort, PasswordTooLong, PasswordTooCommon, PasswordTooSimple)
REFUSALS = (ActivationTokenInvalid, *PASSWORD_REFUSALS)


@dataclass(frozen=True, slots=True)
class ActivateAccount:
    """The one-time token from the enrolment, and the password that its holder wants, from an `address`."""

    activation_token: str
    password: str
    address: str | None = None


async def activate_account(
    wish: ActivateAccount,
    *,
    uow: UnitOfWork,
    accounts: AccountViews,
    passwords: Passwords,
    rules: PasswordRules,
    clock: Clock,
) -> AccountView:
    """Choose the first password; from then on the account can sign in.

    - The token works once, and for 14 days.
    - A password has 12 to 256 characters and is not one that many people use; a refused one leaves the token as it is.
    """
    now = clock.now()
    token = digest(wish.activation_token)
    email = await accounts.awaiting(token, now=now)
    if email is None:
        raise ActivationTokenInvalid
    rules.check(wish.password, email=email)
    password_hash = await passwords.hash(wish.password)
    async with uow:
        account = await uow.accounts.awaiting(token)
        if account is None:
            raise ActivationTokenInvalid
        account.activate(token, password_hash=password_hash, now=now)
        await uow.sessions.end_all(account.id, now=now)
        answer = AccountView.of(account)
        uow.audit.add(
            AuditRecord(
                Deed.ACCOUNT_ACTIVATED,
                now,
                by=str(account.id),
                account_id=account.id,
                member_id=account.member_id,
                address=wish.address,
            )
        )
        await uow.commit(answer=answer)
    return answer

"""Let somebody choose another password."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.accounts.activate_account import PASSWORD_REFUSALS
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.work import IdentityWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import email_key
from members_service.domain.identity.account import AccountNotFound, WrongPassword
from members_service.domain.identity.attempts import SignInSource
from members_service.domain.identity.password import PasswordRules
from members_service.domain.notices.warnings import account_changed
from members_service.domain.owner_check import TooManyAttempts
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """`current_password` proves that it is the owner who asks; `address` is where the request comes from."""

    account_id: UUID
    current_password: str
    password: str
    address: str | None = None


@refuses(AccountNotFound, WrongPassword, TooManyAttempts, *PASSWORD_REFUSALS)
@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Change one's own password.

    - The current password is asked for; wrong tries are limited like those of signing in.
    - Every session of the account ends: whoever else had signed in has to know the new password.
    """

    unit_of_work: IdentityWorkFactory
    accounts: AccountQueries
    throttle: SignInThrottle
    passwords: Passwords
    rules: PasswordRules
    clock: Clock

    async def __call__(self, command: PasswordChange) -> None:
        now = self.clock.now()
        email, password_hash = await self.accounts.email_and_hash(command.account_id)
        self.rules.check(command.password, email=email)  # first, so that it costs no try
        source = SignInSource.at(command.address, name=email_key(email))
        await self.throttle.admit(source, now=now)
        if not (await self.passwords.verify(command.current_password, password_hash)).is_right:
            async with self.unit_of_work() as uow:
                uow.audit.add(_record(AuditAction.PASSWORD_CHANGE_FAILED, command, now=now))
                await uow.commit()
            raise WrongPassword
        new_hash = await self.passwords.hash(command.password)
        async with self.unit_of_work() as uow:
            account = await uow.accounts.get(command.account_id)
            if account.password_hash != password_hash:
                raise WrongPassword  # not any more
            account.change_password(new_hash)
            await uow.sessions.end_all(account.id, now=now)
            await uow.attempts.forgive(source, now=now)
            uow.audit.add(_record(AuditAction.PASSWORD_CHANGED, command, now=now))
            uow.notify(account_changed(account.member_id or account.id, to=account.email.address, at=now))
            await uow.commit()


def _record(action: AuditAction, command: PasswordChange, *, now: datetime) -> AuditRecord:
    return AuditRecord(action, now, by=str(command.account_id), account_id=command.account_id, address=command.address)

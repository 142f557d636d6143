"""Let somebody choose a password who holds a one-time token for it."""

from dataclasses import dataclass
from datetime import datetime

from members_service.application.identity.accounts.account_views import AccountView
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.passkeys.change_passkeys import remove_all
from members_service.application.identity.work import IdentityWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import ActivationTokenInvalid
from members_service.domain.identity.attempts import GuessableSecret, SignInSource
from members_service.domain.identity.password import (
    PasswordRules,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    PasswordTooSimple,
)
from members_service.domain.one_time_token import digest
from members_service.domain.owner_check import TooManyAttempts
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt

PASSWORD_REFUSALS = (PasswordTooShort, PasswordTooLong, PasswordTooCommon, PasswordTooSimple)

"""Every refusal of a password that is about to be chosen."""


@dataclass(frozen=True, slots=True)
class ChosenPassword:
    """The one-time token from the desk, and the password that its holder wants, from an `address` with a `device`."""

    activation_token: str
    password: str
    address: str | None = None
    device: str = ""


@refuses(ActivationTokenInvalid, TooManyAttempts, *PASSWORD_REFUSALS)
@dataclass(frozen=True, slots=True)
class ActivateAccount:
    """Choose the first password, or a new one after a reset; from then on the account signs in with it.

    - The token works once; that of an enrolment for 14 days, that of a reset for one. From one address only so many
      can be tried.
    - Every session of the account ends, and its passkeys are removed. This device and network are known from now on,
      so that strangers who guess at the account cannot keep its owner out.
    - A password has 12 to 256 characters and is not one that many people use; a refused one leaves the token as it is.
    """

    unit_of_work: IdentityWorkFactory
    accounts: AccountQueries
    throttle: SignInThrottle
    passwords: Passwords
    rules: PasswordRules
    clock: Clock

    async def __call__(self, command: ChosenPassword, receipt: Receipt | None = None) -> AccountView:
        now, token = self.clock.now(), digest(command.activation_token)
        email = await self._email_of(token, command.address, now=now)
        self.rules.check(command.password, email=email)
        password_hash = await self.passwords.hash(command.password)
        async with self.unit_of_work(receipt) as uow:
            account = await uow.accounts.awaiting(token)
            if account is None:
                raise ActivationTokenInvalid
            account.activate(token, password_hash=password_hash, now=now)
            await remove_all(account, uow=uow)
            await uow.sessions.end_all(account.id, now=now)
            source = SignInSource.at(command.address, name=account.email.key, device=command.device)
            await uow.attempts.welcome(source, now=now)
            answer = AccountView.of(account)
            uow.audit.add(
                account.record(AuditAction.ACCOUNT_ACTIVATED, now, by=str(account.id), address=command.address)
            )
            await uow.commit(answer=answer)
        return answer

    async def _email_of(self, token: bytes, address: str | None, *, now: datetime) -> str:
        """Return the e-mail address of the account that the token is for. Raises ActivationTokenInvalid."""
        attempt = GuessableSecret.of_one_time_token(address=address)
        await self.throttle.admit(attempt, now=now)
        email = await self.accounts.awaiting(token, now=now)
        if email is None:
            raise ActivationTokenInvalid
        async with self.unit_of_work() as uow:
            await uow.attempts.give_back(attempt, now=now)
            await uow.commit()
        return email

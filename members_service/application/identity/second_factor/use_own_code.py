"""Let somebody who is signed in prove with a code that it is still the owner of the account who asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.second_factor.check_code import check_code
from members_service.application.identity.second_factor.ports import Authenticator
from members_service.application.identity.sessions.fresh_sign_in import expect_fresh_sign_in
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import email_key
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.attempts import SignInSource
from members_service.domain.identity.second_factor import SecondFactorOff, WrongCode
from members_service.domain.owner_check import SignInTooOld, TooManyAttempts
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A code for one's own account, of the app or a recovery code; `own_session` is the `sid` of the caller's token."""

    account_id: UUID
    otp: str
    own_session: str
    address: str | None = None

    def record(self, action: AuditAction, *, now: datetime) -> AuditRecord:
        """Return the audit record of the try."""
        return AuditRecord(action, now, by=str(self.account_id), account_id=self.account_id, address=self.address)


@refuses(AccountNotFound, SecondFactorOff, SignInTooOld, TooManyAttempts, WrongCode)
@dataclass(frozen=True, slots=True)
class UseOwnCode:
    """Asks for a code of one's own second factor, counted together with the tries of signing in."""

    unit_of_work: IdentityWorkFactory
    accounts: AccountQueries
    throttle: SignInThrottle
    authenticator: Authenticator

    async def admit(self, command: OwnCode, *, now: datetime) -> SignInSource:
        """Count one try. Raises TooManyAttempts.

        Look first whether a code is of any use: a token that was stolen long ago must not use up the owner's tries.
        """
        email, _ = await self.accounts.email_and_hash(command.account_id)
        source = SignInSource.at(command.address, name=email_key(email))
        await self.throttle.admit(source, now=now)
        return source

    async def admit_owner(self, command: OwnCode, *, now: datetime) -> SignInSource:
        """Count one try of somebody whose sign-in is fresh and who has a second factor."""
        async with self.unit_of_work() as uow:
            await self._expect_factor(command, uow=uow, now=now)
        return await self.admit(command, now=now)

    async def expect(self, command: OwnCode, source: SignInSource, *, uow: IdentityWork, now: datetime) -> Account:
        """Return the account, locked, if the sign-in is fresh and the code is right.

        Raises SignInTooOld, SecondFactorOff or WrongCode; a wrong code stays counted and on record.
        """
        account = await self._expect_factor(command, uow=uow, now=now)
        record = command.record(AuditAction.SECOND_FACTOR_FAILED, now=now)
        if not await check_code(
            command.otp, account, record=record, uow=uow, authenticator=self.authenticator, now=now
        ):
            await uow.commit()
            raise WrongCode
        await uow.attempts.give_back(source, now=now)
        return account

    async def _expect_factor(self, command: OwnCode, *, uow: IdentityWork, now: datetime) -> Account:
        account = await uow.accounts.get(command.account_id)
        await expect_fresh_sign_in(command.own_session, uow=uow, now=now)
        if not account.second_factor:
            raise SecondFactorOff
        return account

"""Let somebody who is signed in prove with a code that it is still the owner of the account who asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.account_views import AccountViews
from members_service.application.check_code import check_code
from members_service.application.fresh_sign_in import expect_fresh_sign_in
from members_service.application.ports import Turnstile, UnitOfWork
from members_service.application.second_factor_ports import Authenticator
from members_service.domain.account import Account, AccountNotFound
from members_service.domain.attempts import TooManyAttempts, Visitor
from members_service.domain.audit import AuditRecord, Deed
from members_service.domain.email import email_key
from members_service.domain.second_factor import SecondFactorOff, WrongCode
from members_service.domain.session import SignInTooOld

REFUSALS = (AccountNotFound, SecondFactorOff, SignInTooOld, TooManyAttempts, WrongCode)


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A code for one's own account, of the app or a recovery code; `own_session` is the `sid` of the caller's token."""

    account_id: UUID
    otp: str
    own_session: str
    address: str | None = None

    def record(self, deed: Deed, *, now: datetime) -> AuditRecord:
        """Return what the audit trail says of it."""
        return AuditRecord(deed, now, by=str(self.account_id), account_id=self.account_id, address=self.address)


async def admit(wish: OwnCode, *, accounts: AccountViews, turnstile: Turnstile, now: datetime) -> Visitor:
    """Count one try, together with those of signing in. Raises TooManyAttempts.

    Look first whether a code is of any use: a token that was stolen long ago must not use up the owner's tries.
    """
    email, _ = await accounts.email_and_hash(wish.account_id)
    visitor = Visitor.at(wish.address, name=email_key(email))
    await turnstile.admit(visitor, now=now)
    return visitor


async def expect_own_factor(wish: OwnCode, *, uow: UnitOfWork, now: datetime) -> Account:
    """Return the account, locked, if the sign-in is fresh. Raises SignInTooOld or SecondFactorOff."""
    account = await uow.accounts.get(wish.account_id)
    await expect_fresh_sign_in(wish.own_session, uow=uow, now=now)
    if not account.second_factor:
        raise SecondFactorOff
    return account


async def expect_own_code(
    wish: OwnCode, visitor: Visitor, *, uow: UnitOfWork, authenticator: Authenticator, now: datetime
) -> Account:
    """Return the account, locked, if the sign-in is fresh and the code is right.

    Raises SignInTooOld, SecondFactorOff or WrongCode; a wrong code stays counted and on record.
    """
    account = await expect_own_factor(wish, uow=uow, now=now)
    record = wish.record(Deed.SECOND_FACTOR_FAILED, now=now)
    if not await check_code(wish.otp, account, record=record, uow=uow, authenticator=authenticator, now=now):
        await uow.commit()
        raise WrongCode
    await uow.attempts.give_back(visitor, now=now)
    return account

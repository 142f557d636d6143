"""Begin to set a second factor up for one's own account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.second_factor.ports import Authenticator
from members_service.application.identity.sessions.fresh_sign_in import expect_fresh_sign_in
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.identity.account import Account, AccountNotFound
from members_service.domain.identity.identity_provider import SignsInByProvider
from members_service.domain.identity.second_factor import SecondFactor, SecondFactorOn
from members_service.domain.owner_check import SignInTooOld
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """Somebody's own account; `own_session` is the `sid` of the caller's token."""

    account_id: UUID
    own_session: str


@dataclass(frozen=True, slots=True)
class SecondFactorOffered:
    """What an authenticator app needs to know, shown this once: the secret in Base32, to be typed into the app.

    `otpauth_uri` is the same and more, to be shown as a QR code.
    """

    secret: str
    otpauth_uri: str


@refuses(AccountNotFound, SecondFactorOn, SignInTooOld, SignsInByProvider)
@dataclass(frozen=True, slots=True)
class OfferSecondFactor:
    """Begin to set up an authenticator app (TOTP, RFC 6238) as a second factor.

    - The secret is shown this once. Scan `otpauth_uri` as a QR code, or type `secret` into the app.
    - Nothing changes until the app's first code has been confirmed, within an hour; asking again gives another secret.
    - It needs a sign-in of the last five minutes, with a password: a provider has second factors of its own.
    """

    unit_of_work: IdentityWorkFactory
    authenticator: Authenticator
    clock: Clock

    async def __call__(self, command: OwnAccount, receipt: Receipt | None = None) -> SecondFactorOffered:
        now, secret = self.clock.now(), self.authenticator.new_secret()
        async with self.unit_of_work(receipt) as uow:
            account = await uow.accounts.get(command.account_id)
            await expect_fresh_sign_in(command.own_session, uow=uow, now=now)
            account.expect_password()
            if account.second_factor:
                raise SecondFactorOn
            await offer(account, secret, uow=uow, now=now)
            answer = SecondFactorOffered(secret, self.authenticator.address(secret, account=account.email.address))
            await uow.commit(answer=answer)
        return answer


async def offer(account: Account, secret: str, *, uow: IdentityWork, now: datetime) -> SecondFactor:
    """Store the secret of this account, which is locked, in place of one that was never confirmed."""
    factor = await uow.second_factors.of(account.id)
    if factor is None:
        factor = SecondFactor(account_id=account.id, secret=secret, now=now)
        uow.second_factors.add(factor)
    else:
        factor.offer(secret, now=now)
    return factor

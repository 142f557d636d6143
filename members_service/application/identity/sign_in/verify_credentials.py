"""Find out whether somebody is who they say they are."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from members_service.application.identity.accounts.account_views import SignInFacts
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.sign_in.ports import Cards
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account, WrongCredentials
from members_service.domain.identity.attempts import SignInSource
from members_service.domain.identity.password import LONGEST_PASSWORD
from members_service.domain.identity.user_name import user_name_key
from members_service.domain.notices.warnings import signed_in
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody signs in with, at which client, from which address, with which device (its secret; empty: none).

    `otp` is a code of the second factor, for those who have one. `scopes` of None asks for everything. `end_user` is
    the address of who types, where the software that asks is trusted to name it; then `address` is the same.
    """

    username: str
    password: str
    client_id: str
    address: str | None = None
    device: str = ""
    otp: str = ""
    scopes: frozenset[str] | None = None
    end_user: str | None = None

    def of(self, found: SignInFacts | None) -> "Credentials":
        """Return them under the canonical name of the account, whichever of its names was typed."""
        return self if found is None else replace(self, username=found.name)

    @property
    def source(self) -> SignInSource:
        """The source for which a try with them is counted."""
        return SignInSource.at(self.address, name=user_name_key(self.username), device=self.device)

    def record(self, action: AuditAction, found: SignInFacts | None, *, now: datetime) -> AuditRecord:
        """Return the audit record of a try with them."""
        return AuditRecord(
            action,
            now,
            by=str(found.account_id) if found and action is AuditAction.SIGNED_IN else None,
            account_id=found.account_id if found else None,
            member_id=found.member_id if found else None,
            client_id=self.client_id,
            address=self.address,
        )


@dataclass(frozen=True, slots=True)
class VerifiedSignIn:
    """A password that was right; `take` it in the transaction that acts on it."""

    credentials: Credentials
    found: SignInFacts
    better_hash: str | None = None

    async def take(self, uow: IdentityWork) -> Account:
        """Return the account, locked, so that nobody takes roles or sessions from it meanwhile.

        Raises WrongCredentials when it was disabled, or got another password, since the password was looked at.
        """
        account = await uow.accounts.get(self.found.account_id)
        if account.disabled or account.password_hash != self.found.password_hash:
            raise WrongCredentials
        if self.better_hash is not None:
            account.keep_better_hash(self.better_hash)
        return account

    async def welcome(self, uow: IdentityWork, *, now: datetime, counted: bool = True) -> None:
        """Complete the sign-in: give a counted try back, and remember network and device as familiar."""
        if counted:
            await uow.attempts.forgive(self.credentials.source, now=now)
        else:
            await uow.attempts.welcome(self.credentials.source, now=now)
        record, found = self.credentials.record(AuditAction.SIGNED_IN, self.found, now=now), self.found
        if found.is_staff and "@" in found.name:
            await warn_of_new_place(record, found.member_id or found.account_id, to=found.name, uow=uow, now=now)
        uow.audit.add(record)


async def warn_of_new_place(record: AuditRecord, owner: UUID, *, to: str, uow: IdentityWork, now: datetime) -> None:
    """Warn somebody of staff whose sign-in, of which `record` is about to be kept, comes from an unknown place."""
    if not await uow.audit.knows(record):
        uow.notify(signed_in(owner, to=to, at=now))


@dataclass(frozen=True, slots=True)
class FindAccount:
    """Finds the account that somebody means by a user name: its e-mail address, or the number of the owner's card."""

    accounts: AccountQueries
    cards: Cards

    async def __call__(self, name: str) -> SignInFacts | None:
        """Return the part of the account that a sign-in needs; None if there is none."""
        if "@" in name:
            return await self.accounts.signing_in(name)
        card = await self.cards.pin_of(name)
        return None if card is None else await self.accounts.of_member(card[0])

    async def owner(self, name: str, found: SignInFacts | None) -> UUID | None:
        """Return the member whose name this is: of the account that was found, or of the card."""
        if found is not None:
            return found.member_id
        card = None if "@" in name else await self.cards.pin_of(name)
        return None if card is None else card[0]


@dataclass(frozen=True, slots=True)
class VerifyCredentials:
    """Compare the password with that of the account.

    - Tries are limited for each account and each network, whether the account exists or not; a device and a network
      with which its owner has signed in before have tries of their own.
    - An unknown address, a wrong password, and an account that is disabled or was never activated are answered alike,
      and after the same time.
    - Success and failure leave a record in the audit trail; a try that was not let in at all leaves none.
    """

    unit_of_work: IdentityWorkFactory
    find_account: FindAccount
    throttle: SignInThrottle
    passwords: Passwords
    clock: Clock

    async def __call__(self, credentials: Credentials) -> VerifiedSignIn:
        now, found = self.clock.now(), await self.find_account(user_name_key(credentials.username))
        credentials = credentials.of(found)
        await self.throttle.admit(credentials.source, now=now)
        password = credentials.password[: LONGEST_PASSWORD + 1]
        verdict = await self.passwords.verify(password, found.password_hash if found else None)
        if found is None or not verdict.is_right or found.disabled:
            async with self.unit_of_work() as uow:
                uow.audit.add(credentials.record(AuditAction.SIGN_IN_FAILED, found, now=now))
                await uow.commit()
            raise WrongCredentials
        return VerifiedSignIn(credentials, found, verdict.better_hash)

"""Sign somebody in on our page who shows a passkey: no name is typed, and no password."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from members_service.application.identity.passkeys.ports import Assertion, PasskeyPorts, Site
from members_service.application.identity.sign_in.authorize import GiveCode, PageSignIn, SignedIn
from members_service.application.identity.sign_in.verify_credentials import warn_of_new_place
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import Account
from members_service.domain.identity.attempts import GuessableSecret
from members_service.domain.identity.authentication import Authentication
from members_service.domain.identity.passkey import Ceremony, Passkey, PasskeyRefused
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class SignInWithPasskey:
    """Return a code for the owner of the passkey that a device shows.

    - It counts as a second factor where the device has asked who holds it; staff are not let in without.
    - A counter that goes back leaves a record in the audit trail, and lets no staff in: the key may be in two devices.
    - What a device shows counts once, in the browser that asked for it. Tries that prove nothing are counted for each
      address like one-time tokens, and refused when there are too many.
    - Raises PasskeyRefused, TooManyAttempts, ScopeNotGranted, NotForYou or BreakGlass; then nobody is signed in.
    """

    unit_of_work: IdentityWorkFactory
    passkeys: PasskeyPorts
    give_code: GiveCode
    throttle: SignInThrottle
    secret_generator: SecretGenerator
    clock: Clock

    def options(self, site: Site, *, browser: str) -> Mapping[str, Any]:
        """Return what the page needs to have a passkey shown in this browser."""
        key, secret = self.passkeys.key(), self.secret_generator.secret()
        challenge = Ceremony.of_sign_in(browser).challenge(key, secret, now=self.clock.now())
        return self.passkeys.authenticators.request_options(site, challenge)

    async def __call__(self, command: PageSignIn, credential: str, site: Site) -> SignedIn:
        now, attempt = self.clock.now(), GuessableSecret.of_one_time_token(address=command.credentials.address)
        await self.throttle.admit(attempt, now=now)
        async with self.unit_of_work() as uow:
            try:
                account, authentication = await self._proved(command, credential, site, uow=uow, now=now)
            except PasskeyRefused as error:
                facts = {"passkey": error.why}
                uow.audit.add(replace(_record(command, AuditAction.SIGN_IN_FAILED, None, now=now), facts=facts))
                await uow.commit()
                raise
            await uow.attempts.give_back(attempt, now=now)
            source = replace(command.credentials, username=account.email.address).source
            await uow.attempts.welcome(source, now=now)
            signed_in = await self.give_code(account, command, uow=uow, authentication=authentication, now=now)
            record = _record(command, AuditAction.SIGNED_IN, account, now=now)
            if account.does_more:
                owner, to = account.member_id or account.id, account.email.address
                await warn_of_new_place(record, owner, to=to, uow=uow, now=now)
            uow.audit.add(replace(record, facts={"passkey": "shown"}))
            await uow.commit()
        return signed_in

    async def _proved(
        self, command: PageSignIn, credential: str, site: Site, *, uow: IdentityWork, now: datetime
    ) -> tuple[Account, Authentication]:
        """Return whose passkey it is, locked, and what it proves. Raises PasskeyRefused."""
        assertion = self.passkeys.authenticators.read(credential)
        begun = Ceremony.of_sign_in(command.browser).begun_at(assertion.challenge, self.passkeys.key(), now=now)
        if begun is None:
            raise PasskeyRefused("not asked for here, or too long ago")
        account, passkey = await _of(assertion, uow=uow)
        shown = self.passkeys.authenticators.shown(credential, site, assertion.challenge, public_key=passkey.public_key)
        if passkey.went_back(shown):
            record = _record(command, AuditAction.PASSKEY_WENT_BACK, account, now=now)
            uow.audit.add(replace(record, facts={"passkey_id": str(passkey.id)}))
        await uow.passkeys.replace(used := passkey.used(account, shown, begun=begun, now=now))
        account.keep_passkeys(verified=account.has_passkey or used.verified)
        return account, Authentication.of_passkey(verified=shown.verified, backed_up=shown.backed_up)


async def _of(assertion: Assertion, *, uow: IdentityWork) -> tuple[Account, Passkey]:
    """Return the passkey that a device claims to hold, and its account, locked."""
    found = await uow.passkeys.find(assertion.credential_id)
    if found is None:
        raise PasskeyRefused("unknown")
    account = await uow.accounts.get(found.account_id)
    passkey = await uow.passkeys.find(assertion.credential_id)  # as it is now that nobody else uses it
    if passkey is None or (assertion.owner is not None and assertion.owner != account.id.bytes):
        raise PasskeyRefused("of nobody, or of somebody else")
    return account, passkey


def _record(command: PageSignIn, action: AuditAction, account: Account | None, *, now: datetime) -> AuditRecord:
    credentials = command.credentials
    return AuditRecord(
        action,
        now,
        by=None if account is None else str(account.id),
        account_id=None if account is None else account.id,
        member_id=None if account is None else account.member_id,
        client_id=credentials.client_id,
        address=credentials.address,
    )

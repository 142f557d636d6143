"""Add a passkey to one's own account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from members_service.application.identity.passkeys.ports import Owner, PasskeyPorts, Site
from members_service.application.identity.passkeys.views import PasskeyView
from members_service.application.identity.second_factor.offer_second_factor import OwnAccount
from members_service.application.identity.sessions.fresh_sign_in import expect_fresh_sign_in
from members_service.application.identity.work import IdentityWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import AccountNotFound
from members_service.domain.identity.identity_provider import SignsInByProvider
from members_service.domain.identity.passkey import (
    Ceremony,
    Passkey,
    PasskeyKnown,
    PasskeyRejected,
    TooManyPasskeys,
    expect_room,
)
from members_service.domain.notices.warnings import account_changed
from members_service.domain.owner_check import SignInTooOld
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a device has made for the owner of an account, and what the owner calls it."""

    owner: OwnAccount
    site: Site
    name: str
    credential: Mapping[str, Any]
    address: str | None = None


@refuses(AccountNotFound, SignInTooOld, SignsInByProvider, TooManyPasskeys)
@dataclass(frozen=True, slots=True)
class OfferPasskey:
    """Begin to add a passkey: the answer is for `navigator.credentials.create()` of a browser, within an hour.

    - It needs a sign-in of the last five minutes; nothing changes yet.
    - For staff the device has to ask who holds it: by a PIN, a finger or a face.
    - Devices that have a passkey of this account already are left out.
    """

    unit_of_work: IdentityWorkFactory
    passkeys: PasskeyPorts
    secret_generator: SecretGenerator
    clock: Clock

    async def __call__(self, owner: OwnAccount, site: Site) -> Mapping[str, Any]:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            account = await uow.accounts.get(owner.account_id)
            await expect_fresh_sign_in(owner.own_session, uow=uow, now=now)
            account.expect_password()
            present = await uow.passkeys.of(account.id)
            expect_room(len(present))
        ceremony = Ceremony.of_registration(owner.account_id, owner.own_session)
        challenge = ceremony.challenge(self.passkeys.key(), self.secret_generator.secret(), now=now)
        return self.passkeys.authenticators.creation_options(
            site,
            Owner(account.id, account.email.address),
            challenge,
            known=[one.credential_id for one in present],
            verified=account.does_more,
        )


@refuses(AccountNotFound, PasskeyKnown, PasskeyRejected, SignInTooOld, SignsInByProvider, TooManyPasskeys)
@dataclass(frozen=True, slots=True)
class AddPasskey:
    """Add the passkey that a device has just made.

    - From now on its owner signs in with it on the library's page: without a name, without a password, and without a
      code, where the device asks who holds it.
    - The password stays, and works beside it. The owner is told of it at the address of the account.
    - It needs a sign-in of the last five minutes, the same one as the options.
    """

    unit_of_work: IdentityWorkFactory
    passkeys: PasskeyPorts
    clock: Clock

    async def __call__(self, command: NewPasskey, receipt: Receipt | None = None) -> PasskeyView:
        now, owner, authenticators = self.clock.now(), command.owner, self.passkeys.authenticators
        async with self.unit_of_work(receipt) as uow:
            account = await uow.accounts.get(owner.account_id)
            await expect_fresh_sign_in(owner.own_session, uow=uow, now=now)
            account.expect_password()
            present = await uow.passkeys.of(account.id)
            expect_room(len(present))
            challenge = authenticators.challenge_of(command.credential)
            ceremony = Ceremony.of_registration(owner.account_id, owner.own_session)
            begun = ceremony.begun_at(challenge, self.passkeys.key(), now=now)
            if begun is None or any(one.created_at > begun for one in present):
                raise PasskeyRejected("not asked for here, too long ago, or taken before")
            made = authenticators.made(command.credential, command.site, challenge, verified=account.does_more)
            passkey = Passkey(
                id=new_id(),
                account_id=account.id,
                credential_id=made.credential_id,
                public_key=made.public_key,
                name=command.name,
                counter=made.shown.counter,
                verified=made.shown.verified,
                backed_up=made.shown.backed_up,
                from_desk=account.password_from_desk,
                created_at=now,
            )
            await uow.passkeys.add(passkey)
            account.keep_passkeys(verified=any(one.verified for one in (*present, passkey)))
            record = account.record(AuditAction.PASSKEY_ADDED, now, by=str(account.id), address=command.address)
            uow.audit.add(record)
            uow.notify(account_changed(account.member_id or account.id, to=account.email.address, at=now))
            answer = PasskeyView.of(passkey)
            await uow.commit(answer=answer)
        return answer

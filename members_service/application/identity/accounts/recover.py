"""Let somebody choose a new PIN or a new password who has forgotten it, by a token that is mailed."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from members_service.application.identity.accounts.activate_account import PASSWORD_REFUSALS
from members_service.application.identity.accounts.ports import Owner, RecoveryTokens
from members_service.application.identity.passkeys.change_passkeys import remove_all
from members_service.application.identity.sign_in.ports import Cards
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import email_key
from members_service.domain.identity.account import Account
from members_service.domain.identity.attempts import GuessableSecret, SignInSource
from members_service.domain.identity.password import PasswordRules
from members_service.domain.identity.recovery import (
    NoPasswordToRecover,
    Recovery,
    RecoveryTokenInvalid,
    state_of,
)
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.warnings import account_changed, code_made
from members_service.domain.owner_check import TooManyAttempts
from members_service.domain.pin import InvalidPin, PinTooCommon, check_pin
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A claim to have forgotten PIN or password, made to a client that asks from `address`."""

    card_number: str
    email: str
    client_id: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class RecoveryOffered:
    """The token to choose a new PIN or a new password with at `/v1/auth/recover`. It is shown this once.

    Where the library sends notices of recoveries itself, the member gets it by mail, and it is not shown at all.
    """

    recovery_token: str | None
    recovery_expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Recoverable:
    """A member, locked, with the account that signs in with the address on record, if there is one."""

    member: Owner
    account: Account | None

    @property
    def state(self) -> bytes:
        email = None if self.member.email is None else self.member.email.key
        return state_of(email, self.member.pin_hash, None if self.account is None else self.account.password_hash)


async def _recoverable(member_id: UUID, uow: IdentityWork) -> _Recoverable | None:
    """Return what can be recovered; None for staff, whom an admin must help, and without an address."""
    try:
        member = await uow.members.get(member_id)
    except MemberNotFound:
        return None
    theirs = await uow.accounts.of_member(member.id)
    if member.email is None or any(one.does_more for one in theirs):
        return None
    here = (one for one in theirs if one.email.key == member.email.key and one.has_password_here)
    return _Recoverable(member, next(here, None))


@refuses(TooManyAttempts)
@dataclass(frozen=True, slots=True)
class Recover:
    """Make a one-time token for somebody who has forgotten PIN or password, to be sent to the address that was named.

    - The answer is always the same: a token that works once, for a day, at `/v1/auth/recover`. If this is not the
      address on record of the member whose card it is, or an account may do more than a member's, it works for nobody.
    - Whoever never had a password chooses a PIN with it all the same, also where the address is a family's.
    - Send it to `email` and show it to nobody. Until it is used, PIN and password go on working.
    - So many can be asked for a card, whoever it belongs to.
    """

    unit_of_work: IdentityWorkFactory
    cards: Cards
    throttle: SignInThrottle
    tokens: RecoveryTokens
    clock: Clock

    async def __call__(self, command: Forgotten, receipt: Receipt | None = None) -> RecoveryOffered:
        now = self.clock.now()
        await self.throttle.admit(GuessableSecret.of_recovery(command.card_number), now=now)
        card = await self.cards.pin_of(command.card_number)
        async with self.unit_of_work(receipt) as uow:
            found = None if card is None else await _recoverable(card[0], uow)
            if found is not None and found.member.email and found.member.email.key != email_key(command.email):
                found = None
            member_id, account = (None, None) if found is None else (found.member.id, found.account)
            recovery = Recovery.begin(member_id or new_id(), state_of() if found is None else found.state, now=now)
            mailed, token = await uow.mails(NoticeKind.RECOVERY), self.tokens.text_of(recovery)
            if mailed and found is not None and found.member.email is not None:
                to, until = found.member.email.address, recovery.expires_at
                uow.notify(code_made(found.member.id, NoticeKind.RECOVERY, token, to=to, at=now, until=until))
            answer = RecoveryOffered(None if mailed else token, recovery.expires_at)
            uow.audit.add(
                AuditRecord(
                    AuditAction.PASSWORD_RESET_OFFERED,
                    now,
                    by=command.client_id,
                    account_id=None if account is None else account.id,
                    member_id=member_id,
                    client_id=command.client_id,
                    address=command.address,
                )
            )
            await uow.commit(answer=answer)
        return answer


@dataclass(frozen=True, slots=True)
class NewSecrets:
    """The token from the mail, and the PIN or the password that its holder wants, or both."""

    recovery_token: str = field(repr=False)
    pin: str | None = field(repr=False)
    password: str | None = field(repr=False)
    address: str | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What signs in now: the card with its PIN, and `email` with the password if there is an account with one."""

    member_id: UUID
    email: str | None


@refuses(RecoveryTokenInvalid, NoPasswordToRecover, InvalidPin, PinTooCommon, TooManyAttempts, *PASSWORD_REFUSALS)
@dataclass(frozen=True, slots=True)
class UseRecovery:
    """Choose a new PIN for one's card, a new password, or both at once, with a token from the mail.

    - The token works once, for a day; it is void as well when the address, the PIN or the password has changed. From
      one address only so many can be tried.
    - A new password ends every session of the account and removes its passkeys; an account that never had one is
      activated by it. A card that was locked by wrong PINs is free again.
    - Who has no account of one's own, since the address is a family's, chooses a PIN alone.
    - What is refused leaves the token as it is.
    """

    unit_of_work: IdentityWorkFactory
    throttle: SignInThrottle
    tokens: RecoveryTokens
    passwords: Passwords
    pins: Passwords
    rules: PasswordRules
    clock: Clock

    async def __call__(self, command: NewSecrets, receipt: Receipt | None = None) -> Recovered:
        now, attempt = self.clock.now(), GuessableSecret.of_one_time_token(address=command.address)
        await self.throttle.admit(attempt, now=now)
        async with self.unit_of_work() as uow:
            found = await self._good(command, uow, now=now)
            if command.password is not None:
                self.rules.check(command.password, email=_with_password(found).email.address)
            await uow.attempts.give_back(attempt, now=now)
            await uow.commit()
        pin_hash = None if command.pin is None else await self.pins.hash(check_pin(command.pin))
        password_hash = None if command.password is None else await self.passwords.hash(command.password)
        async with self.unit_of_work(receipt) as uow:
            found = await self._good(command, uow, now=now)
            if pin_hash is not None:
                await self._set_pin(found.member, pin_hash, command, uow, now=now)
            if password_hash is not None:
                await self._set_password(_with_password(found), password_hash, command, uow, now=now)
            signs_in = found.account is not None and found.account.is_activated
            answer = Recovered(found.member.id, found.account.email.address if found.account and signs_in else None)
            await uow.commit(answer=answer)
        return answer

    async def _good(self, command: NewSecrets, uow: IdentityWork, *, now: datetime) -> _Recoverable:
        recovery = self.tokens.read(command.recovery_token)
        found = None if recovery is None else await _recoverable(recovery.member_id, uow)
        if recovery is None or found is None or not recovery.is_good(found.state, now=now):
            raise RecoveryTokenInvalid
        return found

    async def _set_pin(
        self, member: Owner, pin_hash: str, command: NewSecrets, uow: IdentityWork, *, now: datetime
    ) -> None:
        member.set_pin(pin_hash, by=str(member.id), now=now)
        await uow.attempts.forget_pins(member.id)
        by, address = str(member.id), command.address
        uow.audit.add(AuditRecord(AuditAction.PIN_CHANGED, now, by=by, member_id=member.id, address=address))

    async def _set_password(
        self, account: Account, password_hash: str, command: NewSecrets, uow: IdentityWork, *, now: datetime
    ) -> None:
        account.recover(password_hash)
        await remove_all(account, uow=uow)
        await uow.sessions.end_all(account.id, now=now)
        source = SignInSource.at(command.address, name=account.email.key, device=command.device)
        await uow.attempts.welcome(source, now=now)
        uow.audit.add(account.record(AuditAction.PASSWORD_CHANGED, now, by=str(account.id), address=command.address))
        uow.notify(account_changed(account.member_id or account.id, to=account.email.address, at=now))


def _with_password(found: _Recoverable) -> Account:
    if found.account is None:
        raise NoPasswordToRecover
    return found.account

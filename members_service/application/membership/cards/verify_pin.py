"""Prove at a machine to be the one on the card."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from members_service.application.membership.ports import MemberTokens, PinThrottle
from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.end_user_address import InvalidEndUserAddress
from members_service.domain.owner_check import PinLocked, TooManyAttempts
from members_service.domain.pin import TypedPin, WrongCardOrPin
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses

TOKEN_LASTS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class CardAndPin:
    """What was shown and typed, at which machine; its `address` is where the request comes from.

    `end_user` is the address of who typed it, where the machine says so.
    """

    card_number: str
    pin: str = field(repr=False)
    client_id: str
    address: str | None = None
    end_user: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedView:
    """Whose card and PIN these are, with a token of two minutes for this machine to act for the member."""

    member_id: UUID
    access_token: str
    expires_in: int


@refuses(WrongCardOrPin, InvalidEndUserAddress, PinLocked, TooManyAttempts)
@dataclass(frozen=True, slots=True)
class VerifyPin:
    """Say whose card and PIN these are, and give a token with which this machine may do what the member may.

    - A card that nobody has, one that was replaced, one without a PIN and a wrong PIN are refused alike, and as slowly.
    - So many tries are free for the cards of one member; then the PIN is locked (`pin-locked`) until one comes back, or
      a new PIN is set. Right ones are given back.
    - So many wrong ones are free for one end user, whose address the machine may name as `end_user_address`, and so
      many at one client: beyond these, only those cards wait there for which a wrong PIN was typed lately.
    - The token lasts two minutes and is no sign-in: it cannot be refreshed, and changes neither password nor address.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    pins: Passwords
    throttle: PinThrottle
    tokens: MemberTokens
    clock: Clock

    async def __call__(self, command: CardAndPin) -> VerifiedView:
        """Raise WrongCardOrPin, PinLocked or TooManyAttempts."""
        now, found = self.clock.now(), await self.members.pin_of(command.card_number)
        typed = TypedPin(found[0] if found else None, command.card_number, command.client_id, command.end_user)
        await self.throttle.admit_pin(typed, now=now)
        verdict = await self.pins.verify(command.pin, None if found is None else found[1])
        if found is None or not verdict.is_right:
            await self._note_failure(typed, command)
            raise WrongCardOrPin
        member_id, _ = found
        await self.throttle.note_right_pin(typed, now=now)
        if verdict.better_hash is not None:
            await self._keep(member_id, verdict.better_hash)
        token = self.tokens.issue_briefly(member_id, client_id=command.client_id, lasts=TOKEN_LASTS, now=now)
        return VerifiedView(member_id, token, int(TOKEN_LASTS.total_seconds()))

    async def _note_failure(self, typed: TypedPin, command: CardAndPin) -> None:
        client, now = command.client_id, self.clock.now()
        await self.throttle.note_wrong_pin(typed, now=now)
        async with self.unit_of_work() as uow:
            failed = AuditAction.PIN_FAILED
            uow.audit.add(
                AuditRecord(
                    failed,
                    now,
                    by=client,
                    member_id=typed.owner,
                    client_id=client,
                    address=command.end_user or command.address,
                )
            )
            await uow.commit()

    async def _keep(self, member_id: UUID, better_hash: str) -> None:
        async with self.unit_of_work() as uow:
            (await uow.members.get(member_id)).keep_better_pin_hash(better_hash)
            await uow.commit()

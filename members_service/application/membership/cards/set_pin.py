"""Give a card a PIN."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from members_service.application.membership.ports import PinThrottle
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.owner_check import PinLocked, SignInTooOld, TooManyAttempts
from members_service.domain.pin import InvalidPin, PinTooCommon, TypedPin, WrongPin, check_pin
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refusals_of, refuses


@dataclass(frozen=True, slots=True)
class NewPin:
    """Whose PIN, and which; `by` is who asks."""

    member_id: UUID
    pin: str = field(repr=False)
    by: str | None = None


@dataclass(frozen=True, slots=True)
class OwnPin:
    """The PIN of the member who asks, and the present one, if it is known; `own_session` is the sign-in that asks."""

    member_id: UUID
    pin: str = field(repr=False)
    current_pin: str | None = field(repr=False)
    by: str | None = None
    own_session: str = ""


@refuses(MemberNotFound, InvalidPin, PinTooCommon)
@dataclass(frozen=True, slots=True)
class SetPin:
    """Give a member's card another PIN, of 4 to 8 digits.

    None of the hundred that people use most, no repetition and no row of digits is taken. Whoever has tried too many
    wrong ones before need not wait any more. That it was done is in the history and in the audit trail.
    """

    unit_of_work: MembershipWorkFactory
    pins: Passwords
    clock: Clock

    async def __call__(self, command: NewPin) -> None:
        """Raise MemberNotFound, InvalidPin or PinTooCommon."""
        now, pin_hash = self.clock.now(), await self.pins.hash(check_pin(command.pin))
        async with self.unit_of_work() as uow:
            member = await uow.members.get(command.member_id)
            member.set_pin(pin_hash, by=command.by, now=now)
            await uow.accounts_of_members.forget_pins(member.id)
            uow.audit.add(AuditRecord(AuditAction.PIN_CHANGED, now, by=command.by, member_id=member.id))
            await uow.commit()


@refuses(*refusals_of(SetPin), WrongPin, SignInTooOld, PinLocked, TooManyAttempts)
@dataclass(frozen=True, slots=True)
class ChangeOwnPin:
    """Choose another PIN for one's own card.

    - Whoever has one already says it; tries are counted as at a machine.
    - Who has forgotten it signs in with the password, and leaves `current_pin` out within five minutes. One by card and
      PIN is not enough.
    - The first one is chosen within five minutes of a sign-in, too: whoever has only got hold of a token must not get a
      PIN, which goes on when the token is void.
    """

    set_pin: SetPin
    throttle: PinThrottle

    async def __call__(self, command: OwnPin) -> None:
        """Raise MemberNotFound, InvalidPin, PinTooCommon, WrongPin, SignInTooOld or PinLocked."""
        check_pin(command.pin)
        await self._expect_owner(command)
        await self.set_pin(NewPin(command.member_id, command.pin, command.by))

    async def _expect_owner(self, command: OwnPin) -> None:
        async with self.set_pin.unit_of_work() as uow:
            member = await uow.members.get(command.member_id)
            pin_hash, card = member.pin_hash, member.card.number
        now = self.set_pin.clock.now()
        if pin_hash is None:
            if not await self._has_just_signed_in(command.own_session, now=now):
                raise SignInTooOld
            return
        if command.current_pin is None and await self._has_just_signed_in(command.own_session, now=now):
            return
        typed = TypedPin(command.member_id, card)
        await self.throttle.admit_pin(typed, now=now)
        if not (await self.set_pin.pins.verify(command.current_pin or "", pin_hash)).is_right:
            raise WrongPin
        await self.throttle.note_right_pin(typed, now=now)

    async def _has_just_signed_in(self, own_session: str, *, now: datetime) -> bool:
        async with self.set_pin.unit_of_work() as uow:
            return bool(own_session) and await uow.accounts_of_members.signed_in_just_now(own_session, now=now)

"""Prove at a machine to be the one on the card."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from members_service.application.membership.ports import MemberTokens, OpensMembership
from members_service.application.membership.views import MemberViews
from members_service.application.passwords_and_pins import Passwords, PinThrottle
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.owner_check import TooManyAttempts
from members_service.domain.pin import WrongCardOrPin
from shared.kernel.clock import Clock

TOKEN_LASTS = timedelta(minutes=2)
REFUSALS = (WrongCardOrPin, TooManyAttempts)


@dataclass(frozen=True, slots=True)
class CardAndPin:
    """What was shown and typed, at which machine; its `address` is where the request comes from."""

    card_number: str
    pin: str = field(repr=False)
    client_id: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedView:
    """Whose card and PIN these are, with a token of two minutes for this machine to act for the member."""

    member_id: UUID
    access_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class VerifyPin:
    """Say whose card and PIN these are, and give a token with which this machine may do what the member may.

    - A card that nobody has, one that was replaced, one without a PIN and a wrong PIN are refused alike, and as slowly.
    - So many tries are free for one card, and so many wrong ones for one machine; right ones are given back.
    - The token lasts two minutes and is no sign-in: it cannot be refreshed, and changes neither password nor address.
    """

    unit_of_work: OpensMembership
    members: MemberViews
    pins: Passwords
    throttle: PinThrottle
    tokens: MemberTokens
    clock: Clock

    async def __call__(self, command: CardAndPin) -> VerifiedView:
        """Raise WrongCardOrPin or TooManyAttempts."""
        now = self.clock.now()
        await self.throttle.admit_pin(command.card_number, client=command.client_id, now=now)
        known = await self.members.pin_of(command.card_number)
        verdict = await self.pins.verify(command.pin, None if known is None else known[1])
        if known is None or not verdict.is_right:
            await self._note_failure(None if known is None else known[0], command)
            raise WrongCardOrPin
        member_id, _ = known
        await self.throttle.give_pin_back(command.card_number, now=now)
        if verdict.better_hash is not None:
            await self._keep(member_id, verdict.better_hash)
        token = self.tokens.issue_briefly(member_id, client_id=command.client_id, lasts=TOKEN_LASTS, now=now)
        return VerifiedView(member_id, token, int(TOKEN_LASTS.total_seconds()))

    async def _note_failure(self, member_id: UUID | None, command: CardAndPin) -> None:
        client, now = command.client_id, self.clock.now()
        await self.throttle.note_wrong_pin(client=client, now=now)
        async with self.unit_of_work() as uow:
            failed = AuditAction.PIN_FAILED
            uow.audit.add(
                AuditRecord(failed, now, by=client, member_id=member_id, client_id=client, address=command.address)
            )
            await uow.commit()

    async def _keep(self, member_id: UUID, better_hash: str) -> None:
        async with self.unit_of_work() as uow:
            (await uow.members.get(member_id)).keep_better_pin_hash(better_hash)
            await uow.commit()

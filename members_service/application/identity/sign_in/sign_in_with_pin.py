"""Sign a member in with card number and PIN, by software that was registered for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from members_service.application.identity.sessions.ports import AccessTokens, Bearer
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.sign_in.ports import Cards
from members_service.application.identity.sign_in.verify_credentials import Credentials
from members_service.application.identity.work import IdentityWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.account import WrongCredentials
from members_service.domain.identity.roles import OWN, Role
from members_service.domain.identity.session import granted
from members_service.domain.pin import TypedPin
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class SignInWithPin:
    """Issue a token with which this client may do what a member may, whatever other roles the person has.

    - An unknown card, one without a PIN and a wrong PIN are refused alike, and as slowly.
    - There is no session and no refresh token: a PIN is too short for that, and the software can come back with it.
    """

    unit_of_work: IdentityWorkFactory
    cards: Cards
    pins: Passwords
    throttle: SignInThrottle
    tokens: AccessTokens
    clock: Clock

    async def __call__(self, credentials: Credentials) -> IssuedTokens:
        now, card, client_id = self.clock.now(), credentials.username, credentials.client_id
        found = await self.cards.pin_of(card)
        typed = TypedPin(found[0] if found else None, card, client_id, credentials.end_user)
        await self.throttle.admit_pin(typed, now=now)
        verdict = await self.pins.verify(credentials.password, None if found is None else found[1])
        if found is None or not verdict.is_right:
            await self.throttle.note_wrong_pin(typed, now=now)
            await self._note(AuditAction.PIN_FAILED, credentials, typed.owner, now=now)
            raise WrongCredentials
        await self.throttle.note_right_pin(typed, now=now)
        member_id, scopes = found[0], granted(OWN, credentials.scopes)
        bearer = Bearer(str(member_id), client_id, scopes, (str(Role.MEMBER),), member_id, methods=("pin",))
        await self._note(AuditAction.SIGNED_IN, credentials, member_id, now=now)
        return IssuedTokens.of(bearer, self.tokens.issue(bearer, now=now))

    async def _note(
        self, action: AuditAction, credentials: Credentials, member_id: UUID | None, *, now: datetime
    ) -> None:
        client_id, address = credentials.client_id, credentials.address
        async with self.unit_of_work() as uow:
            uow.audit.add(
                AuditRecord(action, now, by=client_id, member_id=member_id, client_id=client_id, address=address)
            )
            await uow.commit()

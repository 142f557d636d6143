"""Send a browser to an identity provider."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from members_service.application.identity.providers.change_providers import provider_of
from members_service.application.identity.providers.ports import Providers, SealedNotes
from members_service.application.identity.work import IdentityWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.identity_provider import (
    InvalidIssuer,
    ProviderFailed,
    ProviderNotFound,
    ProviderSlow,
)
from members_service.domain.identity.journey import JOURNEY_LASTS, Journey
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class Destination:
    """Which provider, with what request of a client (`fields`), and where the provider sends the browser back to.

    `asks_anew`: the password is to be typed there again.
    """

    code: str
    redirect_uri: str
    fields: Mapping[str, str]
    asks_anew: bool = False


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and the sealed note that it keeps until it comes back with this `state`."""

    address: str
    state: str
    note: str


@refuses(ProviderNotFound, InvalidIssuer, ProviderFailed, ProviderSlow)
@dataclass(frozen=True, slots=True)
class SetOut:
    """Begin a sign-in at a provider, with PKCE, a nonce and a state of its own."""

    unit_of_work: IdentityWorkFactory
    providers: Providers
    notes: SealedNotes
    secret_generator: SecretGenerator
    clock: Clock

    async def __call__(self, to: Destination, *, trial: bool = False) -> Departure:
        async with self.unit_of_work() as uow:
            provider = await provider_of(uow, to.code)
        if not provider.enabled and not trial:
            raise ProviderNotFound
        secret, until = self.secret_generator.secret, self.clock.now() + JOURNEY_LASTS
        journey = Journey(
            provider.id, secret(), secret(), secret(), until, to.fields, asks_anew=to.asks_anew, trial=trial
        )
        note = self.notes.seal_journey(journey)
        if trial:  # it signs nobody in, so nothing has to bind it to the browser in which it was begun
            journey = replace(journey, state=note)
        address = await self.providers.address_for(provider, journey, redirect_uri=to.redirect_uri)
        return Departure(address, journey.state, note)


@refuses(ProviderNotFound, InvalidIssuer, ProviderFailed, ProviderSlow)
@dataclass(frozen=True, slots=True)
class TryProvider:
    """Begin a dry sign-in at an identity provider, which signs nobody in and changes nothing.

    - Open the address in a browser and sign in there. The page after it shows which claims came, and what would follow.
    - It works for ten minutes, and for a provider that is not enabled yet.
    """

    set_out: SetOut

    async def __call__(self, to: Destination) -> str:
        return (await self.set_out(to, trial=True)).address

"""Find out which client a request comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from members_service.application.identity.sign_in.ports import Assertions
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.attempts import GuessableSecret
from members_service.domain.identity.client import FIRST_PARTY, Client, PublicClient, ServiceClient, UnknownClient
from members_service.persistence.identity.attempts import SignInThrottle
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The client that a request names, and its secret; an empty one: none."""

    client_id: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class PresentedClient:
    """What a request brings to prove its client; `readings` are the ways in which its credentials can be read.

    An `assertion` is signed by the client for one of `audiences`, the names of this service.
    """

    readings: tuple[ClientCredentials, ...]
    assertion: str | None = None
    audiences: frozenset[str] = frozenset()
    address: str | None = None


@dataclass(frozen=True, slots=True)
class IdentifyClient:
    """Return the client whose credentials these are.

    A request without any comes from the library's own software. A registered client needs its secret, or an assertion
    that it signed. Raises UnknownClient or TooManyAttempts.

    - Secrets are counted for each client and address before they are looked at, and right ones are given back: who has
      tried too many from an address gets none right from there, and nobody is locked out anywhere else.
    - Whatever was wrong counts for the network, too, like a wrong password.
    - A signature cannot be guessed: a right one is never refused for the sake of wrong ones.
    """

    unit_of_work: IdentityWorkFactory
    clients: Mapping[str, ServiceClient]
    public_clients: Mapping[str, PublicClient]
    assertions: Assertions
    throttle: SignInThrottle
    clock: Clock

    async def __call__(self, presented: PresentedClient) -> Client:
        now, readings, assertion = self.clock.now(), presented.readings, presented.assertion
        if assertion is not None:
            proved = await self.assertions.client_of(assertion, audiences=presented.audiences)
            if proved is not None and proved in self.clients and {one.client_id for one in readings} <= {proved}:
                return Client(proved, self.clients[proved])
            readings = readings or (ClientCredentials("?"),)
        elif not readings:
            return Client(FIRST_PARTY)
        guessed = {reading.client_id for reading in readings if reading.secret or assertion is None}
        names = sorted(guessed & self.clients.keys())
        attempts = [GuessableSecret.of_client_secret(name, address=presented.address) for name in names]
        for attempt in attempts:
            await self.throttle.admit(attempt, now=now)
        for reading in readings:
            service = self.clients.get(reading.client_id)
            if service is not None and service.knows(reading.secret):
                await self._give_back(attempts, now=now)
                return Client(service.client_id, service)
            if service is None and assertion is None and self._is_public(reading):
                return Client(reading.client_id, public=self.public_clients.get(reading.client_id))
        registered = next((reading.client_id for reading in readings if reading.client_id in self.clients), None)
        await self._count_wrong(registered, presented.address, now=now)
        raise UnknownClient

    def _is_public(self, reading: ClientCredentials) -> bool:
        named = reading.client_id == FIRST_PARTY or reading.client_id in self.public_clients
        return named and not reading.secret

    async def _count_wrong(self, client_id: str | None, address: str | None, *, now: datetime) -> None:
        await self.throttle.admit(GuessableSecret.from_network(address), now=now)
        async with self.unit_of_work() as uow:
            uow.audit.add(AuditRecord(AuditAction.SIGN_IN_FAILED, now, client_id=client_id, address=address))
            await uow.commit()

    async def _give_back(self, attempts: Iterable[GuessableSecret], *, now: datetime) -> None:
        async with self.unit_of_work() as uow:
            for attempt in attempts:
                await uow.attempts.give_back(attempt, now=now)
            await uow.commit()

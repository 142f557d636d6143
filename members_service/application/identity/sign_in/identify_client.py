"""Find out which client a request comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from members_service.application.identity.sign_in.ports import Assertions, SignInThrottle
from members_service.application.identity.work import IdentityWork
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.attempts import Guess
from members_service.domain.identity.client import FIRST_PARTY, Client, PublicClient, ServiceClient, UnknownClient
from shared.kernel.clock import Clock

__all__ = ["Client", "ClientAssertion", "ClientCredentials", "identify_client"]


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a request says of its client. An empty secret is none."""

    client_id: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """What a client has signed to prove who it is, for one of `audiences`: the names that we go by."""

    text: str
    audiences: frozenset[str]


async def identify_client(
    readings: Sequence[ClientCredentials],
    *,
    assertion: ClientAssertion | None = None,
    assertions: Assertions,
    clients: Mapping[str, ServiceClient],
    public_clients: Mapping[str, PublicClient],
    uow: IdentityWork,
    throttle: SignInThrottle,
    clock: Clock,
    address: str | None,
) -> Client:
    """Return the client whose credentials these are; `readings` are the ways in which they can be read.

    A request without any comes from the library's own software. A registered client needs its secret, or an assertion
    that it signed. Raises UnknownClient or TooManyAttempts.

    - Secrets are counted for each client and address before they are looked at, and right ones are given back: who has
      tried too many from an address gets none right from there, and nobody is locked out anywhere else.
    - Whatever was wrong counts for the network, too, like a wrong password.
    - A signature cannot be guessed: a right one is never refused for the sake of wrong ones.
    """
    now = clock.now()
    named = {reading.client_id for reading in readings}
    if assertion is not None:
        proved = await assertions.client_of(assertion.text, audiences=assertion.audiences)
        if proved is not None and proved in clients and named <= {proved}:
            return Client(clients[proved].client_id, clients[proved])
        readings = readings or (ClientCredentials("?"),)
    elif not readings:
        return Client(FIRST_PARTY)
    guessed = {reading.client_id for reading in readings if reading.secret or assertion is None}
    guesses = [Guess.of_client_secret(name, address=address) for name in sorted(guessed & clients.keys())]
    for guess in guesses:
        await throttle.admit(guess, now=now)
    for reading in readings:
        service = clients.get(reading.client_id)
        if service is not None and service.knows(reading.secret):
            await _give_back(guesses, uow=uow, now=now)
            return Client(service.client_id, service)
        is_public = reading.client_id == FIRST_PARTY or reading.client_id in public_clients
        if service is None and is_public and not reading.secret and assertion is None:
            return Client(reading.client_id)
    known = next((reading.client_id for reading in readings if reading.client_id in clients), None)
    await _count_wrong(known, address, uow=uow, throttle=throttle, now=now)
    raise UnknownClient


async def _count_wrong(
    client_id: str | None, address: str | None, *, uow: IdentityWork, throttle: SignInThrottle, now: datetime
) -> None:
    await throttle.admit(Guess.from_network(address), now=now)
    async with uow:
        uow.audit.add(AuditRecord(AuditAction.SIGN_IN_FAILED, now, client_id=client_id, address=address))
        await uow.commit()


async def _give_back(guesses: Iterable[Guess], *, uow: IdentityWork, now: datetime) -> None:
    async with uow:
        for guess in guesses:
            await uow.attempts.give_back(guess, now=now)
        await uow.commit()

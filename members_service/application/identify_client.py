"""Find out which client a request comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from members_service.application.ports import Assertions, Turnstile, UnitOfWork
from members_service.domain.attempts import Visitor
from members_service.domain.audit import AuditRecord, Deed
from members_service.domain.client import FIRST_PARTY, Client, PublicClient, ServiceClient, UnknownClient
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
    uow: UnitOfWork,
    turnstile: Turnstile,
    clock: Clock,
    address: str | None,
) -> Client:
    """Return the client whose credentials these are; `readings` are the ways in which they can be read.

    A request without any comes from the library's own software. A registered client needs its secret, or an assertion
    that it signed; wrong ones are counted like wrong passwords, and a right one is never refused for their sake. Raises
    UnknownClient or TooManyAttempts.
    """
    named = {reading.client_id for reading in readings}
    if assertion is not None:
        proved = await assertions.client_of(assertion.text, audiences=assertion.audiences)
        if proved is not None and proved in clients and named <= {proved}:
            return Client(clients[proved].client_id, clients[proved])
        readings = readings or (ClientCredentials("?"),)
    elif not readings:
        return Client(FIRST_PARTY)
    for reading in readings:
        service = clients.get(reading.client_id)
        if service is not None and service.knows(reading.secret):
            return Client(service.client_id, service)
        is_public = reading.client_id == FIRST_PARTY or reading.client_id in public_clients
        if service is None and is_public and not reading.secret and assertion is None:
            return Client(reading.client_id)
    now = clock.now()
    await turnstile.admit(Visitor.at(address, name=f"client {readings[0].client_id}"), now=now)
    known = next((reading.client_id for reading in readings if reading.client_id in clients), None)
    async with uow:
        uow.audit.add(AuditRecord(Deed.SIGN_IN_FAILED, now, client_id=known, address=address))
        await uow.commit()
    raise UnknownClient

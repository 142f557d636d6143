"""The frame of a service: the wiring that all have in common, from a description of what differs.

A service describes itself once (`Service`) in its wiring/, which also creates its ports. From these its main.py builds
the web application (web.py here), and its worker.py the background side (worker.py); each passes in what is its own.
Nothing is registered or discovered, and nothing connects before the application or the worker starts.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared.kernel.clock import Clock
from shared.kernel.cube import Atom
from shared.kernel.rights import Right
from shared.messaging.asyncapi import Schema
from shared.persistence.cube.answering import AnswerFigures
from shared.persistence.cube.recounting import Records, Recount
from shared.persistence.database import Database
from shared.persistence.migrating.app_role import Rights, grant
from shared.persistence.work import PlumbingTables
from shared.service.settings import OwnSettings

RELEASE = "0.1.0"
"""The version of all services, which are released together; `deploy/version.sh` changes it with package and chart."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a service counts, the right to ask for figures, and the right to see persons, who may see the smallest.

    `records` returns the records with which the cube is compared.
    """

    atoms: tuple[Atom, ...]
    right: Right
    sees_persons: Right
    records: Callable[[OwnSettings], tuple[Records, ...]] = lambda _: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service. Its `name` is used in metrics and logs, and is the prefix of its event types.

    `package` holds its migrations. `map_model` maps its model to the database, and is idempotent. `tables` are the ones
    that every service has, and `rights` are those of the role that serves.

    `counts` is what it counts, and for whom; None: nothing.

    `publishes` and `reads` are the schemas of events by type; those in `must_arrive` wait in the outbox until they have
    a queue.
    """

    name: str
    package: str
    version: str = RELEASE
    map_model: Callable[[], None] = lambda: None
    tables: PlumbingTables
    rights: Rights
    counts: Counted | None = None
    publishes: Mapping[str, Schema]
    reads: Mapping[str, Schema]
    must_arrive: frozenset[str] = frozenset()


def database_of(service: Service, settings: OwnSettings) -> Database:
    """Return the service's own database, not yet connected."""
    service.map_model()
    size, authorities, direct = settings.database_pool_size, settings.tls_ca_file, settings.database_direct_url
    return Database(settings.database_url, pool_size=size, name=service.name, ca_file=authorities, direct_url=direct)


def answers_of(service: Service, database: Database, clock: Clock) -> AnswerFigures:
    """Return what answers questions about the figures of a service that counts something."""
    counted = service.counts
    if counted is None:
        raise ValueError(f"{service.name} counts nothing")
    atoms = {atom.name: atom for atom in counted.atoms}
    return AnswerFigures(database, service.tables.cube, atoms, clock, counted.right, counted.sees_persons)


def recount_of(service: Service, settings: OwnSettings, database: Database, clock: Clock) -> Recount | None:
    """Return what compares the cube of a service with its records, if it counts anything."""
    if service.counts is None:
        return None
    records = service.counts.records(settings)
    return Recount(database, service.tables.outbox, service.tables.cube, service.counts.atoms, clock, records)


@asynccontextmanager
async def opened_database(service: Service, settings: OwnSettings) -> AsyncIterator[Database]:
    """Open the service's own database inside the block."""
    database = database_of(service, settings)
    try:
        yield database
    finally:
        await database.dispose()


async def grant_rights(service: Service, settings: OwnSettings, connection: AsyncConnection) -> None:
    """Grant the role that serves its rights; the last step of each migration."""
    await grant(connection, settings.database_app_role, service.rights)

"""The frame of a service: what is wired alike in every one of them, from a description of what differs.

A service describes itself once (`Service`) in its wiring/, where its ports are made, too. Of them its main.py makes the
web application (see web.py here), and its worker.py the background side (see worker.py); each hands in what is its own.
Nothing here is looked up, registered or guessed; nothing connects before the application or the worker starts.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.asyncapi import Schema
from shared.persistence.database import Database
from shared.persistence.migrating.app_role import Rights, grant
from shared.persistence.work import PlumbingTables
from shared.service.settings import OwnSettings

RELEASE = "0.1.0"
"""Of all services, which are released together; `deploy/version.sh` changes it with those of package and chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a service is. Its `name` stands in metrics and logs, and before the type of each of its events.

    `package` holds its migrations. `map_model` makes its model ready for the database, however often it is called.
    `tables` are those that every service has, and `rights` what the role that serves may do.

    `publishes` and `reads` are the schemas of events by their type; those that `must_arrive` wait until somebody
    listens.
    """

    name: str
    package: str
    version: str = RELEASE
    map_model: Callable[[], None] = lambda: None
    tables: PlumbingTables
    rights: Rights
    publishes: Mapping[str, Schema]
    reads: Mapping[str, Schema]
    must_arrive: frozenset[str] = frozenset()


def database_of(service: Service, settings: OwnSettings) -> Database:
    """Return the service's own database, not yet connected."""
    service.map_model()
    size, authorities, direct = settings.database_pool_size, settings.tls_ca_file, settings.database_direct_url
    return Database(settings.database_url, pool_size=size, name=service.name, ca_file=authorities, direct_url=direct)


@asynccontextmanager
async def opened_database(service: Service, settings: OwnSettings) -> AsyncIterator[Database]:
    """Give the service's own database for as long as something is done with it."""
    database = database_of(service, settings)
    try:
        yield database
    finally:
        await database.dispose()


async def grant_rights(service: Service, settings: OwnSettings, connection: AsyncConnection) -> None:
    """Grant the role that serves what it needs; the last step of each migration."""
    await grant(connection, settings.database_app_role, service.rights)

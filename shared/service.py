"""The frame of a service: what is wired alike in every one of them, from a description of what differs.

A service's main.py describes it once (`Service`), makes its ports, and calls these functions with what is its own.
Nothing here is looked up, registered or guessed; nothing connects before the application or the worker starts.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.configuration import ServiceSettings
from shared.kernel.clock import Clock
from shared.messaging.asyncapi import Schema, asyncapi_document
from shared.messaging.bus import Bus, Listener
from shared.messaging.housekeeping import EVERY, housekeeping
from shared.messaging.relay import OutboxRelay
from shared.messaging.worker import BackgroundWorker, Job
from shared.outgoing_http import NeighbourClient, TokenIssuer
from shared.persistence.cursor_keys import SqlCursorKey
from shared.persistence.database import Database
from shared.persistence.migrating.app_role import Rights, grant
from shared.persistence.migrating.schema import SchemaNotCurrent, expect_current
from shared.persistence.receipts import SqlReceipts
from shared.persistence.work import PlumbingTables
from shared.tasks import Supervisor, WakeUp, every, happens_within
from shared.tokens import KeyTable, TokenVerifier, Verifier
from shared.web.application import build_app
from shared.web.auth import AccessTable
from shared.web.errors import Schema as ExpectedSchema
from shared.web.health import Check

_PAUSE_BETWEEN_LOOKS = 2.0  # seconds, at a database that has not been migrated

Value = TypeVar("Value")

Act = Callable[[], Awaitable[object]]
"""Something to be done, now or every so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a service is. Its `name` stands in metrics and logs, and before the type of each of its events.

    `package` holds its migrations. `map_model` makes its model ready for the database, however often it is called.
    `tables` are those that every service has, and `rights` what the role that serves may do.

    The routes are found in the order of `routers`; `access` has a row for each, and `scopes` says in words what each
    scope of it allows. Clients that hold one of `service_scopes` are the library's own services. `body_limits` allows
    longer bodies at the addresses that are its keys, and below them.

    `publishes` and `reads` are the schemas of events by their type; those that `must_arrive` wait until somebody
    listens.
    """

    name: str
    package: str
    version: str
    title: str
    description: str
    map_model: Callable[[], None] = lambda: None
    tables: PlumbingTables
    rights: Rights
    routers: Sequence[APIRouter]
    access: AccessTable
    scopes: Mapping[str, str]
    tags: Sequence[Mapping[str, Any]]
    publishes: Mapping[str, Schema]
    reads: Mapping[str, Schema]
    must_arrive: frozenset[str] = frozenset()
    service_scopes: Collection[str] = ()
    body_limits: Mapping[str, int] = field(default_factory=dict[str, int])


class DatabaseSettings(Protocol):
    """How the settings of each service say where its database is."""

    @property
    def database_url(self) -> str: ...
    @property
    def database_direct_url(self) -> str | None: ...
    @property
    def database_pool_size(self) -> int: ...
    @property
    def database_app_role(self) -> str | None: ...
    @property
    def tls_ca_file(self) -> Path | None: ...


def database_of(service: Service, settings: DatabaseSettings) -> Database:
    """Return the service's own database, not yet connected."""
    service.map_model()
    size, authorities, direct = settings.database_pool_size, settings.tls_ca_file, settings.database_direct_url
    return Database(settings.database_url, pool_size=size, name=service.name, ca_file=authorities, direct_url=direct)


@asynccontextmanager
async def opened_database(service: Service, settings: DatabaseSettings) -> AsyncIterator[Database]:
    """Give the service's own database for as long as something is done with it."""
    database = database_of(service, settings)
    try:
        yield database
    finally:
        await database.dispose()


async def grant_rights(service: Service, settings: DatabaseSettings, connection: AsyncConnection) -> None:
    """Grant the role that serves what it needs; the last step of each migration."""
    await grant(connection, settings.database_app_role, service.rights)


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """How a service checks tokens: with what, whether it can, and what it does for that while it answers."""

    verifier: Verifier
    readiness: tuple[Check, ...] = ()
    tasks: Mapping[str, Job] = field(default_factory=dict[str, Job])


def checked_with_issuer(
    neighbour: NeighbourClient, settings: ServiceSettings, *, keys: KeyTable | None, required: bool = True
) -> TokenCheck:
    """Check tokens with the keys of the service that issues them, and with what it has revoked.

    With `keys` nobody is asked for any. `required` tells that nothing at all can be answered without keys.
    """
    issuer = TokenIssuer(neighbour, settings.auth_jwks_url)
    verifier = TokenVerifier(keys or issuer.keys, issuer=settings.auth_issuer, revoked=issuer.revoked)
    if keys is not None:
        return TokenCheck(verifier)
    return TokenCheck(
        verifier,
        readiness=(Check("keys", issuer.keys.load, required=required),),
        tasks={"revocations": partial(issuer.follow, settings.auth_revocations_every)},
    )


def create_app(
    service: Service,
    settings: ServiceSettings,
    *,
    root_path: str,
    database: Database,
    tokens: TokenCheck,
    resources: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
    tasks: Mapping[str, Job] | None = None,
    receipt_secret: Callable[[], bytes] = bytes,
) -> FastAPI:
    """Return the application; the service adds its ports as `app.state.ports`.

    `resources` are opened before the first request, and closed after the last, as is the database. The `tasks` run
    between, and are started again if they fail. `receipt_secret` is the service's own part in what seals its receipts.
    """
    expect_schema = partial(expect_current, database, service.package)
    waiting: dict[str, Job] = {name: partial(_once_migrated, expect_schema, job) for name, job in (tasks or {}).items()}
    background = _together(tokens.tasks, waiting)
    return build_app(
        name=service.name,
        package=service.package,
        title=service.title,
        version=service.version,
        description=service.description,
        settings=settings,
        root_path=root_path,
        lifespan=lambda _: _lifespan(database, resources, background),
        verifier=tokens.verifier,
        receipts=SqlReceipts(database, service.tables.receipts, secret=receipt_secret),
        cursor_key=SqlCursorKey(database, service.tables.cursor_keys),
        readiness=(Check("database", database.ping), Check("schema", expect_schema), *tokens.readiness),
        routers=service.routers,
        access=service.access,
        scopes=service.scopes,
        asyncapi=lambda: asyncapi_document(
            title=service.title, version=service.version, publishes=service.publishes, reads=service.reads
        ),
        tags=service.tags,
        service_scopes=service.service_scopes,
        body_limits=service.body_limits,
        schema=ExpectedSchema(service.package, expect_schema),
    )


async def _once_migrated(expect_schema: Act, job: Job, stop: asyncio.Event) -> None:
    """Do the job once the database has been migrated: before, it could only fail."""
    while not stop.is_set():
        try:
            await expect_schema()
        except SchemaNotCurrent:
            await happens_within(stop, _PAUSE_BETWEEN_LOOKS)
        except Exception:  # noqa: BLE001 - a database that does not answer is for the job to deal with
            break
        else:
            break
    await job(stop)


@asynccontextmanager
async def _lifespan(
    database: Database, resources: Callable[[], AbstractAsyncContextManager[object]], tasks: Mapping[str, Job]
) -> AsyncIterator[None]:
    supervisor = Supervisor()
    try:
        async with resources():
            for name, job in tasks.items():
                supervisor.start(name, partial(job, supervisor.stopping))
            try:
                yield
            finally:
                await supervisor.stop()
    finally:
        await database.dispose()


class WorkerSettings(Protocol):
    """How the settings of each service say where the broker is."""

    @property
    def rabbitmq_url(self) -> str | None: ...
    @property
    def tls_ca_file(self) -> Path | None: ...


@dataclass(frozen=True, slots=True)
class TimedJob:
    """Work that is done at once, and then every so many `seconds`."""

    seconds: float
    work: Act


def create_worker(
    service: Service,
    settings: WorkerSettings,
    *,
    database: Database,
    clock: Clock,
    wake_up: WakeUp,
    bus: Bus | None = None,
    listeners: Mapping[str, Listener],
    tidy: Iterable[Act] = (),
    timed: Mapping[str, TimedJob] | None = None,
    jobs: Mapping[str, Job] | None = None,
    close: Act | None = None,
) -> BackgroundWorker:
    """Return the background side: the relay, the listeners, the hourly housekeeping, and the service's own jobs.

    `bus` is the broker's unless one is handed in. `tidy` is done in the round of housekeeping, after what every service
    tidies. The keys of `listeners`, `timed` and `jobs` are the names in metrics and logs. `close` is done at the end.
    """
    if bus is None:
        from shared.messaging.rabbit import RabbitBus  # noqa: PLC0415 - who only serves has no use for aio-pika

        bus = RabbitBus(settings.rabbitmq_url or "", ca_file=settings.tls_ca_file)
    relay = OutboxRelay(
        database,
        service.tables.outbox,
        bus.publisher(),
        source=f"/{service.name}",
        must_arrive=service.must_arrive,
        wake_up=wake_up,
    )
    rounds = (housekeeping(database, service.tables, clock), *tidy)
    repeated = _together({"housekeeping": TimedJob(EVERY, partial(_in_turn, rounds))}, timed or {})
    return BackgroundWorker(
        service=service.name,
        jobs=_together(
            {"relay": relay.run},
            {name: partial(bus.listen, listener) for name, listener in listeners.items()},
            {name: _repeated(name, job) for name, job in repeated.items()},
            jobs or {},
        ),
        close=partial(_in_turn, [*([close] if close else ()), database.dispose]),
        listeners=listeners,
    )


def _repeated(name: str, job: TimedJob) -> Job:
    return lambda stop: every(job.seconds, job.work, stop=stop, name=name)


async def _in_turn(acts: Sequence[Act]) -> None:
    for act in acts:
        await act()


def _together(*named: Mapping[str, Value]) -> dict[str, Value]:
    """Return all of them. Raises ValueError when two have the same name: one of them would never run."""
    found: dict[str, Value] = {}
    for some in named:
        if twice := sorted(found.keys() & some.keys()):
            raise ValueError(f"there is something named {twice[0]} already")
        found |= some
    return found

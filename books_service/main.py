"""Chooses and wires: which database, which file formats, which bus. Nothing connects before the application starts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.adapters.catalogue.book_messages import SCHEMAS
from books_service.adapters.catalogue.sql_history import SqlHistory
from books_service.adapters.catalogue.sql_views import SqlCatalogueViews
from books_service.adapters.exchange.file_spool import FileSpool
from books_service.adapters.exchange.record_formats import RECORD_READERS, RECORD_WRITERS
from books_service.adapters.exchange.sql_export import SqlBookRecords
from books_service.adapters.exchange.sql_imports import SqlImportFiles
from books_service.adapters.search.sql_search import SqlBookSearch
from books_service.adapters.sql_rights import RIGHTS
from books_service.adapters.sql_tables import map_model, plumbing
from books_service.adapters.sql_unit_of_work import SqlUnitOfWork
from books_service.adapters.stock.sql_circulation import SqlCirculationViews
from books_service.api.access import ACCESS, SCOPES, SERVICE_SCOPES
from books_service.api.catalogue import book_lists, books
from books_service.api.exchange import exports, imports
from books_service.api.stock import availability, branches, copies, stock
from books_service.application.exchange.forget_imports import forget_imports
from books_service.application.exchange.run_import import run_import
from books_service.application.ports import Ports, UnitOfWork
from books_service.listeners import loan_events
from books_service.settings import Settings
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.receipts import Receipt
from shared.messaging.asyncapi import asyncapi_document
from shared.messaging.bus import Bus
from shared.messaging.housekeeping import EVERY, housekeeping
from shared.messaging.rabbit import RabbitBus
from shared.messaging.relay import OutboxRelay
from shared.messaging.worker import BackgroundWorker, Job
from shared.outgoing_http import TokenIssuer, neighbour_client
from shared.persistence.app_role import grant
from shared.persistence.cursor_keys import SqlCursorKey
from shared.persistence.database import Database
from shared.persistence.migrations import expect_current
from shared.persistence.receipts import SqlReceipts
from shared.tasks import Supervisor, WakeUp, every, happens_within
from shared.tokens import KeyTable, TokenVerifier
from shared.web.health import Check
from shared.web.service import build_app

PACKAGE = "books_service"
VERSION = "0.1.0"
TITLE = "Books"
DESCRIPTION = """What the library owns, and whether a copy may be lent.

A *book* is a title in the catalogue; a *copy* is one physical thing with a barcode. Everybody may read the catalogue.
Where a copy is at present is circulation's knowledge: it is shown here, and lags by milliseconds.
"""
_LOOKS_FOR_IMPORTS_EVERY = 0.5  # seconds

_TAGS = (
    {"name": "books", "description": "Titles of the catalogue."},
    {"name": "copies", "description": "Physical copies, their status, and whether they may be lent."},
    {"name": "branches", "description": "The places where copies are at home."},
    {"name": "imports", "description": "Whole files of books."},
    {"name": "exports", "description": "The catalogue as a file."},
)

_ROUTERS = (
    book_lists.router,
    books.router,
    stock.router,
    availability.router,  # before the route that takes any word for the id of a copy
    copies.router,
    branches.router,
    imports.router,
    exports.router,
)


def database_of(settings: Settings) -> Database:
    """Return the service's own database, not yet connected."""
    map_model()
    return Database(
        settings.database_url, pool_size=settings.database_pool_size, name="books", ca_file=settings.tls_ca_file
    )


async def finish_migration(settings: Settings, connection: AsyncConnection) -> None:
    """Grant the role that serves what it needs; the last step of each migration."""
    await grant(connection, settings.database_app_role, RIGHTS)


def ports_of(settings: Settings, database: Database, *, clock: Clock, wake_up: WakeUp) -> Ports:
    """Return everything that the use cases need."""

    def unit_of_work(receipt: Receipt | None) -> UnitOfWork:
        return SqlUnitOfWork(database, clock=clock, receipt=receipt, on_commit=wake_up.notify)

    return Ports(
        unit_of_work=unit_of_work,
        views=SqlCatalogueViews(database),
        searches=SqlBookSearch(database),
        history=SqlHistory(database),
        circulation=SqlCirculationViews(database),
        clock=clock,
        readers=RECORD_READERS,
        writers=RECORD_WRITERS,
        records=SqlBookRecords(database),
        files=SqlImportFiles(database),
        spool=lambda: FileSpool(settings.spool_folder),
        timezone=settings.library_timezone,
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Ports]:
    """Give the use cases everything they need outside of the web: for commands, and for demo data."""
    database = database_of(settings)
    try:
        yield ports_of(settings, database, clock=SystemClock(), wake_up=WakeUp())
    finally:
        await database.dispose()


def create_app(
    settings: Settings, *, wake_up: WakeUp | None = None, keys: KeyTable | None = None, clock: Clock | None = None
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit.

    Where there is no broker there may be no worker either: then the application works on imports itself.
    """
    database = database_of(settings)
    members = neighbour_client(
        base_url=settings.members_url, neighbour="members", service="books", ca_file=settings.tls_ca_file
    )
    issuer = TokenIssuer(members, settings.auth_jwks_url)
    ports = ports_of(settings, database, clock=clock or SystemClock(), wake_up=wake_up or WakeUp())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        supervisor = Supervisor()
        if keys is None:
            supervisor.start("revocations", lambda: issuer.follow(settings.auth_revocations_every, supervisor.stopping))
        if settings.rabbitmq_url is None:
            supervisor.start("imports", lambda: work_on_imports(ports, supervisor.stopping))
        try:
            yield
        finally:
            await supervisor.stop()
            await members.aclose()
            await database.dispose()

    app = build_app(
        name="books",
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        settings=settings,
        root_path=settings.root_path,
        lifespan=lifespan,
        verifier=TokenVerifier(keys or issuer.keys, issuer=settings.auth_issuer, revoked=issuer.revoked),
        receipts=SqlReceipts(database, plumbing.receipts),
        cursor_key=SqlCursorKey(database, plumbing.cursor_keys),
        readiness=(
            Check("database", database.ping),
            Check("schema", lambda: expect_current(database, PACKAGE)),
            *(() if keys else (Check("keys", issuer.keys.load, required=False),)),
        ),
        routers=_ROUTERS,
        access=ACCESS,
        scopes=SCOPES,
        service_scopes=SERVICE_SCOPES,
        asyncapi=asyncapi_document(title=TITLE, version=VERSION, publishes=SCHEMAS, reads=loan_events.SCHEMAS),
        tags=_TAGS,
        body_limits={"/v1/imports": imports.MOST_BYTES},
    )
    app.state.ports = ports
    return app


async def work_on_imports(ports: Ports, stop: asyncio.Event) -> None:
    """Work on the imports that come, until `stop` is set."""
    while not stop.is_set():
        found = await run_import(
            unit_of_work=lambda: ports.unit_of_work(None), files=ports.files, readers=ports.readers, clock=ports.clock
        )
        if not found:
            await happens_within(stop, _LOOKS_FOR_IMPORTS_EVERY)


def create_worker(settings: Settings, *, bus: Bus | None = None, wake_up: WakeUp | None = None) -> BackgroundWorker:
    """Return the background side: relay, listener, the hourly tidying, and imports unless the application does them.

    `bus` is the broker's unless one is handed in.
    """
    database = database_of(settings)
    carrier = bus or RabbitBus(settings.rabbitmq_url or "", ca_file=settings.tls_ca_file)
    wake_up = wake_up or WakeUp()
    ports = ports_of(settings, database, clock=SystemClock(), wake_up=wake_up)
    relay = OutboxRelay(database, plumbing.outbox, carrier.publisher(), source="/books", wake_up=wake_up)
    listener = loan_events.availability_listener(ports.unit_of_work)
    tidy_plumbing = housekeeping(database, plumbing, ports.clock)

    async def tidy() -> None:
        await tidy_plumbing()
        kept_for = timedelta(days=settings.imports_kept_days)
        await forget_imports(unit_of_work=lambda: ports.unit_of_work(None), clock=ports.clock, kept_for=kept_for)

    jobs: dict[str, Job] = {
        "relay": relay.run,
        "availability": lambda stop: carrier.listen(listener, stop),
        "housekeeping": lambda stop: every(EVERY, tidy, stop=stop, name="housekeeping"),
    }
    if settings.rabbitmq_url is not None:
        jobs["imports"] = lambda stop: work_on_imports(ports, stop)
    return BackgroundWorker(service="books", jobs=jobs, close=database.dispose)

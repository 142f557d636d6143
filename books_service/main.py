"""Chooses and wires: which database, which file formats, which bus. Nothing connects before the application starts."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI

from books_service.adapters.catalogue.book_messages import SCHEMAS
from books_service.adapters.catalogue.sql_history import SqlHistory
from books_service.adapters.catalogue.sql_views import SqlCatalogueViews
from books_service.adapters.exchange.file_spool import FileSpool
from books_service.adapters.exchange.import_worker import work_on_imports
from books_service.adapters.exchange.record_formats import RECORD_READERS, RECORD_WRITERS
from books_service.adapters.exchange.sql_export import SqlBookRecords
from books_service.adapters.exchange.sql_imports import SqlImportFiles
from books_service.adapters.search.sql_search import SqlBookSearch
from books_service.adapters.sql_rights import RIGHTS
from books_service.adapters.sql_tables import map_model, plumbing
from books_service.adapters.sql_unit_of_work import SqlUnitOfWork
from books_service.adapters.stock.sql_circulation import SqlCirculationViews
from books_service.adapters.stock.sql_lendable_copies import SqlLendableCopies
from books_service.api.access import ACCESS, SCOPES, SERVICE_SCOPES
from books_service.api.routes import BODY_LIMITS, DESCRIPTION, ROUTERS, TAGS, TITLE
from books_service.application.exchange.forget_imports import forget_imports
from books_service.application.ports import Ports, UnitOfWork
from books_service.listeners import loan_events
from books_service.settings import Settings
from shared import service
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.receipts import Receipt
from shared.messaging.bus import Bus
from shared.messaging.worker import BackgroundWorker
from shared.outgoing_http import neighbour_client
from shared.persistence.database import Database
from shared.service import Service
from shared.tasks import WakeUp
from shared.tokens import KeyTable

SERVICE = Service(
    name="books",
    package="books_service",
    version="0.1.0",
    title=TITLE,
    description=DESCRIPTION,
    map_model=map_model,
    tables=plumbing,
    rights=RIGHTS,
    routers=ROUTERS,
    access=ACCESS,
    scopes=SCOPES,
    service_scopes=SERVICE_SCOPES,
    tags=TAGS,
    body_limits=BODY_LIMITS,
    publishes=SCHEMAS,
    reads=loan_events.SCHEMAS,
)

database_of = partial(service.database_of, SERVICE)
finish_migration = partial(service.grant_rights, SERVICE)


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
    async with service.opened_database(SERVICE, settings) as database:
        yield ports_of(settings, database, clock=SystemClock(), wake_up=WakeUp())


def create_app(
    settings: Settings, *, wake_up: WakeUp | None = None, keys: KeyTable | None = None, clock: Clock | None = None
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit.

    Where there is no broker there may be no worker either: then the application works on imports itself.
    """
    database = database_of(settings)
    members = neighbour_client(
        base_url=settings.members_url, neighbour="members", service=SERVICE.name, ca_file=settings.tls_ca_file
    )
    ports = ports_of(settings, database, clock=clock or SystemClock(), wake_up=wake_up or WakeUp())
    app = service.create_app(
        SERVICE,
        settings,
        root_path=settings.root_path,
        database=database,
        tokens=service.checked_with_issuer(members, settings, keys=keys, required=False),
        resources=lambda: aclosing(members),
        tasks={"imports": partial(work_on_imports, ports)} if settings.rabbitmq_url is None else {},
    )
    app.state.ports = ports
    app.state.lendable_copies = SqlLendableCopies(database)
    return app


def create_worker(settings: Settings, *, bus: Bus | None = None, wake_up: WakeUp | None = None) -> BackgroundWorker:
    """Return the background side: relay, listener, the hourly tidying, and imports unless the application does them.

    `bus` is the broker's unless one is handed in.
    """
    database, clock, wake_up = database_of(settings), SystemClock(), wake_up or WakeUp()
    ports = ports_of(settings, database, clock=clock, wake_up=wake_up)
    kept_for = timedelta(days=settings.imports_kept_days)
    return service.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={"availability": loan_events.availability_listener(ports.unit_of_work)},
        tidy=[partial(forget_imports, unit_of_work=partial(ports.unit_of_work, None), clock=clock, kept_for=kept_for)],
        jobs={} if settings.rabbitmq_url is None else {"imports": partial(work_on_imports, ports)},
    )

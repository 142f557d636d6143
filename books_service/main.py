"""Chooses and wires: which database, which file formats, which bus. Nothing connects before the application starts."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI

from books_service.adapters.catalogue.sql_views import SqlBookViews
from books_service.adapters.exchange.file_spool import FileSpool
from books_service.adapters.exchange.record_formats import (
    COPY_WRITERS,
    HARVEST_SHAPES,
    RECORD_READERS,
    RECORD_WRITERS,
    RETRIEVAL_SHAPES,
)
from books_service.adapters.exchange.sql_export import SqlBookRecords
from books_service.adapters.exchange.sql_harvest import SqlHarvestedBooks
from books_service.adapters.exchange.sql_imports import SqlImportFiles, SqlImportViews
from books_service.adapters.exchange.sql_retrieval import SqlRecordSearches
from books_service.adapters.messages import MUST_ARRIVE, SCHEMAS
from books_service.adapters.search.sql_search import SqlBookSearch
from books_service.adapters.sql_history import SqlHistory
from books_service.adapters.sql_rights import RIGHTS
from books_service.adapters.sql_tables import map_model, plumbing
from books_service.adapters.sql_unit_of_work import SqlUnitOfWork
from books_service.adapters.stock.sql_circulation import SqlCirculationViews
from books_service.adapters.stock.sql_copy_views import SqlStockViews
from books_service.adapters.stock.sql_inventories import SqlInventoryViews
from books_service.adapters.stock.sql_lendable_copies import SqlLendableCopies
from books_service.api.access import ACCESS, SCOPES, SERVICE_SCOPES
from books_service.api.routes import BODY_LIMITS, DESCRIPTION, ROUTERS, TAGS, TITLE
from books_service.application.catalogue.add_book import AddBook
from books_service.application.catalogue.remove_book import RemoveBook
from books_service.application.catalogue.revise_book import ReviseBook
from books_service.application.catalogue.use_cases import CatalogueUseCases
from books_service.application.exchange.export_books import ExportBooks
from books_service.application.exchange.forget_imports import ForgetImports
from books_service.application.exchange.harvest_books import HarvestBooks
from books_service.application.exchange.import_books import ImportBooks
from books_service.application.exchange.retrieve_records import RetrieveRecords
from books_service.application.exchange.run_import import RunImport
from books_service.application.exchange.start_import import StartImport
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.application.search.search_books import SearchBooks
from books_service.application.stock.add_branch import AddBranch
from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.change_copy_status import ChangeCopyStatus, ChangeCopyStatuses
from books_service.application.stock.hear_circulation import FollowCirculation
from books_service.application.stock.inventory.take_inventory import BeginInventory, NoteScans, ShowInventory
from books_service.application.stock.merge_books import MergeBooks
from books_service.application.stock.ports import OpensStock
from books_service.application.stock.remove_copy import RemoveCopy
from books_service.application.stock.revise_branch import ReviseBranch
from books_service.application.stock.revise_copy import ReviseCopy
from books_service.application.stock.use_cases import StockUseCases
from books_service.application.use_cases import UseCases
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
from shared.tasks import WakeUp, work_off
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
    must_arrive=MUST_ARRIVE,
    reads=loan_events.SCHEMAS,
)

database_of = partial(service.database_of, SERVICE)
finish_migration = partial(service.grant_rights, SERVICE)


def use_cases_of(settings: Settings, database: Database, *, clock: Clock, wake_up: WakeUp) -> UseCases:
    """Return everything that the service can be asked, bound to what it needs from outside."""

    def opens(receipt: Receipt | None = None) -> SqlUnitOfWork:
        return SqlUnitOfWork(database, clock=clock, receipt=receipt, on_commit=wake_up.notify)

    import_books = ImportBooks(opens, clock, settings.library_currency)
    return UseCases(
        catalogue=CatalogueUseCases(
            add_book=AddBook(opens, clock),
            revise_book=ReviseBook(opens, clock),
            remove_book=RemoveBook(opens, clock),
            views=SqlBookViews(database),
            history=SqlHistory(database),
        ),
        stock=_stock_of(settings, database, opens, clock),
        search_books=SearchBooks(SqlBookSearch(database)),
        exchange=ExchangeUseCases(
            start_import=StartImport(opens, RECORD_READERS, clock),
            run_import=RunImport(opens, SqlImportFiles(database), RECORD_READERS, import_books, clock),
            import_books=import_books,
            export_books=ExportBooks(SqlBookRecords(database), {"books": RECORD_WRITERS, "copies": COPY_WRITERS}),
            harvest_books=HarvestBooks(SqlHarvestedBooks(database), HARVEST_SHAPES),
            retrieve_records=RetrieveRecords(SqlRecordSearches(database), RETRIEVAL_SHAPES),
            forget_imports=ForgetImports(opens, clock, timedelta(days=settings.imports_kept_days)),
            views=SqlImportViews(database),
            spool=lambda: FileSpool(settings.spool_folder),
            clock=clock,
        ),
    )


def _stock_of(settings: Settings, database: Database, opens: OpensStock, clock: Clock) -> StockUseCases:
    return StockUseCases(
        add_copy=AddCopy(opens, clock, settings.library_currency),
        revise_copy=ReviseCopy(opens, clock, settings.library_currency),
        remove_copy=RemoveCopy(opens, clock),
        change_copy_status=ChangeCopyStatus(opens, clock),
        change_copy_statuses=ChangeCopyStatuses(opens, clock),
        merge_books=MergeBooks(opens, clock),
        add_branch=AddBranch(opens, clock, settings.library_timezone),
        revise_branch=ReviseBranch(opens),
        begin_inventory=BeginInventory(opens, clock),
        note_scans=NoteScans(opens, clock),
        show_inventory=ShowInventory(SqlInventoryViews(database)),
        follow_circulation=FollowCirculation(opens),
        views=SqlStockViews(database),
        lendable_copies=SqlLendableCopies(database),
        circulation=SqlCirculationViews(database),
        history=SqlHistory(database),
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[UseCases]:
    """Give the use cases outside of the web: for commands, and for demo data."""
    async with service.opened_database(SERVICE, settings) as database:
        yield use_cases_of(settings, database, clock=SystemClock(), wake_up=WakeUp())


def create_app(
    settings: Settings,
    *,
    wake_up: WakeUp | None = None,
    keys: KeyTable | None = None,
    clock: Clock | None = None,
    database: Database | None = None,
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit.

    Where there is no broker there may be no worker either: then the application works on imports itself. The `database`
    is that of the settings unless one is handed in.
    """
    database = database or database_of(settings)
    members = neighbour_client(
        base_url=settings.members_url, neighbour="members", service=SERVICE.name, ca_file=settings.tls_ca_file
    )
    use_cases = use_cases_of(settings, database, clock=clock or SystemClock(), wake_up=wake_up or WakeUp())
    run_import = use_cases.exchange.run_import
    app = service.create_app(
        SERVICE,
        settings,
        root_path=settings.root_path,
        database=database,
        tokens=service.checked_with_issuer(members, settings, keys=keys, required=False),
        resources=lambda: aclosing(members),
        tasks={"imports": partial(work_off, run_import)} if settings.rabbitmq_url is None else {},
    )
    app.state.use_cases = use_cases
    return app


def create_worker(settings: Settings, *, bus: Bus | None = None, wake_up: WakeUp | None = None) -> BackgroundWorker:
    """Return the background side: relay, listener, the hourly tidying, and imports unless the application does them.

    `bus` is the broker's unless one is handed in.
    """
    database, clock, wake_up = database_of(settings), SystemClock(), wake_up or WakeUp()
    use_cases = use_cases_of(settings, database, clock=clock, wake_up=wake_up)
    stock, exchange = use_cases.stock, use_cases.exchange
    return service.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={"circulation": loan_events.circulation_listener(stock.follow_circulation)},
        tidy=[exchange.forget_imports],
        jobs={} if settings.rabbitmq_url is None else {"imports": partial(work_off, exchange.run_import)},
    )

"""Which adapters are the ports of the use cases."""

from zoneinfo import ZoneInfo

from books_service.adapters.exchange.marc.files import marc_forms
from books_service.adapters.exchange.record_formats import (
    AUTHORITY_WRITERS,
    COPY_WRITERS,
    HARVEST_SHAPES,
    RECORD_READERS,
    RECORD_WRITERS,
    RETRIEVAL_SHAPES,
)
from books_service.adapters.exchange.sru import SruCatalogues
from books_service.adapters.printing.copy_labels import draw_labels
from books_service.adapters.printing.routing_slips import draw_routing_slips
from books_service.application.authorities.queries import AuthorityQueries
from books_service.application.catalogue.queries import BookHistory, BookQueries
from books_service.application.exchange.queries import BookRecords, HarvestedBooks, RecordSearches
from books_service.application.ports import Ports
from books_service.application.search.queries.browsing import Browsing
from books_service.application.search.queries.search import BookSearch
from books_service.application.serials.queries import SerialQueries
from books_service.application.stock.inventory.queries import InventoryQueries
from books_service.application.stock.queries.copies import CirculationReportQueries, CopyHistory, StockQueries
from books_service.application.stock.queries.duplicates import DuplicateQueries
from books_service.application.stock.queries.labels import LabelQueries
from books_service.application.stock.queries.lendable_copies import LendableCopies
from books_service.application.stock.queries.working_lists import StockLists
from books_service.domain.statistics import STOCK
from books_service.persistence.import_tables import import_profiles, imports
from books_service.persistence.stock.branch_zones import BranchZones
from books_service.persistence.stock.stock_levels import StockLevels
from books_service.persistence.tables import plumbing
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from books_service.settings import Settings
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt
from shared.persistence.cube.levels import Levels, WriteLevels
from shared.persistence.database import Database
from shared.persistence.import_profiles import SqlImportProfiles
from shared.persistence.imports import SqlImportJobs
from shared.tasks import WakeUp


def unit_of_work_factory(database: Database, clock: Clock, wake_up: WakeUp, *, zone: str) -> BooksWorkFactory:
    """Return what opens a transaction; each notifies `wake_up` when it is committed."""
    zones = BranchZones(zone)

    def unit_of_work(receipt: Receipt | None = None) -> UnitOfWork:
        return UnitOfWork(database, clock=clock, receipt=receipt, on_commit=wake_up.notify, zones=zones)

    return unit_of_work


def stock_photographs_of(settings: Settings, database: Database, clock: Clock) -> WriteLevels:
    """Return what writes down how many copies there are."""
    levels = Levels(database, plumbing.cube, STOCK.name, STOCK.dimensions)
    return WriteLevels(StockLevels(database), levels, clock, ZoneInfo(settings.library_timezone), again=True)


def ports_of(settings: Settings, database: Database, *, clock: Clock, wake_up: WakeUp) -> Ports:
    """Return everything that the use cases need."""
    return Ports(
        unit_of_work=unit_of_work_factory(database, clock, wake_up, zone=settings.library_timezone),
        books=BookQueries(database),
        book_history=BookHistory(database),
        duplicates=DuplicateQueries(database),
        search=BookSearch(database),
        browsing=Browsing(database),
        stock=StockQueries(database),
        stock_lists=StockLists(database, DuplicateQueries(database), clock),
        copy_history=CopyHistory(database),
        lendable_copies=LendableCopies(database),
        labels=LabelQueries(database),
        draw_labels=draw_labels,
        draw_routing_slips=draw_routing_slips,
        authorities=AuthorityQueries(database),
        circulation=CirculationReportQueries(database),
        inventories=InventoryQueries(database),
        serials=SerialQueries(database),
        records=BookRecords(database),
        harvested=HarvestedBooks(database),
        retrieved=RecordSearches(database),
        imports=SqlImportJobs(database, imports, plumbing, clock=clock, on_commit=wake_up.notify),
        profiles=SqlImportProfiles(database, import_profiles),
        readers=RECORD_READERS,
        writers={"books": RECORD_WRITERS, "copies": COPY_WRITERS, "authorities": AUTHORITY_WRITERS},
        marc_forms=marc_forms,
        rename=lambda source, names, subjects: marc_forms().renamed(source, names, subjects),
        harvest_shapes=HARVEST_SHAPES,
        retrieval_shapes=RETRIEVAL_SHAPES,
        catalogues=SruCatalogues(
            allowed=settings.allows_host, timeout=settings.request_timeout, ca_file=settings.tls_ca_file
        ),
        allows_host=settings.allows_host,
        clock=clock,
        currency=settings.library_currency,
        zone=settings.library_timezone,
    )

"""Binds the use cases to what they need: which database, which file formats."""

from collections.abc import AsyncIterator

from books_service.adapters.exchange.record_formats import (
    COPY_WRITERS,
    HARVEST_SHAPES,
    RECORD_READERS,
    RECORD_WRITERS,
    RETRIEVAL_SHAPES,
)
from books_service.application.catalogue.add_book import AddBook
from books_service.application.catalogue.queries import BookHistory, BookQueries
from books_service.application.catalogue.remove_book import RemoveBook
from books_service.application.catalogue.revise_book import ReviseBook
from books_service.application.catalogue.use_cases import CatalogueUseCases
from books_service.application.exchange.export_books import ExportBooks
from books_service.application.exchange.harvest_books import HarvestBooks
from books_service.application.exchange.import_books import ImportBooks
from books_service.application.exchange.ports import ReadingOptions
from books_service.application.exchange.queries import BookRecords, HarvestedBooks, RecordSearches
from books_service.application.exchange.retrieve_records import RetrieveRecords
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.application.search.queries.search import BookSearch
from books_service.application.search.search_books import SearchBooks
from books_service.application.stock.add_branch import AddBranch
from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.change_copy_status import ChangeCopyStatus, ChangeCopyStatuses
from books_service.application.stock.follow_circulation import FollowCirculation
from books_service.application.stock.inventory.queries import InventoryQueries
from books_service.application.stock.inventory.take_inventory import BeginInventory, NoteScans
from books_service.application.stock.merge_books import MergeBooks
from books_service.application.stock.queries.copies import CirculationQueries, CopyHistory, StockQueries
from books_service.application.stock.queries.lendable_copies import LendableCopies
from books_service.application.stock.remove_copy import RemoveCopy
from books_service.application.stock.revise_branch import ReviseBranch
from books_service.application.stock.revise_copy import ReviseCopy
from books_service.application.stock.use_cases import StockUseCases
from books_service.application.use_cases import UseCases
from books_service.persistence.import_tables import imports
from books_service.persistence.tables import plumbing
from books_service.persistence.unit_of_work import OpensUnitOfWork, UnitOfWork
from books_service.settings import Settings
from shared.kernel.clock import Clock
from shared.kernel.file_records import Batch, FormatNotSupported
from shared.kernel.imports import ImportFile, ImportJob, RunImport, Start, StartImport
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.imports import SqlImportJobs
from shared.tasks import WakeUp


def use_cases_of(settings: Settings, database: Database, *, clock: Clock, wake_up: WakeUp) -> UseCases:
    """Return everything that the service can be asked, bound to what it needs from outside."""

    def opens(receipt: Receipt | None = None) -> UnitOfWork:
        return UnitOfWork(database, clock=clock, receipt=receipt, on_commit=wake_up.notify)

    jobs = SqlImportJobs(database, imports, plumbing, clock=clock, on_commit=wake_up.notify)
    import_books = ImportBooks(opens, clock, settings.library_currency)

    def work(job: ImportJob, command: ImportFile) -> AsyncIterator[Batch]:
        read, options = RECORD_READERS[job.format], ReadingOptions(**job.mapping)
        return import_books(command, lambda: read(jobs.pieces(job.import_id), options))

    return UseCases(
        catalogue=CatalogueUseCases(
            add_book=AddBook(opens, clock),
            revise_book=ReviseBook(opens, clock),
            remove_book=RemoveBook(opens, clock),
            views=BookQueries(database),
            history=BookHistory(database),
        ),
        stock=_stock_of(settings, database, opens, clock),
        search_books=SearchBooks(BookSearch(database)),
        exchange=ExchangeUseCases(
            start_import=StartImport(jobs, _check, clock),
            imports=jobs,
            run_import=RunImport(jobs, work, clock),
            import_books=import_books,
            export_books=ExportBooks(BookRecords(database), {"books": RECORD_WRITERS, "copies": COPY_WRITERS}),
            harvest_books=HarvestBooks(HarvestedBooks(database), HARVEST_SHAPES, clock),
            retrieve_records=RetrieveRecords(RecordSearches(database), RETRIEVAL_SHAPES),
            clock=clock,
        ),
    )


def _check(command: Start) -> None:
    if command.format not in RECORD_READERS:
        raise FormatNotSupported(RECORD_READERS)


def _stock_of(settings: Settings, database: Database, opens: OpensUnitOfWork, clock: Clock) -> StockUseCases:
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
        inventories=InventoryQueries(database),
        follow_circulation=FollowCirculation(opens),
        views=StockQueries(database),
        lendable_copies=LendableCopies(database),
        circulation=CirculationQueries(database),
        history=CopyHistory(database),
    )

"""What the use cases need: transactions, queries, file formats, a clock and a few figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from books_service.application.authorities.correct_books import Rename
from books_service.application.authorities.queries import AuthorityQueries
from books_service.application.catalogue.queries import BookHistory, BookQueries
from books_service.application.exchange.ports import (
    ExportedBook,
    ExternalCatalogues,
    MarcForms,
    RecordReader,
    RecordWriter,
)
from books_service.application.exchange.queries import BookRecords, HarvestedBooks, RecordSearches
from books_service.application.search.queries.browsing import Browsing
from books_service.application.search.queries.search import BookSearch
from books_service.application.serials.print_routing_slips import DrawSlips
from books_service.application.serials.queries import SerialQueries
from books_service.application.stock.inventory.queries import InventoryQueries
from books_service.application.stock.print_labels import DrawLabels
from books_service.application.stock.queries.copies import CirculationReportQueries, CopyHistory, StockQueries
from books_service.application.stock.queries.duplicates import DuplicateQueries
from books_service.application.stock.queries.labels import LabelQueries
from books_service.application.stock.queries.lendable_copies import LendableCopies
from books_service.application.stock.queries.working_lists import StockLists
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.import_profiles import ImportProfiles
from shared.kernel.imports import ImportJobs


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases are given; chosen in `wiring/`."""

    unit_of_work: BooksWorkFactory
    books: BookQueries
    book_history: BookHistory
    duplicates: DuplicateQueries
    search: BookSearch
    browsing: Browsing
    stock: StockQueries
    stock_lists: StockLists
    copy_history: CopyHistory
    lendable_copies: LendableCopies
    labels: LabelQueries
    draw_labels: DrawLabels
    draw_routing_slips: DrawSlips
    authorities: AuthorityQueries
    circulation: CirculationReportQueries
    inventories: InventoryQueries
    serials: SerialQueries
    records: BookRecords
    harvested: HarvestedBooks
    retrieved: RecordSearches
    imports: ImportJobs
    profiles: ImportProfiles
    readers: Mapping[str, RecordReader]
    writers: Mapping[str, Mapping[str, RecordWriter]]
    marc_forms: Callable[[], MarcForms]
    rename: Rename
    harvest_shapes: Mapping[str, Callable[[ExportedBook], str]]
    retrieval_shapes: Mapping[str, Callable[[ExportedBook], str]]
    catalogues: ExternalCatalogues
    allows_host: Callable[[str], bool]
    clock: Clock
    currency: str
    zone: str

"""All that can be asked of the exchange of files."""

from dataclasses import dataclass

from books_service.application.exchange.export_books import ExportBooks
from books_service.application.exchange.harvest_books import HarvestBooks
from books_service.application.exchange.import_books import ImportBooks
from books_service.application.exchange.retrieve_records import RetrieveRecords
from shared.kernel.clock import Clock
from shared.kernel.imports import ImportJobs, RunImport, StartImport


@dataclass(frozen=True, slots=True)
class ExchangeUseCases:
    """Made once, in main."""

    start_import: StartImport
    imports: ImportJobs
    run_import: RunImport
    import_books: ImportBooks
    export_books: ExportBooks
    harvest_books: HarvestBooks
    retrieve_records: RetrieveRecords
    clock: Clock

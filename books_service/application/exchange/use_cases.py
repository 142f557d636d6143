"""All that can be asked of the exchange of files."""

from dataclasses import dataclass

from books_service.application.exchange.export_books import ExportBooks
from books_service.application.exchange.forget_imports import ForgetImports
from books_service.application.exchange.harvest_books import HarvestBooks
from books_service.application.exchange.import_books import ImportBooks
from books_service.application.exchange.ports import ImportViews
from books_service.application.exchange.retrieve_records import RetrieveRecords
from books_service.application.exchange.run_import import RunImport
from books_service.application.exchange.start_import import StartImport
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ExchangeUseCases:
    """Made once, in main."""

    start_import: StartImport
    run_import: RunImport
    import_books: ImportBooks
    export_books: ExportBooks
    forget_imports: ForgetImports
    harvest_books: HarvestBooks
    retrieve_records: RetrieveRecords
    views: ImportViews
    clock: Clock

"""The use cases of the exchange of files, bound to what they need."""

from collections.abc import AsyncIterator

from books_service.application.exchange.export_books import ExportBooks
from books_service.application.exchange.external_targets import (
    ChangeTarget,
    RemoveTarget,
    SearchExternally,
    ShowTargets,
)
from books_service.application.exchange.harvest_books import HarvestBooks
from books_service.application.exchange.import_authorities import ImportAuthorities
from books_service.application.exchange.import_books import ImportBooks
from books_service.application.exchange.join_books import JoinBooks
from books_service.application.exchange.marc_records import ReplaceMarc, ShowMarc
from books_service.application.exchange.ports import ReadingOptions
from books_service.application.exchange.reading_options import AUTHORITIES, IMPORTABLE, reading_options
from books_service.application.exchange.retrieve_records import RetrieveRecords
from books_service.application.exchange.undo_books import UndoBooks
from books_service.application.ports import Ports
from shared.kernel.file_records import Batch, FormatNotSupported
from shared.kernel.import_undo import UndoImport
from shared.kernel.imports import ImportFile, ImportJob, RunImport, Start, StartImport
from shared.kernel.saved_profiles import SaveProfile


class ExchangeUseCases:
    """Everything that can be asked of the exchange of files."""

    def __init__(self, ports: Ports) -> None:
        imports, clock = ports.imports, ports.clock
        undo_books = UndoBooks(ports.unit_of_work, clock)

        def check(command: Start) -> None:
            if command.format not in ports.readers:
                raise FormatNotSupported(ports.readers)
            IMPORTABLE[command.what].check(command.rules)

        def check_profile(command: Start) -> None:
            reading_options(command.format, command.mapping, what=command.what)
            check(command)

        def work(job: ImportJob, command: ImportFile) -> AsyncIterator[Batch]:
            if job.undoes is not None:
                return undo_books(job, command)
            read, options = ports.readers[job.format], ReadingOptions(**job.mapping)
            return self.importer_of(options.what)(command, lambda: read(imports.pieces(job.import_id), options))

        self.imports = imports
        self.profiles = ports.profiles
        self.save_profile = SaveProfile(ports.profiles, check_profile)
        self.start_import = StartImport(imports, check, clock)
        self.undo_import = UndoImport(imports, clock)
        self.run_import = RunImport(imports, work, clock)
        self.join_books = JoinBooks(ports.unit_of_work, clock)
        self.import_books = ImportBooks(ports.unit_of_work, clock, ports.currency, ports.rename, self.join_books)
        self.import_authorities = ImportAuthorities(ports.unit_of_work, clock)
        self.export_books = ExportBooks(ports.records, ports.authorities, ports.writers)
        self.harvest_books = HarvestBooks(ports.harvested, ports.harvest_shapes, clock)
        self.retrieve_records = RetrieveRecords(ports.retrieved, ports.retrieval_shapes)
        self.show_marc = ShowMarc(ports.records, ports.marc_forms)
        self.replace_marc = ReplaceMarc(ports.unit_of_work, ports.marc_forms, clock)
        self.show_targets = ShowTargets(ports.unit_of_work)
        self.change_target = ChangeTarget(ports.unit_of_work, ports.allows_host)
        self.remove_target = RemoveTarget(ports.unit_of_work)
        self.search_externally = SearchExternally(ports.unit_of_work, ports.catalogues, ports.currency)
        self.catalogues = ports.catalogues
        self.clock = clock

    def importer_of(self, what: str) -> ImportBooks | ImportAuthorities:
        """Return what imports records of this kind."""
        return self.import_authorities if what == AUTHORITIES else self.import_books

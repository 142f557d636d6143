"""The use cases of moving in, bound to what they need."""

from collections.abc import AsyncIterator
from typing import Any

from loans_service.application.moving_in.lookups import Lookups
from loans_service.application.moving_in.take_fines import FormerDebts
from loans_service.application.moving_in.take_holds import FormerHolds
from loans_service.application.moving_in.take_in import CirculationNotUndone, TakeIn, UnknownRecords, What
from loans_service.application.moving_in.take_loans import FormerLoans
from loans_service.application.ports import Ports
from shared.kernel.errors import refuses
from shared.kernel.file_records import Batch, InvalidMapping
from shared.kernel.import_undo import UndoImport
from shared.kernel.imports import ImportFile, ImportJob, RunImport, StartImport
from shared.kernel.saved_profiles import SaveProfile


@refuses(InvalidMapping, UnknownRecords)
class MovingInUseCases:
    """Files that are handed in, and the work on them; `take_in` takes in the records of another system of each kind."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, clock = ports.unit_of_work, ports.clock
        lookups = Lookups(ports.catalogue, ports.titles, ports.members)
        self.take_in: dict[str, TakeIn[Any, Any]] = {
            What.LOANS: TakeIn(FormerLoans(lookups, clock), unit_of_work, clock),
            What.HOLDS: TakeIn(FormerHolds(lookups, clock), unit_of_work, clock),
            What.FINES: TakeIn(FormerDebts(lookups, clock, ports.currency), unit_of_work, clock),
        }

        def work(job: ImportJob, command: ImportFile) -> AsyncIterator[Batch]:
            return self.take_in[job.what](command, ports.read_file(job, ports.imports.pieces(job.import_id)))

        self.imports = ports.imports
        self.profiles = ports.profiles
        self.save_profile = SaveProfile(ports.profiles, ports.check_file)
        self.start_import = StartImport(ports.imports, ports.check_file, clock)
        self.undo_import = UndoImport(ports.imports, clock, CirculationNotUndone)
        self.run_import = RunImport(ports.imports, work, clock)

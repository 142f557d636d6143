"""What can be asked for when a library moves in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loans_service.application.moving_in.asking import Names
from loans_service.application.moving_in.take_fines import FormerDebts
from loans_service.application.moving_in.take_holds import FormerHolds
from loans_service.application.moving_in.take_in import TakeIn, UnknownRecords, What
from loans_service.application.moving_in.take_loans import FormerLoans
from loans_service.application.ports import Ports
from shared.kernel.errors import refuses
from shared.kernel.file_records import InvalidMapping
from shared.kernel.imports import ImportJobs, RunImport, StartImport


@refuses(InvalidMapping, UnknownRecords)
@dataclass(frozen=True, slots=True)
class MovingInUseCases:
    """Files that are handed in over HTTP, and the work on them."""

    start_import: StartImport
    imports: ImportJobs
    run_import: RunImport


def take_in_of(ports: Ports) -> Mapping[str, TakeIn[Any, Any]]:
    """Return what takes in the records of another system, by what they are."""
    names, unit_of_work, clock = Names(ports.catalogue, ports.titles, ports.members), ports.unit_of_work, ports.clock
    return {
        What.LOANS: TakeIn(FormerLoans(names, clock), unit_of_work, clock),
        What.HOLDS: TakeIn(FormerHolds(names, clock), unit_of_work, clock),
        What.FINES: TakeIn(FormerDebts(names, clock, ports.currency), unit_of_work, clock),
    }

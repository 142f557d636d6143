"""What can be asked for when a library moves in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loans_service.application.moving_in.asking import Names
from loans_service.application.moving_in.take_fines import FormerDebts
from loans_service.application.moving_in.take_holds import FormerHolds
from loans_service.application.moving_in.take_in import TakeIn, What
from loans_service.application.moving_in.take_loans import FormerLoans
from loans_service.application.ports import OpensWork
from shared.kernel.clock import Clock
from shared.kernel.imports import RunImport, ShowImport, StartImport


@dataclass(frozen=True, slots=True)
class MovingInUseCases:
    """Files that are handed in over HTTP, and the work on them."""

    start_import: StartImport
    show_import: ShowImport
    run_import: RunImport


def kinds(names: Names, unit_of_work: OpensWork, clock: Clock, *, currency: str) -> Mapping[str, TakeIn[Any, Any]]:
    """Return what takes the records of each kind in."""
    return {
        What.LOANS: TakeIn(FormerLoans(names, clock), unit_of_work, clock),
        What.HOLDS: TakeIn(FormerHolds(names, clock), unit_of_work, clock),
        What.FINES: TakeIn(FormerDebts(names, clock, currency), unit_of_work, clock),
    }

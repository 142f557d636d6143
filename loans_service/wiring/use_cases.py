"""Binds to what they need the use cases that need more than ports."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from uuid import UUID

from loans_service.adapters.lending.logged_sweep import log_failure
from loans_service.adapters.moving_in.former_files import check, read_records
from loans_service.application.holds.change_hold import CancelHold
from loans_service.application.holds.commands import OfHold
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.queries.sweep import SweepQueries
from loans_service.application.lending.renewals.renew_loan import Renew, RenewLoan
from loans_service.application.lending.sweep import Sweep
from loans_service.application.moving_in.take_in import TakeIn
from loans_service.application.moving_in.use_cases import MovingInUseCases
from loans_service.application.neighbours import MemberDirectory
from loans_service.application.ports import Ports
from loans_service.application.privacy.clear_borrower import ClearBorrower
from loans_service.domain.privacy.retention import Retention
from loans_service.persistence.import_tables import imports
from loans_service.persistence.lending.forgetting import Forgetting
from loans_service.persistence.tables import plumbing
from loans_service.persistence.unit_of_work import UnitOfWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.file_records import Batch
from shared.kernel.imports import ImportFile, ImportJob, RunImport, Start, StartImport
from shared.persistence.database import Database
from shared.persistence.imports import SqlImportJobs


def moving_in_of(
    database: Database, take_in: Mapping[str, TakeIn[Any, Any]], ports: Ports, on_commit: Callable[[], None]
) -> MovingInUseCases:
    """Return the use cases of files that are handed in."""
    clock = ports.clock
    jobs = SqlImportJobs(database, imports, plumbing, clock=clock, on_commit=on_commit)

    def work(job: ImportJob, command: ImportFile) -> AsyncIterator[Batch]:
        pieces = jobs.pieces(job.import_id)
        return take_in[job.what](
            command, read_records(job.what, job.format, pieces, job.mapping, currency=ports.currency)
        )

    def check_file(command: Start) -> None:
        check(command.what, command.format, command.mapping)

    return MovingInUseCases(StartImport(jobs, check_file, clock), jobs, RunImport(jobs, work, clock))


def clear_borrower_of(database: Database, unit_of_work: UnitOfWorkFactory, clock: Clock) -> ClearBorrower:
    """Return what lets a borrower go."""
    cancel_hold = CancelHold(unit_of_work, HoldQueries(database), clock)

    async def cancel(hold_id: UUID, *, reason: str) -> object:
        return await cancel_hold(OfHold(hold_id), reason=reason)

    return ClearBorrower(unit_of_work, cancel, clock)


def sweep_of(
    database: Database,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    members: MemberDirectory | None = None,
    *,
    kept_days: Mapping[str, int] | None = None,
) -> Sweep:
    """Return the timed work; without `members` no loan renews itself."""
    renew = None
    if members is not None:
        renew_loan = RenewLoan(unit_of_work, LoanQueries(database, clock), members, clock)

        async def renew(loan_id: UUID) -> object:
            return await renew_loan(Renew(loan_id, by_itself=True))

    retention = Retention(kept_days or {})
    queries, views = SweepQueries(database), HoldQueries(database)
    return Sweep(queries, Forgetting(database), unit_of_work, views, clock, renew, log_failure, retention)

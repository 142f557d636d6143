"""Binds the use cases to what they need, once."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from uuid import UUID

from loans_service.adapters.holds.sql_hold_views import SqlHoldViews
from loans_service.adapters.lending.logged_sweep import log_failure
from loans_service.adapters.lending.sql_loans import SqlLoanViews
from loans_service.adapters.lending.sql_sweep_queries import SqlSweepQueries
from loans_service.adapters.moving_in.former_files import check, read_records
from loans_service.adapters.sql_import_tables import imports
from loans_service.adapters.sql_tables import plumbing
from loans_service.application.consistency.check_consistency import (
    CheckConsistency,
    ConsistencyUseCases,
    RepairConsistency,
)
from loans_service.application.fines.charge_member import ChargeMember
from loans_service.application.fines.pay_borrower import PayBorrower
from loans_service.application.fines.settle_fine import PayFine, WaiveFine
from loans_service.application.fines.show_fines import ListFines, ShowFine
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.change_hold import CancelHold
from loans_service.application.holds.commands import OfHold
from loans_service.application.lending.amendments.charge_borrower import close_settled
from loans_service.application.lending.renewals.renew_loan import Renew, RenewLoan
from loans_service.application.lending.sweep import Sweep
from loans_service.application.moving_in.asking import Names
from loans_service.application.moving_in.take_in import TakeIn
from loans_service.application.moving_in.use_cases import MovingInUseCases, kinds
from loans_service.application.neighbours import MemberDirectory
from loans_service.application.ports import OpensWork, Ports
from loans_service.application.privacy.choose_history import ChooseHistory
from loans_service.application.privacy.clear_borrower import ClearBorrower
from loans_service.application.privacy.export_borrower import ExportBorrower
from loans_service.application.privacy.forget_history import ForgetHistory
from loans_service.application.privacy.use_cases import PrivacyUseCases
from loans_service.application.rules.change_calendar import ChangeCalendar
from loans_service.application.rules.change_policy import ChangePolicy
from loans_service.application.rules.show_rules import ShowCalendar, ShowPolicy
from loans_service.application.rules.simulate_policy import SimulatePolicy
from loans_service.application.rules.use_cases import RulesUseCases
from loans_service.domain.privacy.retention import Retention
from shared.kernel.clock import Clock
from shared.kernel.file_records import Batch, ImportFile
from shared.kernel.imports import ImportJob, RunImport, ShowImport, Start, StartImport
from shared.persistence.database import Database
from shared.persistence.imports import SqlImportJobs


def fines_of(ports: Ports) -> FinesUseCases:
    """Return the use cases of fines."""
    unit_of_work, clock = ports.unit_of_work, ports.clock
    return FinesUseCases(
        list_fines=ListFines(ports.fines),
        show_fine=ShowFine(ports.fines),
        pay_fine=PayFine(unit_of_work, close_settled, clock),
        waive_fine=WaiveFine(unit_of_work, close_settled, clock),
        charge_member=ChargeMember(unit_of_work, ports.members, clock, ports.currency),
        pay_borrower=PayBorrower(unit_of_work, close_settled, clock),
    )


def rules_of(ports: Ports) -> RulesUseCases:
    """Return the use cases of the rules."""
    unit_of_work, clock, currency = ports.unit_of_work, ports.clock, ports.currency
    return RulesUseCases(
        show_policy=ShowPolicy(ports.rules, currency),
        change_policy=ChangePolicy(unit_of_work, ports.branches, ports.categories, clock, currency),
        simulate_policy=SimulatePolicy(unit_of_work, ports.rules, ports.past, clock, currency),
        show_calendar=ShowCalendar(ports.rules),
        change_calendar=ChangeCalendar(unit_of_work, ports.branches, clock, ports.holidays_of),
    )


def privacy_of(ports: Ports) -> PrivacyUseCases:
    """Return the use cases of privacy."""
    return PrivacyUseCases(
        export_borrower=ExportBorrower(ports.views, ports.holds, ports.fines, ports.clock),
        choose_history=ChooseHistory(ports.unit_of_work),
        forget_history=ForgetHistory(ports.unit_of_work, ports.clock),
    )


def consistency_of(ports: Ports) -> ConsistencyUseCases:
    """Return the use cases of consistency."""
    check = CheckConsistency(ports.circulation, ports.shown)
    return ConsistencyUseCases(check, RepairConsistency(ports.unit_of_work, check, ports.clock))


def take_in_of(ports: Ports) -> Mapping[str, TakeIn[Any, Any]]:
    """Return what takes in the records of another system, by what they are."""
    names = Names(ports.catalogue, ports.titles, ports.members)
    return kinds(names, ports.unit_of_work, ports.clock, currency=ports.currency)


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

    return MovingInUseCases(StartImport(jobs, check_file, clock), ShowImport(jobs), RunImport(jobs, work, clock))


def clear_borrower_of(database: Database, unit_of_work: OpensWork, clock: Clock) -> ClearBorrower:
    """Return what lets a borrower go."""
    cancel_hold = CancelHold(unit_of_work, SqlHoldViews(database), clock)

    async def cancel(hold_id: UUID) -> object:
        return await cancel_hold(OfHold(hold_id))

    return ClearBorrower(unit_of_work, cancel, clock)


def sweep_of(
    database: Database,
    unit_of_work: OpensWork,
    clock: Clock,
    members: MemberDirectory | None = None,
    *,
    kept_days: Mapping[str, int] | None = None,
) -> Sweep:
    """Return the timed work; without `members` no loan renews itself."""
    renew = None
    if members is not None:
        renew_loan = RenewLoan(unit_of_work, SqlLoanViews(database, clock), members, clock)

        async def renew(loan_id: UUID) -> object:
            return await renew_loan(Renew(loan_id, by_itself=True))

    retention = Retention(kept_days or {})
    queries, views = SqlSweepQueries(database), SqlHoldViews(database)
    return Sweep(queries, unit_of_work, views, clock, renew, log_failure, retention)

"""Binds the use cases to what they need, once."""

from uuid import UUID

from fastapi import FastAPI

from loans_service.adapters.holds.sql_hold_views import SqlHoldViews
from loans_service.adapters.lending.logged_sweep import log_failure
from loans_service.adapters.lending.sql_loans import SqlLoanViews
from loans_service.adapters.lending.sql_sweep_queries import SqlSweepQueries
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
from loans_service.application.holds.end_hold import cancel_hold
from loans_service.application.lending.amend_loan import ChangeDueDate, ClaimReturned, DeclareLost, FindCopy
from loans_service.application.lending.charge_borrower import close_settled
from loans_service.application.lending.close_branch import CloseBranch
from loans_service.application.lending.renew_loan import renew_loan
from loans_service.application.lending.resolve_claim import ResolveClaim
from loans_service.application.lending.show_borrower import ShowBorrower
from loans_service.application.lending.show_loans import ListLoans, ShowHistory, ShowLoan
from loans_service.application.lending.sweep import RenewsLoan, Sweep
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.lending.views import LoanViews
from loans_service.application.neighbours import MemberDirectory
from loans_service.application.ports import OpensWork, Ports
from loans_service.application.privacy.choose_history import ChooseHistory
from loans_service.application.privacy.clear_borrower import ClearBorrower
from loans_service.application.privacy.export_borrower import ExportBorrower
from loans_service.application.privacy.use_cases import PrivacyUseCases
from loans_service.application.rules.change_calendar import ChangeCalendar
from loans_service.application.rules.change_policy import ChangePolicy
from loans_service.application.rules.show_rules import ShowCalendar, ShowPolicy
from loans_service.application.rules.simulate_policy import SimulatePolicy
from loans_service.application.rules.use_cases import RulesUseCases
from shared.kernel.clock import Clock
from shared.persistence.database import Database


def bind(app: FastAPI, ports: Ports) -> None:
    """Hand the use cases, bound to `ports`, to the routes of `app`."""
    app.state.ports = ports
    app.state.lending = lending_of(ports)
    app.state.fines = fines_of(ports)
    app.state.rules = rules_of(ports)
    app.state.privacy = PrivacyUseCases(
        ExportBorrower(ports.views, ports.holds, ports.fines, ports.clock), ChooseHistory(ports.unit_of_work)
    )
    app.state.consistency = consistency_of(ports)


def lending_of(ports: Ports) -> LendingUseCases:
    """Return the use cases of lending."""
    unit_of_work, views, clock = ports.unit_of_work, ports.views, ports.clock
    return LendingUseCases(
        show_loan=ShowLoan(views),
        show_history=ShowHistory(views),
        list_loans=ListLoans(views, ports.members),
        show_borrower=ShowBorrower(ports.accounts, ports.rules, ports.members, clock),
        change_due_date=ChangeDueDate(unit_of_work, views, clock),
        declare_lost=DeclareLost(unit_of_work, views, clock),
        claim_returned=ClaimReturned(unit_of_work, views, clock),
        find_copy=FindCopy(unit_of_work, views, ports.catalogue, clock),
        resolve_claim=ResolveClaim(unit_of_work, views, ports.catalogue, clock),
        close_branch=CloseBranch(unit_of_work, ports.due_items, ports.branches, clock, ports.holidays_of),
    )


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


def consistency_of(ports: Ports) -> ConsistencyUseCases:
    """Return the use cases of consistency."""
    check = CheckConsistency(ports.circulation, ports.shown)
    return ConsistencyUseCases(check, RepairConsistency(ports.unit_of_work, check, ports.clock))


def clear_borrower_of(database: Database, unit_of_work: OpensWork, clock: Clock) -> ClearBorrower:
    """Return what lets a borrower go."""
    views = SqlHoldViews(database)

    async def cancel(hold_id: UUID) -> object:
        return await cancel_hold(hold_id, only_of=None, uow=unit_of_work(), views=views, clock=clock)

    return ClearBorrower(unit_of_work, cancel, clock)


def sweep_of(
    database: Database, unit_of_work: OpensWork, clock: Clock, members: MemberDirectory | None = None
) -> Sweep:
    """Return the timed work; without `members` no loan renews itself."""
    holds, loans = SqlHoldViews(database), SqlLoanViews(database)
    renew = None if members is None else _renewing(unit_of_work, loans, members, clock)
    return Sweep(SqlSweepQueries(database), unit_of_work, holds, clock, renew, log_failure)


def _renewing(unit_of_work: OpensWork, loans: LoanViews, members: MemberDirectory, clock: Clock) -> RenewsLoan:
    async def renew(loan_id: UUID) -> object:
        uow = unit_of_work()
        return await renew_loan(
            loan_id, only_of=None, uow=uow, views=loans, members=members, clock=clock, by_itself=True
        )

    return renew

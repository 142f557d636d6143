"""The use cases of lending, bound to what they need."""

from loans_service.application.lending.amendments.amend_loan import ChangeDueDate, ClaimReturned, DeclareLost, FindCopy
from loans_service.application.lending.amendments.change_due_dates import ChangeDueDates
from loans_service.application.lending.amendments.close_branch import CloseBranch
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.application.lending.amendments.resolve_claim import ResolveClaim
from loans_service.application.lending.check_out_copy import CheckOutCopy
from loans_service.application.lending.check_out_of_another import CheckOutOfAnother
from loans_service.application.lending.count_in_house_uses import CountInHouseUses
from loans_service.application.lending.explain_check_out import ExplainCheckOut
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.lending.read_borrower import ReadBorrower
from loans_service.application.lending.renewals.find_renewable import FindRenewable
from loans_service.application.lending.renewals.foresee_renewals import ForeseeRenewals
from loans_service.application.lending.renewals.renew_loan import RenewLoan
from loans_service.application.lending.return_copy import ReturnCopy
from loans_service.application.lending.show_borrower import ShowBorrower
from loans_service.application.lending.show_loans import ListLoans, ShowHistory, ShowLoan
from loans_service.application.lending.sweep import Sweep
from loans_service.application.lending.working_lists import LoanLists
from loans_service.application.ports import Ports
from loans_service.application.whose_things import WhoseThings


class LendingUseCases:
    """Everything that can be asked for at the desk where copies are lent and taken back."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, loans, clock = ports.unit_of_work, ports.loans, ports.clock
        catalogue, members = ports.catalogue, ports.members
        read = ReadBorrower(ports.accounts, ports.rules, ports.late_loans)
        self.check_out_copy = CheckOutCopy(unit_of_work, catalogue, members)
        self.check_out_of_another = CheckOutOfAnother(self.check_out_copy, loans, clock)
        self.explain_check_out = ExplainCheckOut(unit_of_work, catalogue, members)
        self.renew_loan = RenewLoan(unit_of_work, loans, members, clock)
        self.find_branch = FindBranch(catalogue)
        self.show_loan = ShowLoan(loans, ports.late_loans, clock)
        self.find_renewable = FindRenewable(loans, clock)
        self.show_history = ShowHistory(loans)
        self.list_loans = ListLoans(loans, members, ports.merged, ports.late_loans)
        self.foresee_renewals = ForeseeRenewals(ports.renewals, ports.rules, ports.accounts, read, members, clock)
        self.show_borrower = ShowBorrower(ports.accounts, ports.rules, read, members, clock)
        self.return_copy = ReturnCopy(unit_of_work, catalogue, self.show_borrower)
        self.change_due_date = ChangeDueDate(unit_of_work, loans, clock)
        self.change_due_dates = ChangeDueDates(unit_of_work, loans, self.change_due_date, clock)
        self.declare_lost = DeclareLost(unit_of_work, loans, catalogue, clock, ports.currency)
        self.claim_returned = ClaimReturned(unit_of_work, loans, clock)
        self.find_copy = FindCopy(unit_of_work, loans, clock)
        self.resolve_claim = ResolveClaim(unit_of_work, loans, catalogue, clock)
        self.close_branch = CloseBranch(unit_of_work, ports.due_items, ports.branches, clock, ports.holidays_of)
        self.correct_title = CorrectTitle(unit_of_work, ports.stock)
        self.sweep = Sweep(
            ports.sweeps,
            ports.forgetting,
            unit_of_work,
            ports.holds,
            clock,
            ports.report_sweep_failure,
            ports.retention,
            self.renew_loan,
        )
        self.whose_things = WhoseThings(ports.guardians, ports.merged)
        self.lists = LoanLists(loans)
        self.count_in_house_uses = CountInHouseUses(unit_of_work, catalogue, clock)
        self.clock = clock

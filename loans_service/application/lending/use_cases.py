"""The use cases of lending, bound to what they need."""

from loans_service.application.lending.amendments.amend_loan import ChangeDueDate, ClaimReturned, DeclareLost, FindCopy
from loans_service.application.lending.amendments.close_branch import CloseBranch
from loans_service.application.lending.amendments.resolve_claim import ResolveClaim
from loans_service.application.lending.check_out_copy import CheckOutCopy
from loans_service.application.lending.explain_check_out import ExplainCheckOut
from loans_service.application.lending.renewals.foresee_renewals import ForeseeRenewals
from loans_service.application.lending.renewals.renew_loan import RenewLoan
from loans_service.application.lending.return_copy import ReturnCopy
from loans_service.application.lending.show_borrower import ShowBorrower
from loans_service.application.lending.show_loans import ListLoans, ShowHistory, ShowLoan
from loans_service.application.ports import Ports
from loans_service.application.whose_things import WhoseThings


class LendingUseCases:
    """Everything that can be asked for at the desk where copies are lent and taken back."""

    def __init__(self, ports: Ports) -> None:
        work, catalogue, members, clock = ports.unit_of_work, ports.catalogue, ports.members, ports.clock
        views = ports.views
        self.check_out_copy = CheckOutCopy(work, catalogue, members)
        self.explain_check_out = ExplainCheckOut(work, catalogue, members)
        self.return_copy = ReturnCopy(work, catalogue)
        self.renew_loan = RenewLoan(work, views, members, clock)
        self.show_loan = ShowLoan(views)
        self.show_history = ShowHistory(views)
        self.list_loans = ListLoans(views, members, ports.merged)
        self.foresee_renewals = ForeseeRenewals(ports.renewals, ports.rules, members, clock)
        self.show_borrower = ShowBorrower(ports.accounts, ports.rules, members, clock)
        self.change_due_date = ChangeDueDate(work, views, clock)
        self.declare_lost = DeclareLost(work, views, catalogue, clock, ports.currency)
        self.claim_returned = ClaimReturned(work, views, clock)
        self.find_copy = FindCopy(work, views, clock)
        self.resolve_claim = ResolveClaim(work, views, catalogue, clock)
        self.close_branch = CloseBranch(work, ports.due_items, ports.branches, clock, ports.holidays_of)
        self.whose_things = WhoseThings(ports.guardians, ports.merged)
        self.clock = clock

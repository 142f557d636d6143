"""All that is done with loans, each bound to what it needs."""

from dataclasses import dataclass

from loans_service.application.lending.amend_loan import ChangeDueDate, ClaimReturned, DeclareLost, FindCopy
from loans_service.application.lending.close_branch import CloseBranch
from loans_service.application.lending.resolve_claim import ResolveClaim
from loans_service.application.lending.show_borrower import ShowBorrower
from loans_service.application.lending.show_loans import ListLoans, ShowHistory, ShowLoan


@dataclass(frozen=True, slots=True)
class LendingUseCases:
    """The use cases of lending; made once, handed to the routes."""

    show_loan: ShowLoan
    show_history: ShowHistory
    list_loans: ListLoans
    show_borrower: ShowBorrower
    change_due_date: ChangeDueDate
    declare_lost: DeclareLost
    claim_returned: ClaimReturned
    find_copy: FindCopy
    resolve_claim: ResolveClaim
    close_branch: CloseBranch

"""The use cases of lending, bound to what they need."""

from dataclasses import dataclass
from typing import Self

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
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class LendingUseCases:
    """Everything that can be asked for at the desk where copies are lent and taken back."""

    check_out_copy: CheckOutCopy
    explain_check_out: ExplainCheckOut
    return_copy: ReturnCopy
    renew_loan: RenewLoan
    show_loan: ShowLoan
    show_history: ShowHistory
    list_loans: ListLoans
    foresee_renewals: ForeseeRenewals
    show_borrower: ShowBorrower
    change_due_date: ChangeDueDate
    declare_lost: DeclareLost
    claim_returned: ClaimReturned
    find_copy: FindCopy
    resolve_claim: ResolveClaim
    close_branch: CloseBranch
    whose_things: WhoseThings
    clock: Clock

    @classmethod
    def bound(cls, ports: Ports) -> Self:
        """Bind them."""
        work, catalogue, members, clock = ports.unit_of_work, ports.catalogue, ports.members, ports.clock
        views = ports.views
        return cls(
            check_out_copy=CheckOutCopy(work, catalogue, members),
            explain_check_out=ExplainCheckOut(work, catalogue, members),
            return_copy=ReturnCopy(work, catalogue),
            renew_loan=RenewLoan(work, views, members, clock),
            show_loan=ShowLoan(views),
            show_history=ShowHistory(views),
            list_loans=ListLoans(views, members),
            foresee_renewals=ForeseeRenewals(ports.renewals, ports.rules, members, clock),
            show_borrower=ShowBorrower(ports.accounts, ports.rules, members, clock),
            change_due_date=ChangeDueDate(work, views, clock),
            declare_lost=DeclareLost(work, views, clock),
            claim_returned=ClaimReturned(work, views, clock),
            find_copy=FindCopy(work, views, clock),
            resolve_claim=ResolveClaim(work, views, clock),
            close_branch=CloseBranch(work, ports.due_items, ports.branches, clock, ports.holidays_of),
            whose_things=WhoseThings(ports.guardians),
            clock=clock,
        )

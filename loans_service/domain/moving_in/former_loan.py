"""How an open loan from another system continues here, with its dates, renewals and status."""

from datetime import datetime
from uuid import UUID

from loans_service.domain.circulating_copy import same_branch
from loans_service.domain.lending.check_out import Answered
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.lending.loan_terms import LoanTerms
from loans_service.domain.moving_in.former_records import (
    FormerLoan,
    InvalidFormerTime,
    beginning,
    differences,
    end,
    is_other_day,
    not_after,
)
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import Policy
from shared.kernel.errors import LibraryError

WHY = "Taken over from the library's former system."


def taken_over(
    former: FormerLoan, answered: Answered, *, id: UUID, policy: Policy, calendar: Calendar, now: datetime
) -> Loan:
    """Return the loan under the rule that applies to such loans now. Raises InvalidFormerTime.

    Reminders that were due before now are skipped. A late loan is declared lost no earlier than if it were due now.
    """
    begun = not_after(beginning(former.checked_out_at, calendar.zone), now, field="checked_out_at")
    due_at = end(former.due_at, calendar)
    if due_at <= begun:
        raise InvalidFormerTime("due_at")
    copy, category = answered.copy, answered.standing.category
    rule = policy.rule_for(category=category, item_type=copy.item_type, branch=answered.branch, known=answered.known)
    loan = Loan(
        id=id,
        copy=copy.as_circulating(),
        member_id=answered.standing.member_id,
        branch=answered.branch,
        now=begun,
        due_at=due_at,
        terms=LoanTerms(rule.name, policy.version, rule.renewals, category, rule.reminders, answered.standing.age_band),
        price=copy.price,
        timezone=copy.timezone,
        location=copy.location,
    )
    _note_status(loan, former, calendar=calendar, now=now)
    loan.take_over(renewals=former.renewals, renews_itself=rule.auto_renew, why=WHY, now=now)
    return loan


def follow(loan: Loan, former: FormerLoan, *, calendar: Calendar, renews_itself: bool = False, now: datetime) -> bool:
    """Update a loan that was taken over before from its record; return whether anything changed."""
    before = loan.version
    if loan.status is LoanStatus.OPEN:
        loan.change_due_date(end(former.due_at, calendar), why=WHY, now=now)
        if former.renewals > loan.renewals or loan.version != before:
            loan.catch_up(renewals=max(former.renewals, loan.renewals), renews_itself=renews_itself, now=now)
        _note_status(loan, former, calendar=calendar, now=now)
    elif loan.is_open and former.status == "open":
        loan.find_with_borrower(why=WHY, now=now)
    return loan.version != before


def differing(loan: Loan, former: FormerLoan, *, branch: str, calendar: Calendar) -> tuple[LibraryError, ...]:
    """Return how a record differs from the loan after `follow`."""
    return differences(
        {
            "checked_out_at": is_other_day(loan.checked_out_at, former.checked_out_at, calendar.zone),
            "due_at": loan.due_at != end(former.due_at, calendar),
            "renewals": former.renewals < loan.renewals,
            "branch": former.branch is not None and not same_branch(loan.branch, branch),
            "status": loan.status != former.status,
        }
    )


def _note_status(loan: Loan, former: FormerLoan, *, calendar: Calendar, now: datetime) -> None:
    if former.status == "open":
        return
    if former.status_since is None:
        since = min(loan.due_at, now)  # a copy is not missed before it is due
    else:
        since = not_after(beginning(former.status_since, calendar.zone), now, field="status_since")
    if former.status == "lost":
        loan.declare_lost(why=WHY, now=max(since, loan.checked_out_at))
    else:
        loan.claim_returned(why=WHY, now=max(since, loan.checked_out_at))

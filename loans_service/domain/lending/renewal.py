"""May this loan be renewed, and until when? Every reason against it is collected, not just the first."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from loans_service.domain.borrower import ARREARS, MEMBERS_REFUSALS, Borrower, MayNotActFor, Standing
from loans_service.domain.holds.hold_queue import RenewalHeldByOther
from loans_service.domain.lendable_copy import NotLoanableByPolicy
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_terms import LoanTerms, Override
from loans_service.domain.lending.offline import Offline
from loans_service.domain.lending.override import apply_override, that_counted
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar, NoOpenDay
from loans_service.domain.rules.due_date import (
    InvalidDueDate,
    RenewalChangesNothing,
    renewed_due_date,
    requested_due_date,
)
from loans_service.domain.rules.fines import is_beyond_grace, overdue_days
from loans_service.domain.rules.policy import LendingRule, Policy, RenewWhileHeld
from shared.kernel.errors import LibraryError, Refused, refuse_if_any


class RenewalLimitReached(Refused):
    """The loan was renewed as often as its rule allows."""

    code = "renewal-limit-reached"
    example: ClassVar = {"limit": 2}

    def __init__(self, limit: int) -> None:
        super().__init__("This loan was renewed as often as it can be. Return the copy in time.", limit=limit)


class UnseenRenewalLimitReached(Refused):
    """The loan was renewed as often as its rule allows while nobody saw the copy."""

    code = "unseen-renewal-limit-reached"
    example: ClassVar = {"limit": 1}

    def __init__(self, limit: int) -> None:
        super().__init__(
            "This loan was renewed as often as it can be from afar. Bring the copy, and it is renewed here.",
            limit=limit,
        )


class TooOverdueToRenew(Refused):
    """The copy is late by more than what costs nothing, which no renewal undoes."""

    code = "too-overdue-to-renew"
    example: ClassVar = {"overdue_days": 3, "limit": 1}

    def __init__(self, *, overdue_days: int, limit: int) -> None:
        super().__init__(
            "This loan is overdue by more than the days of grace. Return the copy.",
            overdue_days=overdue_days,
            limit=limit,
        )


class TooEarlyToRenew(Refused):
    """The loan is not due soon enough."""

    code = "too-early-to-renew"
    example: ClassVar = {"from_on": datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC), "days": 3}

    def __init__(self, *, from_on: datetime, days: int) -> None:
        super().__init__(
            f"This loan can be renewed within the last {days} days before it is due. Renew it then.",
            renewable_from=from_on.isoformat().replace("+00:00", "Z"),
            days=days,
        )


class LoanRecalled(Refused):
    """The copy was asked back for somebody who waits."""

    code = "loan-recalled"
    detail = "This copy was recalled for somebody who waits. Return it by the day on which it is due."


AGAINST_RENEWAL: tuple[type[LibraryError], ...] = (
    RenewalHeldByOther,
    LoanRecalled,
    *MEMBERS_REFUSALS.values(),
    MayNotActFor,
    *ARREARS,
    RenewalLimitReached,
    UnseenRenewalLimitReached,
    TooOverdueToRenew,
    TooEarlyToRenew,
    RenewalChangesNothing,
    NotLoanableByPolicy,
    NoOpenDay,
)
"""The refusals that a renewal can meet."""


@dataclass(frozen=True, slots=True)
class RenewalFacts:
    """The facts that decide a renewal: the loan, its borrower's standing, and the holds that wait for the copy.

    `others_wait`: this copy could fill another member's hold; `without_target`: and that hold has no target.
    `by_itself`: the loan renews itself; `recalled`: the loan is recalled; `offline`: a machine has renewed it already.
    `seen`: the copy is here while it is renewed. `borrower` is known only if the policy asks what they owe.
    """

    loan: Loan
    standing: Standing
    others_wait: bool
    without_target: bool
    calendar: Calendar
    now: datetime
    by_itself: bool = False
    offline: Offline | None = None
    recalled: bool = False
    seen: bool = False
    borrower: Borrower | None = None

    def arrears(self, policy: Policy) -> tuple[LibraryError, ...]:
        """Return what the borrower owes or has overdue, as far as the policy stops renewals for it."""
        if self.borrower is None:
            return ()
        terms = policy.terms_for(self.standing.category)
        return self.borrower.arrears(terms, now=self.now, only=policy.renewals_stopped_by)

    def is_held_by_other(self, rule: LendingRule) -> bool:
        """Return whether, by the rule, a hold of another member prevents the renewal."""
        match rule.renew_while_held:
            case RenewWhileHeld.NEVER:
                return self.others_wait
            case RenewWhileHeld.IF_OTHERS_AVAILABLE:
                return self.without_target
            case RenewWhileHeld.ALWAYS:
                return False


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a renewal costs: the rental of its period, and lateness that an override has renewed away."""

    charges_lateness: bool
    rental: Money | None


def renew(facts: RenewalFacts, policy: Policy, *, override: Override | None = None, by_staff: bool = False) -> Renewal:
    """Renew the loan by today's policy; its own terms limit how often.

    Raises every reason against it that is not overridden: those of the loan and its borrower, the renewal limit, a
    waiting hold, too much lateness, or that it would change nothing.
    """
    loan, begins = facts.loan, max(facts.loan.due_at, facts.now)
    rule, due_at, refusals = _assessed(facts, policy)
    counted = that_counted(override, refusals)
    if facts.offline is not None:
        refusals, counted = facts.offline.against(refusals)
    refuse_if_any(apply_override(refusals, override, by_staff=by_staff))
    if due_at <= loan.due_at:
        raise RenewalChangesNothing(due_at)
    loan.renew(
        due_at,
        terms=LoanTerms(
            rule.name,
            policy.version,
            rule.renewals,
            facts.standing.category,
            rule.reminders,
            facts.standing.age_band,
        ),
        now=facts.now,
        override=counted,
        acted_by=None if facts.standing.acted_by is None else facts.standing.acted_by.member_id,
        seen=facts.seen,
        by_itself=facts.by_itself,
    )
    if facts.offline is not None:
        loan.note_offline()
    return Renewal(
        charges_lateness=counted is not None and TooOverdueToRenew.code in counted.codes,
        rental=None if rule.rental is None else rule.rental.cost(begins, due_at, facts.calendar),
    )


def against_renewal(facts: RenewalFacts, policy: Policy) -> list[LibraryError]:
    """Return every reason against renewing the loan by today's policy."""
    return _assessed(facts, policy)[2]


def is_renewable(loan: Loan, *, others_wait: bool, recalled: bool) -> bool | None:
    """Return whether a renewal of the loan is left: None where others wait, for then the rules decide.

    What stands against its borrower is not looked at.
    """
    if loan.refusals() or loan.renewals >= loan.terms.renewals_allowed or recalled:
        return False
    return None if others_wait else True


def _assessed(facts: RenewalFacts, policy: Policy) -> tuple[LendingRule, datetime, list[LibraryError]]:
    """Return the rule that applies, the new due date, and every reason against the renewal."""
    loan = facts.loan
    standing = facts.standing
    known = replace(loan.known, home_branch=standing.home_branch, age=standing.age)
    rule = policy.rule_for(category=standing.category, item_type=loan.copy.item_type, branch=loan.branch, known=known)
    refusals = _against_loan(facts, rule)
    if loan.is_open:
        refusals += facts.arrears(policy)
    due_at = loan.due_at
    try:
        due_at = _renewed(facts, rule)
    except (NotLoanableByPolicy, NoOpenDay, InvalidDueDate, RenewalChangesNothing) as refusal:
        refusals.append(refusal)
    return rule, due_at, refusals


def _against_loan(facts: RenewalFacts, rule: LendingRule) -> list[LibraryError]:
    loan = facts.loan
    refusals: list[LibraryError] = [*loan.refusals(), *facts.standing.in_branch(loan.branch).against_renewal]
    if loan.renewals >= loan.terms.renewals_allowed:
        refusals.append(RenewalLimitReached(loan.terms.renewals_allowed))
    unseen = rule.unseen_renewals
    if unseen is not None and not facts.seen and loan.unseen_renewals >= unseen:
        refusals.append(UnseenRenewalLimitReached(unseen))
    days = rule.renew_not_before_days
    if days is not None and not facts.by_itself and facts.now < (from_on := loan.due_at - timedelta(days=days)):
        refusals.append(TooEarlyToRenew(from_on=from_on, days=days))
    if facts.is_held_by_other(rule):
        refusals.append(RenewalHeldByOther())
    if facts.recalled:
        refusals.append(LoanRecalled())
    return [*refusals, *_against_lateness(facts, rule)] if loan.is_open else refusals


def _against_lateness(facts: RenewalFacts, rule: LendingRule) -> list[LibraryError]:
    """Return the refusal of a renewal that would undo a fine or a suspension, if there is any."""
    loan, now, calendar = facts.loan, facts.now, facts.calendar
    if rule.fine is not None and not rule.fine.forgive_on_renewal:
        rate = rule.fine.of(recalled=loan.recalled_at is not None)
        if is_beyond_grace(loan.due_at, now, calendar=calendar, rate=rate):
            late = overdue_days(loan.due_at, now, calendar, count_closed=rate.count_closed)
            return [TooOverdueToRenew(overdue_days=late, limit=rate.grace_days)]
    suspension = rule.suspension
    if suspension is not None and suspension.is_beyond_grace(loan.due_at, now, calendar):
        return [TooOverdueToRenew(overdue_days=overdue_days(loan.due_at, now, calendar), limit=suspension.grace_days)]
    return []


def _renewed(facts: RenewalFacts, rule: LendingRule) -> datetime:
    if facts.offline is not None and facts.offline.due_at is not None:
        return requested_due_date(facts.offline.due_at, now=facts.now).due_at
    if not rule.loanable:
        raise NotLoanableByPolicy(facts.loan.copy.item_type, facts.standing.category, rule.name, ages=rule.age)
    return renewed_due_date(
        rule,
        due_at=facts.loan.due_at,
        now=facts.now,
        calendar=facts.calendar,
        membership_ends=facts.standing.membership_ends,
    ).due_at

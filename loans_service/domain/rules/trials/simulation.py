"""The outcome of a past loan under another policy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar, NoOpenDay
from loans_service.domain.rules.conditions import Particulars
from loans_service.domain.rules.due_date import due_date
from loans_service.domain.rules.fines import overdue_fine
from loans_service.domain.rules.policy import LendingRule, Policy


@dataclass(frozen=True, slots=True)
class PastLoan:
    """The facts of a loan that the policy uses.

    `returned_at` is also None if the copy did not come back or its borrower's claim was believed, because lateness was
    not charged then. A fine never exceeds `price`.
    """

    loan_id: UUID
    checked_out_at: datetime
    returned_at: datetime | None
    category: str
    item_type: str
    branch: str
    rule: str
    policy_version: int
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class SimulatedLoan:
    """The outcome of a loan under a rule. `due_at` is None if the rule lends nothing or the branch never reopens.

    `terms` are what the rule says of all that may happen to a loan besides, by the word for a change of it.
    """

    rule: str
    loanable: bool
    due_at: datetime | None
    renewals: int
    fine: Money | None
    rental: Money | None = None
    suspended_days: int = 0
    terms: Mapping[str, object] = field(default_factory=dict)

    def changes(self, after: "SimulatedLoan") -> Iterator[str]:
        """Yield a word for each way in which `after` differs."""
        if self.loanable != after.loanable:
            yield "lent" if after.loanable else "not_lent"
        elif self.due_at != after.due_at:
            if self.due_at is None or after.due_at is None:
                yield "no_open_day"
            else:
                yield "due_later" if after.due_at > self.due_at else "due_earlier"
        if self.renewals != after.renewals:
            yield "renewals"
        if self.fine != after.fine:
            yield "fine"
        if self.rental != after.rental:
            yield "rental"
        if self.suspended_days != after.suspended_days:
            yield "suspension"
        yield from (word for word, terms in self.terms.items() if after.terms.get(word) != terms)


def replay(
    loan: PastLoan, *, made_under: Policy, proposed: Policy, calendar: Calendar
) -> tuple[SimulatedLoan, SimulatedLoan] | None:
    """Return the outcomes under both policies; None if the old one lacks the rule that the loan names.

    Both are computed in the same way, from the day of the loan and today's calendar, without renewals, requested due
    dates or memberships, so that they differ only by the policies. Location, home branch and age are not
    recorded: rules that ask for them count for the loans that were made under a rule of the same name.
    """
    before = next((rule for rule in made_under.rules if rule.name == loan.rule), None)
    if before is None:
        return None
    known = Particulars(made_under=loan.rule)
    after = proposed.rule_for(category=loan.category, item_type=loan.item_type, branch=loan.branch, known=known)
    return _outcome(before, loan, calendar), _outcome(after, loan, calendar)


def _outcome(rule: LendingRule, loan: PastLoan, calendar: Calendar) -> SimulatedLoan:
    due_at: datetime | None = None
    fine: Money | None = None
    if rule.loanable:
        try:
            due_at = due_date(rule, now=loan.checked_out_at, calendar=calendar, membership_ends=date.max).due_at
        except NoOpenDay:
            due_at = None
    rental: Money | None = None
    suspended_days = 0
    if due_at is not None and rule.rental is not None:
        rental = rule.rental.cost(loan.checked_out_at, due_at, calendar)
    if due_at is not None and loan.returned_at is not None:
        if rule.suspension is not None:
            suspended_days = rule.suspension.days(due_at, loan.returned_at, calendar)
        fine = overdue_fine(due_at, loan.returned_at, calendar=calendar, rule=rule, price=loan.price)
    return SimulatedLoan(rule.name, rule.loanable, due_at, rule.renewals, fine, rental, suspended_days, _terms(rule))


def _terms(rule: LendingRule) -> dict[str, object]:
    fine, suspension = rule.fine, rule.suspension
    return {
        "renewal_terms": (
            *(rule.unseen_renewals, rule.renewal_period, rule.renew_from, rule.auto_renew),
            *(rule.renew_not_before_days, rule.renew_while_held, fine is not None and fine.forgive_on_renewal),
        ),
        "recall": (rule.recall, fine and fine.after_recall),
        "when_others_wait": (rule.period_when_others_wait, rule.others_wait_from),
        "holds": rule.holds_allowed,
        "after_return": (rule.after_return, rule.floats_among),
        "reminders": rule.reminders,
        "deposit": rule.deposit,
        "lost": rule.lost,
        "notes": rule.confirm_notes,
        "self_check_out": rule.self_check_out,
        "suspension_terms": suspension is not None and suspension.adds_up,
    }

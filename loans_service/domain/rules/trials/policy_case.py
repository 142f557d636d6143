"""Test cases that a library stores with its policy: what must come out for whom, whatever else changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.circulation_rules import NO_BRANCH
from loans_service.domain.rules.conditions import Particulars
from loans_service.domain.rules.due_date import RenewalChangesNothing, due_date, renewed_due_date
from loans_service.domain.rules.fines import overdue_fine
from loans_service.domain.rules.policy import LendingRule, Policy
from shared.kernel.errors import InvalidValue

_ALWAYS_OPEN = Calendar(ZoneInfo("UTC"))
_COSTS = ("fine", "reminder_fees", "suspended_days", "rental", "deposit")


class PolicyCaseFails(InvalidValue):
    """A test case that is stored with the policy does not come out as it says."""

    code = "policy-case-fails"
    example: ClassVar = {
        "field": "cases.0.expect.renewals",
        "name": "a film is renewed once",
        "expected": 1,
        "found": 2,
    }

    def __init__(self, *, field: str, name: str, expected: object, found: object) -> None:
        super().__init__(
            f"The case {name!r} does not come out as it says. Correct the table or the case.",
            field=field,
            expected=expected,
            found=found,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCase:
    """A member of a category borrows an item on a day, in a branch that never closes, and returns it `days_late`.

    They renew it on the day `renewed_on`, unless that is None; it is late after the day to which it was renewed.
    `expect` holds what must come out, of: rule, loanable, due_on, renewed_due_on, renewals, holds_allowed, fine,
    reminder_fees, suspended_days, rental (of the check-out), deposit, most_loans, most_holds. None in `branch`: a
    branch that no rule names.
    """

    name: str
    category: str
    item_type: str
    branch: str | None = None
    location: str | None = None
    home_branch: str | None = None
    age: int | None = None
    lent_on: date
    renewed_on: date | None = None
    days_late: int = 0
    expect: Mapping[str, Any]

    def failures(self, policy: Policy, *, where: str) -> Iterator[PolicyCaseFails]:
        """Yield a failure for each fact that differs; `where` is the place of the case in the document."""
        outcome = self._outcome(policy)
        for fact, expected in self.expect.items():
            if expected != outcome[fact]:
                field = f"{where}.expect.{fact}"
                yield PolicyCaseFails(field=field, name=self.name, expected=expected, found=outcome[fact])

    def _outcome(self, policy: Policy) -> dict[str, Any]:
        known = Particulars(self.location, self.home_branch, self.age)
        rule = policy.rule_for(
            category=self.category, item_type=self.item_type, branch=self.branch or NO_BRANCH, known=known
        )
        terms = policy.terms_for(self.category)
        due_on: str | None = None
        renewed: datetime | None = None
        costs: dict[str, int] = {}
        if rule.loanable:
            noon = datetime.combine(self.lent_on, time(12), UTC)
            due_at = due_date(rule, now=noon, calendar=_ALWAYS_OPEN, membership_ends=date.max).due_at
            renewed = self._renewed(rule, due_at)
            due_on, costs = due_at.date().isoformat(), self._costs(rule, noon, due_at, ends=renewed or due_at)
        return {
            "rule": rule.name,
            "loanable": rule.loanable,
            "due_on": due_on,
            "renewed_due_on": None if renewed is None else renewed.date().isoformat(),
            "renewals": rule.renewals,
            "holds_allowed": rule.holds_allowed,
            **{fact: costs.get(fact) for fact in _COSTS},
            "most_loans": terms.most_loans,
            "most_holds": terms.most_holds,
        }

    def _renewed(self, rule: LendingRule, due_at: datetime) -> datetime | None:
        """Return when the item is due once renewed; None without a renewal, or if it changes nothing."""
        if self.renewed_on is None:
            return None
        noon = datetime.combine(self.renewed_on, time(12), UTC)
        try:
            found = renewed_due_date(rule, due_at=due_at, now=noon, calendar=_ALWAYS_OPEN, membership_ends=date.max)
        except RenewalChangesNothing:
            return None
        return found.due_at

    def _costs(self, rule: LendingRule, lent_at: datetime, due_at: datetime, *, ends: datetime) -> dict[str, int]:
        """Return what the loan costs, in minor units or days. Each reminder is sent at its moment.

        It is late after it `ends`, the rental is for the time until `due_at`.
        """
        back_at = ends + timedelta(days=self.days_late)
        fine = overdue_fine(ends, back_at, calendar=_ALWAYS_OPEN, rule=rule)
        fees = (each.fee for each in rule.reminders or () if each.is_due(back_at, due_at=ends))
        rental = None if rule.rental is None else rule.rental.cost(lent_at, due_at, _ALWAYS_OPEN)
        return {
            "fine": _cents(fine),
            "reminder_fees": sum(map(_cents, fees)),
            "suspended_days": 0 if rule.suspension is None else rule.suspension.days(ends, back_at, _ALWAYS_OPEN),
            "rental": _cents(rental),
            "deposit": _cents(rule.deposit),
        }


def _cents(owed: Money | None) -> int:
    return 0 if owed is None else owed.amount

"""Test cases that a library stores with its policy: what must come out for whom, whatever else changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.due_date import due_date
from loans_service.domain.rules.fines import overdue_fine
from loans_service.domain.rules.policy import Policy
from shared.kernel.errors import InvalidValue

_ALWAYS_OPEN = Calendar(ZoneInfo("UTC"))
_NO_BRANCH = ""


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

    `expect` holds what must come out, of: rule, loanable, due_on, renewals, holds_allowed, fine, most_loans,
    most_holds. None in `branch`: a branch that no rule names.
    """

    name: str
    category: str
    item_type: str
    branch: str | None = None
    lent_on: date
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
        rule = policy.rule_for(category=self.category, item_type=self.item_type, branch=self.branch or _NO_BRANCH)
        terms = policy.terms_for(self.category)
        due_on: str | None = None
        fine: int | None = None
        if rule.loanable:
            noon = datetime.combine(self.lent_on, time(12), UTC)
            due_at = due_date(rule, now=noon, calendar=_ALWAYS_OPEN, membership_ends=date.max).due_at
            owed = overdue_fine(due_at, due_at + timedelta(days=self.days_late), calendar=_ALWAYS_OPEN, rule=rule)
            due_on, fine = due_at.date().isoformat(), 0 if owed is None else owed.amount
        return {
            "rule": rule.name,
            "loanable": rule.loanable,
            "due_on": due_on,
            "renewals": rule.renewals,
            "holds_allowed": rule.holds_allowed,
            "fine": fine,
            "most_loans": terms.most_loans,
            "most_holds": terms.most_holds,
        }

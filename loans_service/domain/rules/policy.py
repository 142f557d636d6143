"""The policy: which rule of lending applies to whom, to what and where. It is data; this file knows how to read it."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import product
from typing import ClassVar, TypeVar

from loans_service.domain.money import Money
from shared.kernel.errors import InvalidValue, NotFound, refuse_if_any

Entry = TypeVar("Entry")


class Unit(StrEnum):
    """What a period is counted in. Hours are elapsed; the others are counted on the calendar."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class RenewWhileHeld(StrEnum):
    """Whether a loan is renewed while somebody waits for such a copy."""

    NEVER = "never"
    IF_OTHERS_AVAILABLE = "if_others_available"
    ALWAYS = "always"


class AfterReturn(StrEnum):
    """What becomes of a copy that comes back in another branch than its own and serves nobody."""

    HOME = "home"
    STAYS = "stays"


LONGEST = {Unit.HOURS: 87_600, Unit.DAYS: 3_650, Unit.WEEKS: 520, Unit.MONTHS: 120}
"""Ten years in each unit: nothing is lent for longer."""


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time such as 3 weeks."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True, slots=True)
class OverdueRate:
    """What lateness costs: so much per open day, at most so much; nothing for up to `grace_days` open days."""

    per_day: Money
    most: Money
    grace_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LendingRule:
    """How items are lent that match. None in `category`, `item_type` or `branch` (in capitals) means any.

    `period` is None only where nothing is lent; `period_when_others_wait` takes its place while somebody waits for the
    copy. `fixed_due_date` is a ceiling until it has passed. `fine` of None: lateness costs nothing.
    `renew_while_held`: if other copies are there for those who wait; `after_return`: whether copies float.
    """

    name: str
    category: str | None = None
    item_type: str | None = None
    branch: str | None = None
    loanable: bool = True
    period: Period | None = None
    period_when_others_wait: Period | None = None
    fixed_due_date: date | None = None
    renewals: int = 0
    holds_allowed: bool = True
    fine: OverdueRate | None = None
    renew_while_held: RenewWhileHeld = RenewWhileHeld.IF_OTHERS_AVAILABLE
    after_return: AfterReturn = AfterReturn.HOME

    @property
    def names(self) -> tuple[str | None, str | None, str | None]:
        """What it names: an item type, a category, a branch."""
        return (self.item_type, self.category, self.branch)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryTerms:
    """What members of a category may have at the same time. None in `category` means every other category.

    With `most_overdue` loans late, or `most_owed` owed, borrowing stops.
    """

    category: str | None = None
    most_loans: int
    most_loans_per_item_type: Mapping[str, int] = field(default_factory=dict)
    most_holds: int
    most_overdue: int
    most_owed: Money


@dataclass(frozen=True, slots=True)
class LostTerms:
    """When a copy counts as lost and what that costs; its price comes back if it does within `refund_within_days`."""

    after_days_overdue: int
    default_price: Money
    processing: Money
    refund_within_days: int


class PolicyNotFound(NotFound):
    """There is no such version of the policy."""

    code = "policy-not-found"
    detail = "There is no version of the policy with this number."


class InvalidPolicy(InvalidValue):
    """The table as a whole does not do."""

    code = "invalid-policy"
    example: ClassVar = {"field": "rules", "detail": "The table needs one rule for any category, item type and branch."}

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the whole table. Built only complete.

    Raises InvalidPolicy, or all of them as Refusals, when something is missing, doubtful or said twice.
    """

    version: int
    currency: str
    rules: tuple[LendingRule, ...]
    terms: tuple[CategoryTerms, ...]
    hold_shelf_days: int
    lost: LostTerms
    keep_history_days: int
    retarget_after_open_days: int = 2
    _by_names: Mapping[tuple[str | None, ...], LendingRule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        refuse_if_any(_problems(self))
        object.__setattr__(self, "_by_names", {rule.names: rule for rule in self.rules})

    def rule_for(self, *, category: str, item_type: str, branch: str) -> LendingRule:
        """Return the most specific rule: naming the item type outweighs the category, and that the branch.

        There is one: the table has a fallback, and no two rules name the same.
        """
        asked = product((item_type, None), (category, None), (branch.upper(), None))
        return next(self._by_names[names] for names in asked if names in self._by_names)

    def rule_named(self, name: str) -> LendingRule | None:
        """Return the rule of this name, if the table has it."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def lends(self, item_type: str, *, branch: str) -> Callable[[str], bool]:
        """Return a predicate: whether the policy lends this item type to the holds of a category."""

        def serves(category: str) -> bool:
            rule = self.rule_for(category=category, item_type=item_type, branch=branch)
            return rule.loanable and rule.holds_allowed

        return serves

    def terms_for(self, category: str) -> CategoryTerms:
        """Return the terms of this category, or those for every other."""
        named = {terms.category: terms for terms in self.terms}
        return named.get(category, named[None])


def _problems(policy: Policy) -> Iterator[InvalidPolicy]:
    if not any(rule.names == (None, None, None) for rule in policy.rules):
        yield InvalidPolicy("rules", "The table needs one rule for any category, item type and branch.")
    if not any(terms.category is None for terms in policy.terms):
        yield InvalidPolicy("terms", "The table needs terms for any category.")
    for place in _repeated(policy.rules, lambda rule: rule.names):
        yield InvalidPolicy(f"rules.{place}", "An earlier rule names the same category, item type and branch.")
    for place in _repeated(policy.rules, lambda rule: rule.name):
        yield InvalidPolicy(f"rules.{place}.name", "An earlier rule has the same name.")
    for place in _repeated(policy.terms, lambda terms: terms.category):
        yield InvalidPolicy(f"terms.{place}.category", "There are terms for this category already.")
    for place, rule in enumerate(policy.rules):
        yield from _doubts_about(rule, f"rules.{place}")
    for where, money in _amounts(policy):
        if money.currency != policy.currency:
            yield InvalidPolicy(f"{where}.currency", f"This library counts in {policy.currency}.")


def _doubts_about(rule: LendingRule, where: str) -> Iterator[InvalidPolicy]:
    if rule.loanable and rule.period is None:
        yield InvalidPolicy(f"{where}.period", "Say for how long this is lent, or that it is not loanable.")
    for name in ("period", "period_when_others_wait"):
        period: Period | None = getattr(rule, name)
        if period is not None and not 1 <= period.amount <= LONGEST[period.unit]:
            yield InvalidPolicy(f"{where}.{name}.amount", "A period is at least 1 and at most ten years.")


def _amounts(policy: Policy) -> Iterator[tuple[str, Money]]:
    for place, rule in enumerate(policy.rules):
        if rule.fine is not None:
            yield f"rules.{place}.fine.per_day", rule.fine.per_day
            yield f"rules.{place}.fine.most", rule.fine.most
    for place, terms in enumerate(policy.terms):
        yield f"terms.{place}.most_owed", terms.most_owed
    yield "lost.default_price", policy.lost.default_price
    yield "lost.processing", policy.lost.processing


def _repeated(entries: Iterable[Entry], what: Callable[[Entry], Hashable]) -> Iterator[int]:
    """Yield the places of entries that say again what an earlier one said."""
    seen: set[Hashable] = set()
    for place, entry in enumerate(entries):
        if what(entry) in seen:
            yield place
        seen.add(what(entry))

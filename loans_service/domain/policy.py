"""The policy: which rule of lending applies to whom and what. It is data; this file knows only how to read it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LendingRule:
    """For how long one item type is lent to one category. None in `category` or `item_type` means any.

    `days` counts calendar days; `renewals` is how often the loan may be renewed.
    """

    name: str
    category: str | None
    item_type: str | None
    loanable: bool
    days: int
    renewals: int

    def matches(self, *, category: str, item_type: str) -> bool:
        """Tell whether this rule speaks about that category and item type."""
        return self.category in (None, category) and self.item_type in (None, item_type)

    @property
    def specificity(self) -> tuple[bool, bool]:
        """Rank among matching rules: an item type is more specific than a category; both beat either."""
        return (self.item_type is not None, self.category is not None)


@dataclass(frozen=True, slots=True)
class CategoryTerms:
    """What a category of members may have at the same time. None in `category` means every other category."""

    category: str | None
    most_loans: int
    most_overdue: int


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the whole table. Built only complete: with a rule and with terms that match everything."""

    version: int
    rules: tuple[LendingRule, ...]
    terms: tuple[CategoryTerms, ...]

    def __post_init__(self) -> None:
        if not any(rule.category is None and rule.item_type is None for rule in self.rules):
            raise ValueError("a policy needs a rule for any category and any item type")
        if not any(terms.category is None for terms in self.terms):
            raise ValueError("a policy needs terms for any category")

    def rule_for(self, *, category: str, item_type: str) -> LendingRule:
        """Return the most specific rule; of two equally specific ones the first in the table."""
        matching = (rule for rule in self.rules if rule.matches(category=category, item_type=item_type))
        return max(matching, key=lambda rule: rule.specificity)

    def terms_for(self, category: str) -> CategoryTerms:
        """Return the terms of this category, or those for every other."""
        named = {terms.category: terms for terms in self.terms}
        return named.get(category, named[None])

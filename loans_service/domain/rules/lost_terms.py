"""When a copy counts as lost, what that costs, and what it costs if debts have to be collected."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Protocol

from loans_service.domain.money import Money


@dataclass(frozen=True, slots=True)
class LostTerms:
    """When a copy counts as lost and what that costs; the price is refunded for `refund_within_days` days.

    With `refund_processing` its processing is refunded, too. A copy that counts as lost by its age alone is charged
    `bill_after_days` later, so that its borrower may still bring it back.
    """

    after_days_overdue: int
    default_price: Money
    processing: Money
    refund_within_days: int
    refund_processing: bool = False
    bill_after_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LostTermsOfRule:
    """What a rule says otherwise than the policy of lost copies; None: the same."""

    after_days_overdue: int | None = None
    default_price: Money | None = None
    processing: Money | None = None
    refund_within_days: int | None = None
    refund_processing: bool | None = None
    bill_after_days: int | None = None

    def instead_of(self, usual: LostTerms) -> LostTerms:
        """Return the terms of the rule: its own, and the usual ones where it says nothing."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(usual, **{name: value for name, value in named.items() if value is not None})

    def amounts(self) -> Iterator[tuple[str, Money]]:
        """Yield its amounts of money by name."""
        for name in ("default_price", "processing"):
            if (amount := getattr(self, name)) is not None:
                yield name, amount


class OfRule(Protocol):
    """A rule, as far as lost copies are concerned."""

    @property
    def name(self) -> str: ...

    @property
    def lost(self) -> LostTermsOfRule | None: ...


def terms_of(rule: OfRule, usual: LostTerms) -> LostTerms:
    """Return what a rule says of lost copies."""
    return usual if rule.lost is None else rule.lost.instead_of(usual)


def rules_by_days_until_lost(rules: Iterable[OfRule], usual: LostTerms) -> Mapping[int, tuple[str, ...]]:
    """Return the names of the rules by how many days overdue count as lost."""
    found: dict[int, tuple[str, ...]] = {}
    for rule in rules:
        days = terms_of(rule, usual).after_days_overdue
        found[days] = (*found.get(days, ()), rule.name)
    return found


def longest_refund_days(rules: Iterable[OfRule], usual: LostTerms) -> int:
    """Return for how many days at most the price of a lost copy is refunded."""
    return max(terms_of(rule, usual).refund_within_days for rule in rules)


@dataclass(frozen=True, slots=True)
class CollectionTerms:
    """`fee` is charged when the debts of a member are sent to a collection agency; None: nothing."""

    fee: Money | None = None

    def amounts(self) -> Iterator[tuple[str, Money]]:
        """Yield the amounts with where they stand in the policy."""
        if self.fee is not None:
            yield "collections.fee", self.fee

"""What lateness costs."""

from collections.abc import Iterable
from datetime import datetime

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import LendingRule


def overdue_days(due_at: datetime, returned_at: datetime, calendar: Calendar) -> int:
    """Return how many open days after its due day a copy came back; the day of the return counts."""
    if returned_at <= due_at:
        return 0
    return calendar.open_days_between(calendar.day_of(due_at), calendar.day_of(returned_at))


def overdue_fine(
    due_at: datetime, returned_at: datetime, *, calendar: Calendar, rule: LendingRule, price: Money | None = None
) -> Money | None:
    """Return the fine for a copy that came back at `returned_at`; None if nothing is owed.

    Lateness is free up to the rule's grace in open days; after that every open day counts, including the first. It
    never costs more than the rule's maximum or the copy's `price`, unless that is in another currency.
    """
    rate = rule.fine
    days = overdue_days(due_at, returned_at, calendar)
    if rate is None or days <= rate.grace_days:
        return None
    owed = min(rate.per_day * days, rate.most)
    if price is not None and price.currency == owed.currency:
        owed = min(owed, price)
    return owed if owed.amount > 0 else None


def price_of_loss(default: Money, reported: Money | None) -> Money:
    """Return what a lost copy costs: the reported price, unless it is in another currency than the policy's."""
    return default if reported is None or reported.currency != default.currency else reported


def left_to_charge(owed: Money, charged: Iterable[Money]) -> Money | None:
    """Return how much of a fine is still to be charged; None if nothing is.

    Another system that charges daily may have charged a part of it before the copy came back here, whether that was
    paid, forgiven or neither. Amounts in another currency do not count.
    """
    left = owed.amount - sum(each.amount for each in charged if each.currency == owed.currency)
    return Money(left, owed.currency) if left > 0 else None

"""What lateness costs."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.overdue_rate import FineUnit, OverdueRate
from loans_service.domain.rules.policy import LendingRule

_HOUR, _WEEK = timedelta(hours=1), timedelta(weeks=1)


def overdue_days(due_at: datetime, returned_at: datetime, calendar: Calendar, *, count_closed: bool = False) -> int:
    """Return how many open days after its due day a copy came back, or days at all with `count_closed`.

    The day of the return counts.
    """
    if returned_at <= due_at:
        return 0
    due_on, returned_on = calendar.day_of(due_at), calendar.day_of(returned_at)
    return (returned_on - due_on).days if count_closed else calendar.open_days_between(due_on, returned_on)


def overdue_fine(
    due_at: datetime,
    returned_at: datetime,
    *,
    calendar: Calendar,
    rule: LendingRule,
    price: Money | None = None,
    recalled: bool = False,
) -> Money | None:
    """Return the fine for a copy that came back at `returned_at`; None if nothing is owed.

    Lateness is free up to the rule's grace in open days; after that every open hour, day or week that has begun
    counts, including the first, or each span of so many of them. It never costs more than the rule's maximum or the
    copy's `price`, unless that is in another currency.
    """
    if rule.fine is None:
        return None
    rate = rule.fine.of(recalled=recalled)
    begun = -(-late_units(due_at, returned_at, calendar=calendar, rate=rate) // rate.every)
    owed = min(rate.per_day * begun, rate.most)
    if price is not None and price.currency == owed.currency:
        owed = min(owed, price)
    return owed if owed.amount > 0 else None


def late_units(due_at: datetime, returned_at: datetime, *, calendar: Calendar, rate: OverdueRate) -> int:
    """Return how many hours, days or weeks of lateness count; no more than cost the rate's maximum."""
    if not is_beyond_grace(due_at, returned_at, calendar=calendar, rate=rate):
        return 0
    enough = -(-rate.most.amount // rate.per_day.amount) * rate.every if rate.per_day.amount > 0 else 0
    match rate.per:
        case FineUnit.DAY:
            return min(overdue_days(due_at, returned_at, calendar, count_closed=rate.count_closed), enough)
        case FineUnit.WEEK:
            return _weeks(calendar.day_of(due_at), calendar.day_of(returned_at), calendar, rate, enough=enough)
        case FineUnit.HOUR:
            late = returned_at - due_at
            if not rate.count_closed:
                late = calendar.open_time_between(due_at, returned_at, enough=enough * _HOUR)
            return min(-(-late // _HOUR), enough)


def is_beyond_grace(due_at: datetime, returned_at: datetime, *, calendar: Calendar, rate: OverdueRate) -> bool:
    """Return whether a copy came back later than is free."""
    if rate.per is FineUnit.HOUR and rate.grace_days == 0:
        if rate.count_closed or returned_at <= due_at:
            return returned_at > due_at
        return calendar.open_time_between(due_at, returned_at, enough=_HOUR) > timedelta(0)
    return overdue_days(due_at, returned_at, calendar, count_closed=rate.count_closed) > rate.grace_days


def _weeks(due_on: date, returned_on: date, calendar: Calendar, rate: OverdueRate, *, enough: int) -> int:
    """Count the weeks of lateness that have begun; without closed days, those in which the branch was open."""
    begun = -(-(returned_on - due_on).days // 7)
    if rate.count_closed:
        return min(begun, enough)
    weeks = 0
    for number in range(begun):
        if weeks >= enough:
            break
        first, last = due_on + number * _WEEK, min(due_on + (number + 1) * _WEEK, returned_on)
        weeks += calendar.open_days_between(first, last) > 0
    return weeks


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

"""When a copy must be back, and why then."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self

from loans_service.domain.rules.calendar import FURTHEST_DAYS, Calendar
from loans_service.domain.rules.policy import LendingRule, Period, Unit
from shared.kernel.errors import Refused


class Step(StrEnum):
    """The steps that determine a due date, in their order."""

    PERIOD = "period"
    FIXED_DUE_DATE = "fixed_due_date"
    CLOSED_DAY = "closed_day"
    MEMBERSHIP = "membership"
    REQUESTED = "wish"


@dataclass(frozen=True, slots=True)
class DueStep:
    """Where a step left the due date, and why."""

    step: Step
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DueDate:
    """A due date and the steps that led to it; the last step has the date itself."""

    steps: tuple[DueStep, ...]

    @property
    def due_at(self) -> datetime:
        """The moment to which the copy is lent, in UTC."""
        return self.steps[-1].due_at

    def then(self, step: Step, due_at: datetime, reason: str) -> Self:
        """Return the due date after one more step."""
        return type(self)((*self.steps, DueStep(step, due_at, reason)))


class InvalidDueDate(Refused):
    """The due date asked for is not one that a loan can have."""

    code = "invalid-due-date"

    def __init__(self, due_at: datetime | None) -> None:
        if due_at is None:
            super().__init__("The policy knows no due date for this. Say with `due_at` until when it is lent.")
            return
        super().__init__(
            f"A loan must be due after this moment and within {FURTHEST_DAYS} days. Choose another due date.",
            due_at=_text(due_at),
        )


class RenewalChangesNothing(Refused):
    """A renewal now would not let the borrower keep the copy for longer."""

    code = "renewal-changes-nothing"

    def __init__(self, due_at: datetime) -> None:
        super().__init__(
            "Renewed now, the loan would not end later than it does. Renew it later.", due_at=_text(due_at)
        )


def due_date(
    rule: LendingRule, *, now: datetime, calendar: Calendar, membership_ends: date, others_wait: bool = False
) -> DueDate:
    """Return when a copy that is lent now by `rule` must be back.

    - Days, weeks and months are counted on the branch's calendar and end with its day; hours are elapsed.
    - A fixed due date that has not passed is a ceiling.
    - A closed day moves the end to the next open day, or, under a ceiling, to the last open one before it.
    - An hour loan ends while the desk is open: else when it opens next, or, under a ceiling, with the day.
    - A membership that ends earlier pulls it back to its last open day, never before the day of the loan.

    Raises NoOpenDay when the branch stays closed for a year, InvalidDueDate when the rule has no period.
    """
    period = rule.period_when_others_wait if others_wait and rule.period_when_others_wait else rule.period
    if period is None:
        raise InvalidDueDate(None)
    today = calendar.day_of(now)
    found = _counted(period, rule, now, calendar)
    ceiling = rule.fixed_due_date
    if ceiling is not None and ceiling < today:
        ceiling = None
    found = _under(ceiling, found, calendar)
    found = _opened(found, calendar, today=today, ceiling=ceiling, by_hour=period.unit is Unit.HOURS)
    return _within(membership_ends, found, calendar, today=today)


def renewed_due_date(
    rule: LendingRule, *, due_at: datetime, now: datetime, calendar: Calendar, membership_ends: date
) -> DueDate:
    """Return when a loan due at `due_at` is due once renewed: its period starts then or now, whichever is later.

    Raises RenewalChangesNothing if that is not later than before or the loan already ends after the membership, and
    whatever `due_date` raises.
    """
    if due_at > now and calendar.day_of(due_at) > membership_ends:
        raise RenewalChangesNothing(due_at)
    found = due_date(rule, now=max(due_at, now), calendar=calendar, membership_ends=membership_ends)
    if found.due_at <= due_at:
        raise RenewalChangesNothing(due_at)
    return found


def after_closing(moment: datetime, *, calendar: Calendar) -> datetime:
    """Return the new end of something that was to end at `moment`, after a closure was added to the calendar.

    The end of a closed day becomes the end of the next open day, any other moment of it the next opening. Raises
    NoOpenDay.
    """
    day = calendar.day_of(moment)
    next_day = calendar.next_open_day(day)
    if next_day == day:
        return moment
    return calendar.end_of_day(next_day) if moment == calendar.end_of_day(day) else calendar.opening(next_day)


def requested_due_date(requested: datetime, *, now: datetime) -> DueDate:
    """Return a due date that was requested at the desk.

    Raises InvalidDueDate if it is not after `now`, or too far away for any loan.
    """
    if not now < requested <= now + timedelta(days=FURTHEST_DAYS):
        raise InvalidDueDate(requested)
    return DueDate((DueStep(Step.REQUESTED, requested, "Asked for at the desk."),))


def _counted(period: Period, rule: LendingRule, now: datetime, calendar: Calendar) -> DueDate:
    reason = f"{period} from {now.astimezone(calendar.zone):%Y-%m-%d %H:%M}, by rule {rule.name!r}."
    if period.unit is Unit.HOURS:
        end = now.astimezone(UTC) + timedelta(hours=period.amount)
    else:
        end = calendar.end_of_day(_later(calendar.day_of(now), period))
    return DueDate((DueStep(Step.PERIOD, end, reason),))


def _later(day: date, period: Period) -> date:
    """Return the day that is `period` later; a month after the 31st is the last day of a shorter month."""
    if period.unit is not Unit.MONTHS:
        return day + timedelta(**{period.unit: period.amount})
    years, month = divmod(day.month - 1 + period.amount, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _under(ceiling: date | None, found: DueDate, calendar: Calendar) -> DueDate:
    if ceiling is None or calendar.day_of(found.due_at) <= ceiling:
        return found
    return found.then(Step.FIXED_DUE_DATE, calendar.end_of_day(ceiling), f"The rule ends every loan on {ceiling}.")


def _opened(found: DueDate, calendar: Calendar, *, today: date, ceiling: date | None, by_hour: bool) -> DueDate:
    day = calendar.day_of(found.due_at)
    closure = calendar.why_closed(day)
    if closure is None:
        return _while_open(found, calendar, ceiling=ceiling) if by_hour else found
    reason = f"The branch is closed on {day} ({closure})."
    next_day = calendar.next_open_day(day)
    if ceiling is not None and next_day > ceiling:
        end = calendar.end_of_day(calendar.latest_open_day(day, not_before=today))
    else:
        end = calendar.opening(next_day) if by_hour else calendar.end_of_day(next_day)
    return found.then(Step.CLOSED_DAY, end, reason)


def _while_open(found: DueDate, calendar: Calendar, *, ceiling: date | None) -> DueDate:
    """Move the end of an hour loan on an open day to the next opening, if the desk would be closed."""
    opening = calendar.opening_from(found.due_at)
    if opening == found.due_at:
        return found
    if ceiling is not None and calendar.day_of(opening) > ceiling:
        end = calendar.end_of_day(calendar.day_of(found.due_at))
        return found.then(Step.CLOSED_DAY, end, f"The branch opens only after {ceiling}.")
    return found.then(Step.CLOSED_DAY, opening, "The branch opens only then.")


def _within(membership_ends: date, found: DueDate, calendar: Calendar, *, today: date) -> DueDate:
    if calendar.day_of(found.due_at) <= membership_ends:
        return found
    end = calendar.end_of_day(calendar.latest_open_day(max(today, membership_ends), not_before=today))
    if end >= found.due_at:
        return found
    return found.then(Step.MEMBERSHIP, end, f"The membership ends on {membership_ends}.")


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

"""When a copy must be back, and why then."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self

from loans_service.domain.rules.calendar import FURTHEST_DAYS, Calendar
from loans_service.domain.rules.due_terms import HOURS_END, DueRange, HoursEnd, RenewFrom, WhenClosed
from loans_service.domain.rules.policy import LendingRule, Period, Unit
from shared.kernel.errors import Refused

_DAYS_OF_A_WEEK = 7


class Step(StrEnum):
    """The steps that determine a due date, in their order."""

    PERIOD = "period"
    FIXED_DUE_DATE = "fixed_due_date"
    DUE_SCHEDULE = "due_schedule"
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
    rule: LendingRule, *, now: datetime, calendar: Calendar, membership_ends: date, others_wait: int = 0
) -> DueDate:
    """Return when a copy that is lent now by `rule` must be back, while so many others wait for one like it.

    - Days, weeks and months are counted on the branch's calendar and end with its day; hours are elapsed.
    - A fixed due date that has not passed is a ceiling; so is the due date of the range that covers today, if the rule
      has a schedule, unless it is exact: then it takes the place of the period.
    - A closed day moves the end as the rule says, by default to the next open day; where that is beyond a ceiling, to
      the last open day before.
    - An hour loan ends while the desk is open: else when it opens next or, under a ceiling, with the day; or when the
      desk closes before, if the rule says so.
    - A membership that ends earlier pulls it back to its last open day, never before the day of the loan.

    Raises NoOpenDay when the branch stays closed for a year, InvalidDueDate when the rule has no period.
    """
    shorter = rule.period_when_others_wait if others_wait >= rule.others_wait_from else None
    period = shorter or rule.period
    return _end_of(_Span(rule, period, now, now, calendar), membership_ends)


def renewed_due_date(
    rule: LendingRule, *, due_at: datetime, now: datetime, calendar: Calendar, membership_ends: date
) -> DueDate:
    """Return when a loan due at `due_at` is due once renewed.

    Its period starts then or now, whichever is later, or always now if the rule renews from today.

    Raises RenewalChangesNothing if that is not later than before or the loan already ends after the membership, and
    whatever `due_date` raises.
    """
    if due_at > now and calendar.day_of(due_at) > membership_ends:
        raise RenewalChangesNothing(due_at)
    start = now if rule.renew_from is RenewFrom.TODAY else max(due_at, now)
    found = _end_of(_Span(rule, rule.renewal_period or rule.period, start, now, calendar), membership_ends)
    if found.due_at <= due_at:
        raise RenewalChangesNothing(due_at)
    return found


def after_closing(
    moment: datetime, *, calendar: Calendar, rule: LendingRule | None = None, renewed: bool = False
) -> datetime:
    """Return the new end of something that was to end at `moment`, after a closure was added to the calendar.

    The end of a closed day becomes the end of the next open day, any other moment of it the next opening. The `rule` of
    a loan, which was `renewed` or not, may keep the end or move it to the same weekday. It never makes it earlier:
    that is too late for whoever was promised more. Raises NoOpenDay.
    """
    day = calendar.day_of(moment)
    is_end_of_day = moment == calendar.end_of_day(day)
    next_day = calendar.next_open_day(day)
    if next_day == day or (rule is not None and _keeps_end(rule, by_hour=not is_end_of_day)):
        return moment
    if not is_end_of_day:
        return calendar.opening(next_day)
    if rule is not None and rule.when_closed is WhenClosed.SAME_WEEKDAY:
        period = (renewed and rule.renewal_period) or rule.period
        next_day = calendar.same_weekday_from(day) if _is_of_whole_weeks(period) else next_day
    return calendar.end_of_day(next_day)


def _keeps_end(rule: LendingRule, *, by_hour: bool) -> bool:
    if by_hour:
        return (rule.hours_end or HOURS_END[rule.when_closed]) is None
    return rule.when_closed is WhenClosed.KEEP


def _is_of_whole_weeks(period: Period | None) -> bool:
    return period is not None and (
        period.unit is Unit.WEEKS or (period.unit is Unit.DAYS and period.amount % _DAYS_OF_A_WEEK == 0)
    )


def requested_due_date(requested: datetime, *, now: datetime) -> DueDate:
    """Return a due date that was requested at the desk.

    Raises InvalidDueDate if it is not after `now`, or too far away for any loan.
    """
    if not now < requested <= now + timedelta(days=FURTHEST_DAYS):
        raise InvalidDueDate(requested)
    return DueDate((DueStep(Step.REQUESTED, requested, "Asked for at the desk."),))


@dataclass(frozen=True, slots=True)
class _Span:
    """What a due date is computed from. `start` is when the period begins, `now` when the loan is made or renewed."""

    rule: LendingRule
    period: Period | None
    start: datetime
    now: datetime
    calendar: Calendar

    @property
    def first_day(self) -> date:
        return self.calendar.day_of(self.start)

    @property
    def due_range(self) -> DueRange | None:
        return self.rule.due_range(self.calendar.day_of(self.now))

    @property
    def is_exact(self) -> bool:
        return self.due_range is not None and self.due_range.exact

    @property
    def ceiling(self) -> date | None:
        fixed = self.rule.fixed_due_date
        days = [fixed] if fixed is not None and fixed >= self.first_day else []
        days += [] if self.due_range is None else [self.due_range.due]
        return min(days, default=None)

    @property
    def is_by_hour(self) -> bool:
        return self.period is not None and self.period.unit is Unit.HOURS and not self.is_exact


def _end_of(span: _Span, membership_ends: date) -> DueDate:
    found = _under(span, _counted(span))
    found = _while_open(span, found) if span.is_by_hour else _on_open_day(span, found)
    return _within(membership_ends, found, span.calendar, today=span.first_day)


def _counted(span: _Span) -> DueDate:
    period, calendar = span.period, span.calendar
    if period is None:
        raise InvalidDueDate(None)
    reason = f"{period} from {span.start.astimezone(calendar.zone):%Y-%m-%d %H:%M}, by rule {span.rule.name!r}."
    if period.unit is Unit.HOURS:
        end = span.start.astimezone(UTC) + timedelta(hours=period.amount)
    else:
        end = calendar.end_of_day(_later(span.first_day, period))
    return DueDate((DueStep(Step.PERIOD, end, reason),))


def _later(day: date, period: Period) -> date:
    """Return the day that is `period` later; a month after the 31st is the last day of a shorter month."""
    if period.unit is not Unit.MONTHS:
        return day + timedelta(**{period.unit: period.amount})
    years, month = divmod(day.month - 1 + period.amount, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _under(span: _Span, found: DueDate) -> DueDate:
    """Apply the schedule and the fixed due date, the earlier of which counts."""
    spell, ceiling, calendar = span.due_range, span.ceiling, span.calendar
    if spell is not None and spell.exact:
        reason = f"By the schedule, what is lent from {spell.first} to {spell.last} is due on {spell.due}."
        found = found.then(Step.DUE_SCHEDULE, calendar.end_of_day(spell.due), reason)
    if ceiling is None or calendar.day_of(found.due_at) <= ceiling:
        return found
    if spell is not None and ceiling == spell.due:
        reason = (
            f"By the schedule, what is lent from {spell.first} to {spell.last} is due on {spell.due} at the latest."
        )
        return found.then(Step.DUE_SCHEDULE, calendar.end_of_day(ceiling), reason)
    return found.then(Step.FIXED_DUE_DATE, calendar.end_of_day(ceiling), f"The rule ends every loan on {ceiling}.")


def _on_open_day(span: _Span, found: DueDate) -> DueDate:
    """Move the end of a loan that ends on a closed day."""
    calendar, when_closed = span.calendar, span.rule.when_closed
    day = calendar.day_of(found.due_at)
    closure = calendar.why_closed(day)
    if closure is None or when_closed is WhenClosed.KEEP:
        return found
    before = calendar.latest_open_day(day, not_before=min(span.first_day, day))
    if when_closed is WhenClosed.PREVIOUS:
        end = before
    elif when_closed is WhenClosed.SAME_WEEKDAY and _is_of_whole_weeks(span.period):
        end = calendar.same_weekday_from(day)
    else:
        end = calendar.next_open_day(day)
    if span.ceiling is not None and end > span.ceiling:
        end = before
    return found.then(Step.CLOSED_DAY, calendar.end_of_day(end), _closed_on(day, closure))


def _while_open(span: _Span, found: DueDate) -> DueDate:
    """Move the end of an hour loan that ends while the desk is closed."""
    calendar, moment = span.calendar, found.due_at
    hours_end = span.rule.hours_end or HOURS_END[span.rule.when_closed]
    if hours_end is None or calendar.desk_is_open(moment):
        return found
    if hours_end is HoursEnd.OPENING_END:
        closing = calendar.closing_before(moment, after=span.start)
        if closing is not None:
            return found.then(Step.CLOSED_DAY, closing, "The desk closes then, before the hours are over.")
    day = calendar.day_of(moment)
    closure = calendar.why_closed(day)
    opening = calendar.opening_from(moment) if closure is None else calendar.opening(calendar.next_open_day(day))
    if span.ceiling is None or calendar.day_of(opening) <= span.ceiling:
        return found.then(
            Step.CLOSED_DAY, opening, _closed_on(day, closure) if closure else "The branch opens only then."
        )
    last = day if closure is None else calendar.latest_open_day(day, not_before=min(span.first_day, day))
    reason = _closed_on(day, closure) if closure else f"The branch opens only after {span.ceiling}."
    return found.then(Step.CLOSED_DAY, calendar.end_of_day(last), reason)


def _closed_on(day: date, closure: str) -> str:
    return f"The branch is closed on {day} ({closure})."


def _within(membership_ends: date, found: DueDate, calendar: Calendar, *, today: date) -> DueDate:
    if calendar.day_of(found.due_at) <= membership_ends:
        return found
    end = calendar.end_of_day(calendar.latest_open_day(max(today, membership_ends), not_before=today))
    if end >= found.due_at:
        return found
    return found.then(Step.MEMBERSHIP, end, f"The membership ends on {membership_ends}.")


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

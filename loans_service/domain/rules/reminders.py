"""When borrowers are reminded of a loan, and what that costs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from loans_service.domain.money import Money

LEADS = (timedelta(days=3), timedelta(days=1))
LATE = (timedelta(0), timedelta(days=7), timedelta(days=21))
"""The usual reminders: the first of LEADS before the due date that fits the loan, and each of LATE after it."""

MOST_REMINDERS = 12
MOMENT = r"^(-?[0-9]{1,4})([dh])$"
"""How the moment of a reminder is written: so many days or hours after the due date, or before it with a minus."""

_FURTHEST = timedelta(days=3_650)
_LONGEST_LEAD_ALONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder so long `after` the due date, or before it if negative. With a `fee`, it is charged."""

    after: timedelta
    fee: Money | None = None

    @classmethod
    def written(cls, at: str, fee: Money | None = None) -> "Reminder":
        """Return the reminder at a moment that is written like `-3d`, `0d` or `2h`."""
        found = re.match(MOMENT, at)
        if found is None:
            raise ValueError(f"{at!r} is not a number of days or hours")
        number = int(found[1])
        return cls(timedelta(days=number) if found[2] == "d" else timedelta(hours=number), fee)

    @property
    def at(self) -> str:
        """Its moment as it is written."""
        days, rest = divmod(self.after, timedelta(days=1))
        return f"{self.after // timedelta(hours=1)}h" if rest else f"{days}d"

    @property
    def is_late(self) -> bool:
        """Whether it is sent once the loan is late."""
        return self.after >= timedelta(0)

    def figures(self) -> dict[str, Any]:
        """Return it as a document."""
        return {"at": self.at} if self.fee is None else {"at": self.at, "fee": self.fee.figures()}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Reminder":
        """Return the reminder that `figures` wrote."""
        fee = document.get("fee")
        return cls.written(document["at"], None if fee is None else Money(fee["amount"], fee["currency"]))

    def fits(self, length: timedelta) -> bool:
        """Return whether it comes in the second half of a loan of this length, or later.

        So borrowers are not reminded of what they have just borrowed.
        """
        return -2 * self.after < length

    def is_due(self, now: datetime, *, due_at: datetime) -> bool:
        """Return whether its moment has come; a loan is late only after its due date."""
        return due_at + self.after < now if self.is_late else due_at + self.after <= now


Reminders = tuple[Reminder, ...] | None
"""The reminders of a rule, the earliest first; None: the usual ones."""


def reminder_doubts(reminders: tuple[Reminder, ...]) -> Iterator[tuple[str, str]]:
    """Yield the place of each reminder that will not do, and why."""
    if len(reminders) > MOST_REMINDERS:
        yield "", f"A rule has at most {MOST_REMINDERS} reminders."
    for place, reminder in enumerate(reminders):
        if place and reminder.after <= reminders[place - 1].after:
            yield f".{place}.at", "Reminders stand in the order of their moments, each at another one."
        if abs(reminder.after) > _FURTHEST:
            yield f".{place}.at", "A reminder comes at most ten years before or after the due date."
        if reminder.fee is not None and not reminder.is_late:
            yield f".{place}.fee", "Nothing is charged for a reminder before the loan is late."


def _all(reminders: Reminders, length: timedelta) -> tuple[Reminder, ...]:
    """Return the reminders of a loan of this length. Their numbers count from 1, those that do not fit included."""
    if reminders is not None:
        return reminders
    lead = next((lead for lead in LEADS if Reminder(-lead).fits(length)), LEADS[-1])
    return (Reminder(-lead), *map(Reminder, LATE))


def reminder_lead(length: timedelta, reminders: Reminders = None) -> timedelta | None:
    """Return how long before its end a loan of this length is first announced as due soon; None if it is not."""
    leads = (-each.after for each in _all(reminders, length) if not each.is_late and each.fits(length))
    return max(leads, default=None)


def renews_itself_from(*, checked_out_at: datetime, due_at: datetime, reminders: Reminders = None) -> datetime:
    """Return from when on a loan renews itself: when it would be announced as due soon.

    One that is not announced renews itself on its last day, or in its second half if it is too short for that.
    """
    length = due_at - checked_out_at
    return due_at - (reminder_lead(length, reminders) or min(length / 2, _LONGEST_LEAD_ALONE))


def reminder_due(now: datetime, *, due_at: datetime, length: timedelta, reminders: Reminders = None) -> tuple[int, int]:
    """Return the number of the reminder that is due by now, 0 for none, and how late the loan is, in stages.

    A stage is reached with each reminder of lateness.
    """
    due = [
        (number, each.is_late)
        for number, each in enumerate(_all(reminders, length), start=1)
        if each.fits(length) and each.is_due(now, due_at=due_at)
    ]
    return max((number for number, _ in due), default=0), sum(late for _, late in due)


def stages_of_lateness(*, length: timedelta, reminders: Reminders = None) -> int:
    """Return how many reminders of lateness a loan of this length gets at most."""
    return sum(each.is_late for each in _all(reminders, length))


def reminder_fee(number: int, *, length: timedelta, reminders: Reminders) -> Money | None:
    """Return what the reminder of this number costs; None if nothing."""
    fee = _all(reminders, length)[number - 1].fee
    return fee if fee is not None and fee.amount > 0 else None


def next_reminder(last: int, *, due_at: datetime, length: timedelta, reminders: Reminders = None) -> datetime | None:
    """Return when the reminder after `last` is due; None if there are no more."""
    to_come = _all(reminders, length)[last:]
    return next((due_at + each.after for each in to_come if each.fits(length)), None)

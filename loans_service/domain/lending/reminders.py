"""When borrowers are reminded of a loan."""

from datetime import datetime, timedelta

LEADS = (timedelta(days=3), timedelta(days=1))
LATE = (timedelta(0), timedelta(days=7), timedelta(days=21))
"""When borrowers are reminded: one of LEADS before the due date, and at each of LATE after it."""


def reminder_lead(length: timedelta) -> timedelta | None:
    """Return how long before its end a loan of this length is announced as due soon; None if it is too short.

    The lead is less than half of the loan, so that borrowers are not reminded of what they have just borrowed.
    """
    return next((lead for lead in LEADS if 2 * lead < length), None)


def renews_itself_from(*, checked_out_at: datetime, due_at: datetime) -> datetime:
    """Return from when on a loan renews itself: when it would be announced as due soon.

    A loan too short for that renews itself in its second half.
    """
    length = due_at - checked_out_at
    return due_at - (reminder_lead(length) or length / 2)


def reminder_due(now: datetime, *, due_at: datetime, length: timedelta) -> tuple[int, int]:
    """Return the number of the reminder that is due by now, 0 for none, and how late the loan is, in stages."""
    stage = sum(due_at + late < now for late in LATE)
    lead = reminder_lead(length)
    return (stage + 1 if stage else int(lead is not None and due_at - lead <= now)), stage


def next_reminder(last: int, *, due_at: datetime, length: timedelta) -> datetime | None:
    """Return when the reminder after `last` is due; None if there are no more."""
    lead = reminder_lead(length)
    if last == 0 and lead is not None:
        return due_at - lead
    late = LATE[max(0, last - 1) :]
    return due_at + late[0] if late else None

"""A hold: a member's place in the queue for a book, or for one copy of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from loans_service.domain.circulating_copy import CirculatingCopy, same_branch
from loans_service.domain.rules.calendar import FURTHEST_DAYS, Calendar, NoOpenDay
from shared.kernel.errors import Conflict, NotFound


class HoldStatus(StrEnum):
    """How a hold stands. In the first three it is active."""

    WAITING = "waiting"
    IN_TRANSIT = "in_transit"
    READY = "ready"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


ACTIVE = (HoldStatus.WAITING, HoldStatus.IN_TRANSIT, HoldStatus.READY)
WITH_COPY = (HoldStatus.IN_TRANSIT, HoldStatus.READY)


class HoldEventType(StrEnum):
    """What is told of a hold. The words are those of the published events."""

    PLACED = "placed"
    READY = "ready"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class HoldEvent:
    """Something happened to a hold; `position` is its place in the queue when it was placed."""

    type: HoldEventType
    hold: "Hold"
    at: datetime
    position: int | None = None


class HoldNotFound(NotFound):
    """There is no such hold, or not for this caller."""

    code = "hold-not-found"
    detail = "There is no hold with this id, or it is not yours to see."


class HoldNotActive(Conflict):
    """The hold was fulfilled, cancelled, or has expired."""

    code = "hold-not-active"
    detail = "This hold has ended. Place a new one."


class HoldNotWaiting(Conflict):
    """A copy is on its way to this hold, or waits for it already."""

    code = "hold-not-waiting"
    detail = "A copy is set aside for this hold already. Fetch it, or cancel the hold."


def shelf_until(now: datetime, *, days: int, calendar: Calendar) -> datetime:
    """Return until when a copy waits that reaches the hold shelf now: the end of the `days`-th open day after today.

    A branch that stays closed for a year keeps it for as long: a scan never fails because of a calendar.
    """
    day = calendar.day_of(now)
    try:
        return calendar.end_of_day(calendar.open_day_after(day, number=days))
    except NoOpenDay:
        return calendar.end_of_day(day + timedelta(days=FURTHEST_DAYS))


class Hold:
    """Tell it what happened; it decides and records what it means. The attributes are for reading.

    `order` is its stored place in the queue: what counts is whose is smaller, so numbers may be missing. Without
    `wanted_copy_id` any lendable copy of the book will do; without `pickup_branch` the copy is fetched where it is at
    home. `copy` is the one that is captured.
    """

    def __init__(
        self,
        *,
        id: UUID,
        book_id: UUID,
        title: str,
        wanted_copy_id: UUID | None,
        member_id: UUID,
        category: str,
        pickup_branch: str | None,
        placed_at: datetime,
        expires_on: date | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        self.id = id
        self.book_id = book_id
        self.title = title
        self.wanted_copy_id = wanted_copy_id
        self.member_id = member_id
        self.category = category
        self.pickup_branch = pickup_branch
        self.placed_at = placed_at
        self.expires_on = expires_on
        self.expires_at = expires_at
        self.order = 0
        self.status = HoldStatus.WAITING
        self.suspended = False
        self.suspended_until: datetime | None = None
        self.copy_id: UUID | None = None
        self.barcode: str | None = None
        self.pickup_until: datetime | None = None
        self.ended_at: datetime | None = None
        self.version = 0
        self._events: list[HoldEvent] = []

    def join(self, order: int, *, position: int) -> None:
        """Take the last place of the queue."""
        self.order = order
        self._record(HoldEventType.PLACED, at=self.placed_at, position=position)

    @property
    def is_active(self) -> bool:
        """Whether the member still waits, or a copy for them."""
        return self.status in ACTIVE

    def is_suspended(self, now: datetime) -> bool:
        """Tell whether the hold lets others pass at `now`."""
        return self.suspended and (self.suspended_until is None or now < self.suspended_until)

    def has_passed(self, now: datetime) -> bool:
        """Tell whether its time is over: nobody came for the copy, or the member waits no longer."""
        end = {HoldStatus.READY: self.pickup_until, HoldStatus.WAITING: self.expires_at}.get(self.status)
        return end is not None and end < now

    def wants(self, copy_id: UUID, *, now: datetime) -> bool:
        """Tell whether the hold waits for this copy, among others or alone."""
        waits = self.status is HoldStatus.WAITING and not self.is_suspended(now) and not self.has_passed(now)
        return waits and self.wanted_copy_id in (None, copy_id)

    def capture(self, copy: CirculatingCopy, *, branch: str | None, until: datetime, now: datetime) -> None:
        """Give the copy to this hold: in its pickup branch it is ready until `until`, elsewhere it is on its way there.

        `branch` is where the copy lies, None while it travels. Once ready, being scanned there again changes nothing;
        scanned in another branch it is on its way again.
        """
        if self.status is HoldStatus.READY and same_branch(branch, self.pickup_branch):
            return
        if self.copy_id is None:
            self.copy_id, self.barcode = copy.copy_id, copy.barcode
            self.pickup_branch = self.pickup_branch or copy.home_branch
        if same_branch(branch, self.pickup_branch):
            self.status, self.pickup_until = HoldStatus.READY, until
            self._record(HoldEventType.READY, at=now)
        elif self.status is not HoldStatus.IN_TRANSIT:
            self.status, self.pickup_until = HoldStatus.IN_TRANSIT, None
            self.version += 1

    def keep_until(self, until: datetime, *, now: datetime) -> None:
        """Let the copy wait on the shelf until `until`, and tell the member so. Raises HoldNotActive."""
        if self.status is not HoldStatus.READY:
            raise HoldNotActive
        if self.pickup_until != until:
            self.pickup_until = until
            self._record(HoldEventType.READY, at=now)

    def fulfil(self, *, now: datetime) -> None:
        """End it well: the member has a copy."""
        self._end(HoldStatus.FULFILLED, HoldEventType.FULFILLED, now=now)

    def cancel(self, *, now: datetime) -> None:
        """Give the place up; once more changes nothing. Raises HoldNotActive when it ended otherwise."""
        if self.status is not HoldStatus.CANCELLED:
            self._end(HoldStatus.CANCELLED, HoldEventType.CANCELLED, now=now)

    def expire(self, *, now: datetime) -> None:
        """End it because its time is over."""
        self._end(HoldStatus.EXPIRED, HoldEventType.EXPIRED, now=now)

    def suspend(self, *, until: datetime | None) -> None:
        """Let others pass until `until`, or until it is resumed, without losing the place.

        Raises HoldNotActive and HoldNotWaiting.
        """
        self._expect_waiting()
        if (self.suspended, self.suspended_until) != (True, until):
            self.suspended, self.suspended_until = True, until
            self.version += 1

    def resume(self) -> None:
        """End the suspension: later holds no longer pass. Raises HoldNotActive and HoldNotWaiting."""
        self._expect_waiting()
        if self.suspended:
            self.suspended, self.suspended_until = False, None
            self.version += 1

    def take_events(self) -> list[HoldEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _expect_waiting(self) -> None:
        if not self.is_active:
            raise HoldNotActive
        if self.status is not HoldStatus.WAITING:
            raise HoldNotWaiting

    def _end(self, status: HoldStatus, type: HoldEventType, *, now: datetime) -> None:
        if not self.is_active:
            raise HoldNotActive
        self.status, self.ended_at = status, now
        self._record(type, at=now)

    def _record(self, type: HoldEventType, *, at: datetime, position: int | None = None) -> None:
        self.version += 1
        self._events.append(HoldEvent(type, self, at, position))

"""Where a copy is that is not on loan: at home, on a hold shelf, or on its way."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from loans_service.domain.circulating_copy import (
    Availability,
    AvailabilityChanged,
    CirculatingCopy,
    NextStop,
    same_branch,
)
from loans_service.domain.holds.hold import Hold


class CirculationStatus(StrEnum):
    """Where a copy can be. To clear: on the hold shelf still, though nobody comes for it any more."""

    HOME = "home"
    HOLD_SHELF = "hold_shelf"
    IN_TRANSIT = "in_transit"
    TO_CLEAR = "to_clear"


AVAILABILITY_OF = {
    CirculationStatus.HOME: Availability.AVAILABLE,
    CirculationStatus.HOLD_SHELF: Availability.ON_HOLD_SHELF,
    CirculationStatus.IN_TRANSIT: Availability.IN_TRANSIT,
    CirculationStatus.TO_CLEAR: Availability.AVAILABLE,
}
_NEXT_STOPS = {
    CirculationStatus.HOME: NextStop.SHELF,
    CirculationStatus.HOLD_SHELF: NextStop.HOLD_SHELF,
    CirculationStatus.IN_TRANSIT: NextStop.TRANSIT,
    CirculationStatus.TO_CLEAR: NextStop.HOLD_SHELF,
}


@dataclass(frozen=True, slots=True)
class Turns:
    """Whose turn it is, as of `now`: the hold that gets the copy, if any.

    `shelf_until` is until when the hold shelf keeps a copy that reaches it now, in the branch where the copy lies.
    """

    next: Hold | None
    shelf_until: datetime
    now: datetime


class CirculationRecord:
    """Where one copy is. `branch` is where it lies or where it travels to; `hold_id` whom it is captured for."""

    def __init__(
        self,
        copy: CirculatingCopy,
        *,
        status: CirculationStatus = CirculationStatus.HOME,
        branch: str | None = None,
        hold_id: UUID | None = None,
        since: datetime | None = None,
    ) -> None:
        self.copy = copy
        self.status = status
        self.branch = branch or copy.home_branch
        self.hold_id = hold_id
        self.since = since
        self._events: list[AvailabilityChanged] = []

    @property
    def next_stop(self) -> NextStop:
        """Where whoever has the copy in hand brings it."""
        return _NEXT_STOPS[self.status]

    def receive(self, branch: str, *, held_by: Hold | None, turns: Turns, was_out: bool = False) -> Hold | None:
        """Take the copy in that was scanned in `branch`, and return the hold that it is for.

        A copy that is captured goes on to where it is fetched; one that nobody fetched in time, or that is free, goes
        to the first hold that it can fill; else it goes home. `was_out`: it came back from a loan.
        """
        now = turns.now
        if held_by is not None and held_by.has_passed(now):
            held_by.expire(now=now)
            held_by = None
        hold = held_by or turns.next
        if hold is not None:
            hold.capture(self.copy, branch=branch, until=turns.shelf_until, now=now)
            at_once = same_branch(hold.pickup_branch, branch)
            self._move(
                CirculationStatus.HOLD_SHELF if at_once else CirculationStatus.IN_TRANSIT,
                hold.pickup_branch,
                hold,
                now=now,
                tell=was_out,
            )
        else:
            home = self.copy.home_branch
            self._move(
                CirculationStatus.HOME if same_branch(branch, home) else CirculationStatus.IN_TRANSIT,
                home,
                None,
                now=now,
                tell=was_out,
            )
        return hold

    def release(self, turns: Turns) -> None:
        """Let go of the copy because the hold that it was captured for has ended.

        It passes at once to the next hold that is fetched where it lies or goes; any other waits for the next scan.
        """
        hold = turns.next
        if hold is not None and same_branch(hold.pickup_branch or self.copy.home_branch, self.branch):
            lies_in = self.branch if self.status is CirculationStatus.HOLD_SHELF else None
            hold.capture(self.copy, branch=lies_in, until=turns.shelf_until, now=turns.now)
            self._move(self.status, self.branch, hold, now=turns.now)
        else:
            left = CirculationStatus.TO_CLEAR if self.status is CirculationStatus.HOLD_SHELF else self.status
            self._move(left, self.branch, None, now=turns.now)

    def go_out(self) -> None:
        """Note that the copy leaves the hold shelf, or its way, with a borrower; the loan tells of it."""
        self.status, self.branch, self.hold_id = CirculationStatus.HOME, self.copy.home_branch, None

    def take_events(self) -> list[AvailabilityChanged]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _move(
        self, status: CirculationStatus, branch: str | None, hold: Hold | None, *, now: datetime, tell: bool = False
    ) -> None:
        before = AVAILABILITY_OF[self.status]
        if (status, branch) != (self.status, self.branch):
            self.since = now
        self.status, self.branch = status, branch or self.copy.home_branch
        self.hold_id = None if hold is None else hold.id
        if tell or AVAILABILITY_OF[status] is not before:
            self._events.append(
                AvailabilityChanged(self.copy.copy_id, self.copy.book_id, AVAILABILITY_OF[status], None, now)
            )

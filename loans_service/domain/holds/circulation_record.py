"""Where a copy that is not on loan is: on its shelf, to be pulled, on a hold shelf, or in transit."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from loans_service.domain.circulating_copy import (
    Availability,
    AvailabilityChanged,
    CirculatingCopy,
    NextStop,
    Stands,
    StandsWhy,
    same_branch,
)
from loans_service.domain.holds.hold import Hold


class CirculationStatus(StrEnum):
    """The circulation status of a copy that is not on loan.

    Requested: on its shelf, to be pulled for a hold. To clear: still on the hold shelf though its hold has ended.
    """

    HOME = "home"
    REQUESTED = "requested"
    HOLD_SHELF = "hold_shelf"
    IN_TRANSIT = "in_transit"
    TO_CLEAR = "to_clear"


AVAILABILITY_OF = {
    CirculationStatus.HOME: Availability.AVAILABLE,
    CirculationStatus.REQUESTED: Availability.REQUESTED,
    CirculationStatus.HOLD_SHELF: Availability.ON_HOLD_SHELF,
    CirculationStatus.IN_TRANSIT: Availability.IN_TRANSIT,
    CirculationStatus.TO_CLEAR: Availability.AVAILABLE,
}
CAPTURED = frozenset({CirculationStatus.HOLD_SHELF, CirculationStatus.IN_TRANSIT})
"""The statuses of a copy that is captured for a hold and lent to no other member."""

_NEXT_STOPS = {
    CirculationStatus.HOME: NextStop.SHELF,
    CirculationStatus.REQUESTED: NextStop.SHELF,
    CirculationStatus.HOLD_SHELF: NextStop.HOLD_SHELF,
    CirculationStatus.IN_TRANSIT: NextStop.TRANSIT,
    CirculationStatus.TO_CLEAR: NextStop.HOLD_SHELF,
}


class CirculationRecord:
    """Where one copy is. `branch` is where it stands, lies or travels to; `hold_id` is the hold it is meant for.

    `since` is when it got this status there, `stands_since` when it came to that place: a copy to be pulled has stood
    on its shelf for longer. In transit, `from_branch` is where it left. `scanned_at` is set if it was scanned since the
    record was read.
    """

    def __init__(
        self,
        copy: CirculatingCopy,
        *,
        status: CirculationStatus = CirculationStatus.HOME,
        branch: str | None = None,
        hold_id: UUID | None = None,
        since: datetime | None = None,
        from_branch: str | None = None,
        stands_since: datetime | None = None,
    ) -> None:
        self.copy = copy
        self.status = status
        self.branch = branch or copy.home_branch
        self.hold_id = hold_id
        self.since = since
        self.from_branch = from_branch
        self.stands_since = stands_since
        self.scanned_at: datetime | None = None
        self._events: list[AvailabilityChanged] = []

    @property
    def next_stop(self) -> NextStop:
        """Where the copy goes next, for the person who has just scanned it."""
        return _NEXT_STOPS[self.status]

    @property
    def is_captured(self) -> bool:
        """Whether it is captured for a hold, on the hold shelf or in transit to it."""
        return self.hold_id is not None and self.status in CAPTURED

    @property
    def is_free(self) -> bool:
        """Whether it stands on its shelf and is not to be pulled."""
        return self.status is CirculationStatus.HOME

    @property
    def is_sent(self) -> bool:
        """Whether staff have sent it to another branch than its own, for no hold."""
        travels = self.status is CirculationStatus.IN_TRANSIT and self.hold_id is None
        return travels and not same_branch(self.branch, self.copy.home_branch)

    @property
    def stands(self) -> Stands:
        """The branch that it is in, and why."""
        if self.status is CirculationStatus.IN_TRANSIT:
            return Stands(self.from_branch or self.copy.home_branch, StandsWhy.IN_TRANSIT, self.stands_since)
        if self.status in {CirculationStatus.HOLD_SHELF, CirculationStatus.TO_CLEAR}:
            return Stands(self.branch, StandsWhy.HOLD_SHELF, self.stands_since)
        at_home = same_branch(self.branch, self.copy.home_branch)
        return Stands(self.branch, StandsWhy.HOME if at_home else StandsWhy.FLOATED, self.stands_since)

    def describe(self, copy: CirculatingCopy, *, now: datetime) -> None:
        """Update the copy with what books reports now.

        A copy on its home shelf moves with its home branch; one that floated stays where it is.
        """
        before = self._public_state()
        if self.stands.why is StandsWhy.HOME and not same_branch(copy.home_branch, self.copy.home_branch):
            self.branch = copy.home_branch
        self.copy = copy
        if self._public_state() != before:
            self._record(now)

    def float_from(self, home_branch: str, *, now: datetime) -> None:
        """Stay on this shelf, though the copy had another home branch by the time it was put here."""
        self.copy = replace(self.copy, home_branch=home_branch)
        self.since = now
        self._record(now)

    def request(self, hold: Hold, *, now: datetime) -> None:
        """Make the copy the target of `hold`. Raises HoldNotWaiting."""
        hold.target(self.copy, branch=self.branch, now=now)
        self._move(CirculationStatus.REQUESTED, self.branch, hold, now=now)

    def receive(
        self,
        branch: str,
        *,
        hold: Hold | None,
        shelf_until: datetime,
        now: datetime,
        scanned_at: datetime | None = None,
        was_out: bool = False,
        was_missed: bool = False,
        stays: bool = False,
    ) -> None:
        """Receive the copy that was scanned in `branch`, and capture it for `hold` if given. Each scan is published.

        For a hold it goes to the pickup branch and is kept on the hold shelf until `shelf_until`. Without one it goes
        home, goes on to where it was sent, or `stays` on the shelf here. After a loan (`was_out`), or if books counts
        it as missing or lost (`was_missed`), it stands there from now on. `scanned_at` is earlier than now if a machine
        reports the scan afterwards.
        """
        self.scanned_at = scanned_at or now
        if was_out or was_missed:
            self.stands_since = None
        if hold is not None:
            hold.capture(self.copy, branch=branch, until=shelf_until, now=now)
            at_once = same_branch(hold.pickup_branch, branch)
            status = CirculationStatus.HOLD_SHELF if at_once else CirculationStatus.IN_TRANSIT
            self._move(status, hold.pickup_branch, hold, now=now, scanned_in=branch)
        elif stays or same_branch(branch, self.copy.home_branch):
            here = branch if stays else self.copy.home_branch
            self._move(CirculationStatus.HOME, here, None, now=now, scanned_in=branch)
        else:
            goes_on = self.is_sent and not was_out and not same_branch(self.branch, branch)
            to = self.branch if goes_on else self.copy.home_branch
            self._move(CirculationStatus.IN_TRANSIT, to, None, now=now, scanned_in=branch)

    def release(self, hold: Hold | None, *, shelf_until: datetime, now: datetime) -> None:
        """Release the copy because its hold has ended, or is filled by another copy.

        A copy that was to be pulled stays on its shelf. A captured one passes at once to `hold` if its pickup branch is
        where the copy lies or goes; otherwise it waits for the next scan, which sends it home.
        """
        if self.status is CirculationStatus.REQUESTED:
            self._move(CirculationStatus.HOME, self.branch, None, now=now)
        elif hold is not None and same_branch(hold.pickup_branch or self.copy.home_branch, self.branch):
            lies_in = self.branch if self.status is CirculationStatus.HOLD_SHELF else None
            hold.capture(self.copy, branch=lies_in, until=shelf_until, now=now)
            self._move(self.status, self.branch, hold, now=now)
        elif self.status is CirculationStatus.HOLD_SHELF:
            self._move(CirculationStatus.TO_CLEAR, self.branch, None, now=now)
        else:
            home = self.copy.home_branch if self.status is CirculationStatus.IN_TRANSIT else self.branch
            self._move(self.status, home, None, now=now)

    def send(self, branch: str, *, now: datetime) -> None:
        """Send the copy, which has just been scanned, to another branch for no hold, or home to its own."""
        self.scanned_at = now
        self._move(CirculationStatus.IN_TRANSIT, branch, None, now=now, scanned_in=self.stands.branch)

    def redirect(self, hold: Hold, *, to: str | None, now: datetime) -> None:
        """Send the captured copy on to another branch, or home, because the member fetches it there instead."""
        to = to or self.copy.home_branch
        if not same_branch(to, self.branch):
            hold.fetch_in(to)
            self.leave(hold, into=to, now=now)

    def leave(self, hold: Hold | None, *, into: str, now: datetime) -> None:
        """Go into another branch, because the one where it lies, or goes to, has closed for good.

        What stands on a shelf there, away from home, is carried along; what is captured for `hold` travels.
        """
        if hold is not None:
            hold.capture(self.copy, branch=None, until=now, now=now)
        if self.status is CirculationStatus.HOME:
            self._move(self.status, into, None, now=now)
        else:
            to = self.copy.home_branch if self.status is CirculationStatus.TO_CLEAR else into
            self._move(CirculationStatus.IN_TRANSIT, to, hold, now=now)

    def keep_for(self, hold: Hold, *, until: datetime | None, now: datetime) -> None:
        """Capture the copy for `hold` as the former system did: on the hold shelf until `until`, else in transit."""
        hold.capture(
            self.copy,
            branch=None if until is None else hold.pickup_branch or self.copy.home_branch,
            until=until or now,
            now=now,
        )
        status = CirculationStatus.IN_TRANSIT if until is None else CirculationStatus.HOLD_SHELF
        self._move(status, hold.pickup_branch, hold, now=now)

    def go_out(self) -> None:
        """Note that the copy leaves with a borrower. The loan publishes that, so events about its place are dropped."""
        self._events.clear()
        self.status, self.branch, self.hold_id = CirculationStatus.HOME, self.copy.home_branch, None
        self.from_branch = self.stands_since = None

    def republish(self, *, now: datetime) -> None:
        """Publish how the copy stands now, after an event that was reported late."""
        self._record(now)

    def take_events(self) -> list[AvailabilityChanged]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _move(
        self,
        status: CirculationStatus,
        branch: str | None,
        hold: Hold | None,
        *,
        now: datetime,
        scanned_in: str | None = None,
    ) -> None:
        """Take this status from now on; `scanned_in` is the branch in which the copy was scanned, if it was."""
        before, stood = self._public_state(), self.stands
        if (status, branch) != (self.status, self.branch):
            self.since = now
        if status is CirculationStatus.IN_TRANSIT:
            self.from_branch = scanned_in or stood.branch
        else:
            self.from_branch = None
        self.status, self.branch = status, branch or self.copy.home_branch
        self.hold_id = None if hold is None else hold.id
        moved = self.stands.why is not stood.why or not same_branch(self.stands.branch, stood.branch)
        if moved or (self.stands_since is None and scanned_in is not None):
            self.stands_since = now
        if scanned_in is not None or self._public_state() != before:
            self._record(now, scanned_at=None if scanned_in is None else self.scanned_at)

    def _record(self, now: datetime, *, scanned_at: datetime | None = None) -> None:
        self._events.append(
            AvailabilityChanged(
                self.copy.copy_id,
                self.copy.book_id,
                AVAILABILITY_OF[self.status],
                None,
                now,
                stands=self.stands,
                transit_to=self.transit_to,
                scanned_at=scanned_at,
            )
        )

    @property
    def transit_to(self) -> str | None:
        """The branch that it is in transit to, if it is."""
        return self.branch if self.status is CirculationStatus.IN_TRANSIT else None

    def _public_state(self) -> tuple[object, ...]:
        """Return what is published of the copy: where it stands or travels to. Books publishes its home branch."""
        stands = self.stands
        place = None if stands.why is StandsWhy.HOME else (stands.branch or "").upper()
        return AVAILABILITY_OF[self.status], self.transit_to, stands.why, place

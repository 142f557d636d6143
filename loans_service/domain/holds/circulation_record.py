"""Where a copy is that is not on loan: on its shelf, to be pulled, on a hold shelf, or on its way."""

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
    """Where a copy can be.

    Requested: on its shelf, to be pulled for a hold. To clear: on the hold shelf still, though nobody comes for it.
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
"""Where a copy is that is kept for a hold, and given to nobody else."""

_NEXT_STOPS = {
    CirculationStatus.HOME: NextStop.SHELF,
    CirculationStatus.REQUESTED: NextStop.SHELF,
    CirculationStatus.HOLD_SHELF: NextStop.HOLD_SHELF,
    CirculationStatus.IN_TRANSIT: NextStop.TRANSIT,
    CirculationStatus.TO_CLEAR: NextStop.HOLD_SHELF,
}


class CirculationRecord:
    """Where one copy is. `branch` is where it stands, lies or travels to; `hold_id` is the hold that it serves.

    `since` is since when it has this status there, `stands_since` since when it is in that very place: a copy that is
    to be pulled stands on its shelf for longer. While it travels, `from_branch` is where it left. `scanned_at` is when
    somebody had it in hand, if anybody had since it was read.
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
        """Where whoever has the copy in hand brings it."""
        return _NEXT_STOPS[self.status]

    @property
    def is_captured(self) -> bool:
        """Whether it is kept for a hold, on the hold shelf or on its way there."""
        return self.hold_id is not None and self.status in CAPTURED

    @property
    def is_free(self) -> bool:
        """Whether it stands on its shelf, and is to be pulled for nobody."""
        return self.status is CirculationStatus.HOME

    @property
    def is_sent(self) -> bool:
        """Whether it is on its way to another branch than its own because somebody sent it there, for no hold."""
        travels = self.status is CirculationStatus.IN_TRANSIT and self.hold_id is None
        return travels and not same_branch(self.branch, self.copy.home_branch)

    @property
    def stands(self) -> Stands:
        """In which branch it is, and why."""
        if self.status is CirculationStatus.IN_TRANSIT:
            return Stands(self.from_branch or self.copy.home_branch, StandsWhy.IN_TRANSIT, self.stands_since)
        if self.status in {CirculationStatus.HOLD_SHELF, CirculationStatus.TO_CLEAR}:
            return Stands(self.branch, StandsWhy.HOLD_SHELF, self.stands_since)
        at_home = same_branch(self.branch, self.copy.home_branch)
        return Stands(self.branch, StandsWhy.HOME if at_home else StandsWhy.FLOATED, self.stands_since)

    def describe(self, copy: CirculatingCopy, *, now: datetime) -> None:
        """Take the facts as books tells them now.

        A copy on its shelf at home that is at home elsewhere now stands there; one that floated stays where it is.
        """
        before = self._public_state()
        if self.stands.why is StandsWhy.HOME and not same_branch(copy.home_branch, self.copy.home_branch):
            self.branch = copy.home_branch
        self.copy = copy
        if self._public_state() != before:
            self._record(now)

    def float_from(self, home_branch: str, *, now: datetime) -> None:
        """Stay on this shelf, though the copy was at home elsewhere by the time that it was put here."""
        self.copy = replace(self.copy, home_branch=home_branch)
        self.since = now
        self._record(now)

    def request(self, hold: Hold, *, now: datetime) -> None:
        """Let the copy be pulled for `hold`. Raises HoldNotWaiting."""
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
        """Take the copy in that was scanned in `branch`, for `hold` if it serves one; each scan is told.

        For a hold it goes to where that is fetched; for nobody it goes home or on to where it was sent, or `stays` on
        the shelf where it is. The hold shelf keeps it until `shelf_until`. `was_out`: it came back from a loan;
        `was_missed`: books takes it for missing or lost. Either way it stands there since now. `scanned_at` is earlier
        than now where a machine tells afterwards.
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
        """Let go of the copy because the hold that it served has ended, or is served otherwise.

        A copy that was to be pulled stays on its shelf. One that was captured passes at once to `hold`, if that is
        fetched where the copy lies or goes; for any other it waits for the next scan, which sends it home.
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
        """Send the copy, which somebody has in hand, to another branch for no hold; to its own, it goes home."""
        self.scanned_at = now
        self._move(CirculationStatus.IN_TRANSIT, branch, None, now=now, scanned_in=self.stands.branch)

    def keep_for(self, hold: Hold, *, until: datetime | None, now: datetime) -> None:
        """Keep the copy for `hold` as another system did: on the hold shelf `until` then; without one, on its way."""
        hold.capture(
            self.copy,
            branch=None if until is None else hold.pickup_branch or self.copy.home_branch,
            until=until or now,
            now=now,
        )
        status = CirculationStatus.IN_TRANSIT if until is None else CirculationStatus.HOLD_SHELF
        self._move(status, hold.pickup_branch, hold, now=now)

    def go_out(self) -> None:
        """Note that the copy leaves with a borrower: the loan publishes that, and where it stood matters no more."""
        self._events.clear()
        self.status, self.branch, self.hold_id = CirculationStatus.HOME, self.copy.home_branch, None
        self.from_branch = self.stands_since = None

    def republish(self, *, now: datetime) -> None:
        """Tell how the copy stands, after something that was told late."""
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
        """Be of this status there from now on; `scanned_in` is where somebody had the copy in hand for that."""
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
        """The branch that it travels to, while it does."""
        return self.branch if self.status is CirculationStatus.IN_TRANSIT else None

    def _public_state(self) -> tuple[object, ...]:
        """Return how everybody sees the copy: where it stands, and where it travels. Where home is, books tells."""
        stands = self.stands
        place = None if stands.why is StandsWhy.HOME else (stands.branch or "").upper()
        return AVAILABILITY_OF[self.status], self.transit_to, stands.why, place

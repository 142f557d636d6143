"""A hold: a member's place in the queue for a book, or for one copy of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from loans_service.domain.circulating_copy import CirculatingCopy, same_branch
from loans_service.domain.holds.hold_change import HoldChange
from loans_service.domain.holds.hold_refusals import HoldNotActive, HoldNotReady, HoldNotWaiting
from loans_service.domain.lendable_copy import BoundCopy, StockOfBook, Volume
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.conditions import Particulars, aged

_ONE_DAY, _ONE_SECOND = timedelta(days=1), timedelta(seconds=1)


class HoldKind(StrEnum):
    """Whether a member waits until a copy is there, or has one asked back where its rule allows that."""

    HOLD = "hold"
    RECALL = "recall"


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
    """What can happen to a hold. The values are those of the published events."""

    PLACED = "placed"
    READY = "ready"
    NO_LONGER_READY = "no_longer_ready"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class HoldEvent:
    """An event of a hold; `position` is its place when it was placed, `copy_id` the copy that was ready for it."""

    type: HoldEventType
    hold: "Hold"
    at: datetime
    position: int | None = None
    copy_id: UUID | None = None


class Hold:
    """Its methods say what happened and record the consequences; the attributes are read-only.

    `queue_order` is its stored place in the queue; only the order counts, so numbers may be missing. Without
    `wanted_copy_id` any lendable copy of the book will do, or any of its `volume` if it has one, whose spellings share
    the `volume_key`; without `pickup_branch` the copy is fetched at its home branch. `member_branch` is the home branch
    of the member, and `member_age` the age, when it was placed; the age is kept only while it is active, and where a
    rule asks for it. `item_type` that of all copies that could fill it, None if they differ. `copy_id`
    is the copy that fills it: while it waits, its target, which is to be pulled in `target_branch`; then the captured
    one. It is not served before `starts_at`, the beginning of `not_before`. `recalled_loan_id` is the loan that was
    shortened for a recall. `reason_given` is what staff said to the member when they cancelled it. With `any_edition`
    copies of other editions of the work will do, too: it then waits for one of these instead. `bound_book_id` is the
    book that the member asked for, and has the `title`, if the hold waits for a copy of another in which it is bound.
    `age_band` is all that figures know of the age of the member; `counted` is what it was counted for.
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
        comment: str | None = None,
        kind: HoldKind = HoldKind.HOLD,
        volume: Volume | None = None,
        member_branch: str | None = None,
        member_age: int | None = None,
        item_type: str | None = None,
        any_edition: bool = False,
        bound_book_id: UUID | None = None,
        placed_by: UUID | None = None,
        age_band: str | None = None,
    ) -> None:
        self.id = id
        self.book_id = book_id
        self.title = title
        self.wanted_copy_id = wanted_copy_id
        self.volume = None if volume is None else volume.volume
        self.volume_key = None if volume is None else volume.key
        self.member_id = member_id
        self.category = category
        self.pickup_branch = pickup_branch
        self.placed_at = placed_at
        self.comment = comment
        self.kind = kind
        self.member_branch = member_branch
        self.member_age = member_age
        self.item_type = item_type
        self.any_edition = any_edition
        self.bound_book_id = bound_book_id
        self.placed_by = placed_by
        self.age_band = age_band
        self.counted: list[Any] | None = None
        self.recalled_loan_id: UUID | None = None
        self.expires_on: date | None = None
        self.expires_at: datetime | None = None
        self.not_before: date | None = None
        self.starts_at: datetime | None = None
        self.queue_order = self.version = 0
        self.status = HoldStatus.WAITING
        self.suspended = False
        self.suspended_until: datetime | None = None
        self.copy_id: UUID | None = None
        self.barcode: str | None = None
        self.target_branch: str | None = None
        self.target_since: datetime | None = None
        self.pickup_until: datetime | None = None
        self.ended_at: datetime | None = None
        self.reason: str | None = None
        self.reason_given: str | None = None
        self.cancelled_by: UUID | None = None
        self._events: list[HoldEvent] = []

    @classmethod
    def restored(cls, facts: Mapping[str, Any]) -> Self:
        """Return the hold that was stored with these facts, without recording events."""
        hold = cls.__new__(cls)
        hold.__dict__.update(facts, _events=[])
        return hold

    def wait_between(self, not_before: date | None, expires_on: date | None, *, calendar: Calendar) -> None:
        """Wait from the beginning of one day to the end of another, by the calendar of the pickup branch."""
        self.not_before, self.expires_on = not_before, expires_on
        self.starts_at = None if not_before is None else calendar.end_of_day(not_before - _ONE_DAY) + _ONE_SECOND
        self.expires_at = None if expires_on is None else calendar.end_of_day(expires_on)

    def join(self, order: int, *, position: int) -> None:
        """Take the last place of the queue."""
        self.queue_order = order
        self._record(HoldEventType.PLACED, at=self.placed_at, position=position)

    def give_way(self) -> None:
        """Move one place back for a hold that has waited longer."""
        self.queue_order += 1
        self.version += 1

    @property
    def is_active(self) -> bool:
        """Whether the member still waits, or a copy waits for them."""
        return self.status in ACTIVE

    @property
    def has_target(self) -> bool:
        """Whether it is waiting and a copy is to be pulled for it."""
        return self.status is HoldStatus.WAITING and self.copy_id is not None

    def is_suspended(self, now: datetime) -> bool:
        """Return whether the hold lets others pass at `now`."""
        return self.suspended and (self.suspended_until is None or now < self.suspended_until)

    def has_passed(self, now: datetime) -> bool:
        """Return whether its time is over: the copy was not fetched, or its last day has passed."""
        end = {HoldStatus.READY: self.pickup_until, HoldStatus.WAITING: self.expires_at}.get(self.status)
        return end is not None and end < now

    @property
    def wanted(self) -> UUID | str | None:
        """The copy or the volume that alone will do, None for any copy of the book."""
        return self.wanted_copy_id or self.volume_key

    def known(self, now: datetime) -> Particulars:
        """Return what rules may ask of the member: the age is what it was, and a year more for each year of waiting."""
        known = Particulars(home_branch=self.member_branch, age=self.member_age)
        return aged(known, since=self.placed_at, until=now)

    def is_local_to(self, copy: CirculatingCopy) -> bool:
        """Return whether the member is one of the copy's own branch."""
        return same_branch(self.member_branch, copy.home_branch)

    def wants(self, copy: CirculatingCopy, *, now: datetime) -> bool:
        """Return whether this copy could fill the hold, alone or among others."""
        return self.can_be_served(now) and self.wanted in (None, copy.copy_id, copy.volume_key)

    def can_be_served(self, now: datetime) -> bool:
        """Return whether the member waits at this moment."""
        waits = self.status is HoldStatus.WAITING and not self.is_suspended(now) and not self.has_passed(now)
        return waits and (self.starts_at is None or self.starts_at <= now)

    def target(self, copy: CirculatingCopy, *, branch: str, now: datetime) -> None:
        """Make this copy, on its shelf in `branch`, the target of the hold. Raises HoldNotWaiting."""
        self.expect_waiting()
        self.copy_id, self.barcode = copy.copy_id, copy.barcode
        self.target_branch, self.target_since = branch, now
        self.version += 1

    def recall(self, loan_id: UUID) -> None:
        """Wait for the copy of this loan, which was recalled for the hold. Raises HoldNotWaiting."""
        self.expect_waiting()
        self.recalled_loan_id = loan_id
        self.version += 1

    def turn_to(self, edition: StockOfBook, *, order: int) -> None:
        """Wait for another edition of the work, at this place of its queue. Raises HoldNotWaiting."""
        self.expect_waiting()
        self.book_id, self.title = edition.book_id, edition.title
        self.item_type = edition.item_types[0] if len(edition.item_types) == 1 else None
        self.queue_order, self.recalled_loan_id = order, None
        self.version += 1

    def turn_to_bound(self, copy: BoundCopy, *, order: int) -> None:
        """Wait at this place for a copy of another book that holds its own as well. Raises HoldNotWaiting."""
        self.expect_waiting()
        self.bound_book_id = self.bound_book_id or self.book_id
        self.book_id, self.wanted_copy_id, self.item_type = copy.book_id, copy.copy_id, copy.item_type
        self.any_edition, self.queue_order, self.recalled_loan_id = False, order, None
        self.version += 1

    def turn_back(self, book_id: UUID, *, order: int) -> None:
        """Wait for any copy of the book that was asked for, which is no longer bound in the copy."""
        self.expect_waiting()
        self.book_id, self.bound_book_id, self.queue_order = book_id, None, order
        self.wanted_copy_id = self.item_type = self.recalled_loan_id = None
        self.version += 1

    def move(
        self,
        edition: StockOfBook,
        *,
        order: int,
        item_type: str | None,
        title: str,
        copy_id: UUID | None = None,
        volume: Volume | None = None,
        bound_book_id: UUID | None = None,
    ) -> None:
        """Wait for what staff have chosen instead: one copy, a volume or any copy of a book. Raises as `turn_to`."""
        self.turn_to(edition, order=order)
        self.title, self.wanted_copy_id, self.bound_book_id = title, copy_id, bound_book_id
        self.item_type, self.any_edition = item_type, False
        self.volume, self.volume_key = (None, None) if volume is None else (volume.volume, volume.key)

    def release_loan(self) -> None:
        """Recall the loan no longer, because the hold cannot be served now. It recalls one again when it can."""
        self.recalled_loan_id = None
        self.version += 1

    def lose_copy(self, *, now: datetime) -> None:
        """Wait again in the same place, because the copy that was to fill the hold no longer does."""
        if self.is_active and self.copy_id is not None:
            self._fall_back(HoldStatus.WAITING, now=now)
            self._forget_copy()

    def capture(self, copy: CirculatingCopy, *, branch: str | None, until: datetime, now: datetime) -> None:
        """Capture the copy: in the pickup branch the hold is ready until `until`, elsewhere the copy is in transit.

        `branch` is where the copy lies, None if it is in transit. Scanning it again in the pickup branch changes
        nothing; scanned in another branch, it is in transit again.
        """
        if self.status is HoldStatus.READY and same_branch(branch, self.pickup_branch):
            return
        if self.status is HoldStatus.WAITING:
            self.copy_id, self.barcode = copy.copy_id, copy.barcode
            self.target_branch = self.target_since = None
            self.pickup_branch = self.pickup_branch or copy.home_branch
        if same_branch(branch, self.pickup_branch):
            self.status, self.pickup_until = HoldStatus.READY, until
            self._record(HoldEventType.READY, at=now)
        elif self.status is not HoldStatus.IN_TRANSIT:
            self._fall_back(HoldStatus.IN_TRANSIT, now=now)

    def keep_until(self, until: datetime, *, now: datetime) -> None:
        """Keep the copy on the hold shelf until `until`, and notify the member. Raises HoldNotReady."""
        if self.status is not HoldStatus.READY:
            raise HoldNotReady
        if self.pickup_until != until:
            self.pickup_until = until
            self._record(HoldEventType.READY, at=now)

    def fulfil(self, copy: CirculatingCopy, *, now: datetime) -> None:
        """End the hold: the member has borrowed this copy."""
        if self.is_active:
            self.copy_id, self.barcode = copy.copy_id, copy.barcode
        self._end(HoldStatus.FULFILLED, HoldEventType.FULFILLED, now=now)

    def cancel(
        self,
        *,
        now: datetime,
        reason: str | None = None,
        explanation: str | None = None,
        acted_by: UUID | None = None,
    ) -> None:
        """Cancel the hold; repeating it changes nothing. Raises HoldNotActive if it ended otherwise.

        `reason` is the code of why the library cancelled it, None if it was cancelled on request. The `explanation` is
        for the member to read. `acted_by` is the guardian or proxy who did it.
        """
        if self.status is not HoldStatus.CANCELLED:
            self.reason, self.reason_given, self.cancelled_by = reason, explanation, acted_by
            self._end(HoldStatus.CANCELLED, HoldEventType.CANCELLED, now=now)

    def expire(self, *, now: datetime) -> None:
        """End the hold because its time is over."""
        self._end(HoldStatus.EXPIRED, HoldEventType.EXPIRED, now=now)

    def suspend(self, *, until: datetime | None) -> None:
        """Let later holds pass until `until`, or until it is resumed, and keep the place. No loan is recalled for it.

        Raises HoldNotActive and HoldNotWaiting.
        """
        self.expect_waiting()
        if (self.suspended, self.suspended_until) != (True, until):
            self.suspended, self.suspended_until, self.recalled_loan_id = True, until, None
            self.version += 1

    def resume(self) -> None:
        """End the suspension: later holds no longer pass. Raises HoldNotActive and HoldNotWaiting."""
        self.expect_waiting()
        if self.suspended:
            self.suspended, self.suspended_until = False, None
            self.version += 1

    def revise(self, change: HoldChange, *, calendar: Calendar) -> None:
        """Change how the member waits, in the same place, by the calendar of the pickup branch. Raises HoldNotActive.

        Raises HoldNotWaiting if branch or days would change although a copy is already captured.
        """
        if not self.is_active:
            raise HoldNotActive
        before = HoldChange(self.pickup_branch, self.not_before, self.expires_on, self.comment)
        if change == before:
            return
        if replace(change, comment=None) != replace(before, comment=None):
            self.expect_waiting()
            self.pickup_branch = change.pickup_branch
            self.wait_between(change.not_before, change.expires_on, calendar=calendar)
        self.comment = change.comment
        self.version += 1

    def fetch_in(self, branch: str) -> None:
        """Be fetched in another branch, because the pickup branch has closed for good."""
        self.pickup_branch = branch
        self.version += 1

    def take_events(self) -> list[HoldEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def expect_waiting(self) -> None:
        """Raise HoldNotActive, or HoldNotWaiting, unless the member waits and no copy is captured."""
        if not self.is_active:
            raise HoldNotActive
        if self.status is not HoldStatus.WAITING:
            raise HoldNotWaiting

    def _fall_back(self, status: HoldStatus, *, now: datetime) -> None:
        """Take a status before ready, and record that a member who was notified need not come."""
        if self.status is HoldStatus.READY:
            self._events.append(HoldEvent(HoldEventType.NO_LONGER_READY, self, now, copy_id=self.copy_id))
        self.status, self.pickup_until = status, None
        self.version += 1

    def _forget_copy(self) -> None:
        self.copy_id = self.barcode = self.target_branch = self.target_since = None

    def _end(self, status: HoldStatus, type: HoldEventType, *, now: datetime) -> None:
        if not self.is_active:
            raise HoldNotActive
        if self.status is HoldStatus.WAITING and status is not HoldStatus.FULFILLED:
            self._forget_copy()
        self.status, self.ended_at = status, now
        self.target_branch = self.target_since = self.member_age = None
        # A hold that ends because it lost its copy has one event: that of its end.
        self._events = [event for event in self._events if event.type is not HoldEventType.NO_LONGER_READY]
        self._record(type, at=now)

    def _record(self, type: HoldEventType, *, at: datetime, position: int | None = None) -> None:
        self.version += 1
        self._events.append(HoldEvent(type, self, at, position))

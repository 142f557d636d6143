"""Views of holds and hold shelves."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import WITH_COPY, Hold, HoldKind, HoldStatus
from shared.kernel.from_attributes import from_attributes

QueuePlace = tuple[int, UUID]
"""A place in a queue: its stored order, and the id of its hold."""


@dataclass(frozen=True, slots=True)
class TargetView:
    """The copy that is to be pulled for a hold: where it stands, and since when."""

    copy_id: UUID
    barcode: str
    branch: str
    since: datetime

    @classmethod
    def of(cls, hold: Any) -> Self | None:
        """Return the target of a hold or of a table row; None unless it has one."""
        if hold.status != HoldStatus.WAITING or hold.copy_id is None:
            return None
        return cls(hold.copy_id, hold.barcode, hold.target_branch, hold.target_since)


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold. `copy_id` is the copy that is captured for it, else the one that alone is wanted; `volume` is the volume.

    `volume_key` is what all spellings of the volume share. With `any_edition` other editions of the work will do, too,
    and `book_id` is the one that it waits for now. `bound_book_id` is the book that was asked for, and has the `title`,
    if that is bound in the copy with `book_id`.
    `target` is the copy that is to be pulled for it while it waits; null while none is free. `reason` is the code of
    why the library cancelled it: `no-lendable-copy`, `already-held-by-member` where two books or two members became
    one, `already-on-loan-to-member` where the member has the other of two such books at home, or `member-leaving`;
    `reason_given` is what staff say to the member who cancel it. `member_branch` was the member's home branch when it
    was placed. `placed_by` and `cancelled_by` are the guardian or proxy who did that for the member, null for nobody.
    """

    hold_id: UUID
    book_id: UUID
    title: str
    copy_id: UUID | None
    volume: str | None
    volume_key: str | None
    any_edition: bool
    bound_book_id: UUID | None
    barcode: str | None
    member_id: UUID
    member_branch: str | None
    pickup_branch: str | None
    placed_at: datetime
    expires_on: date | None
    not_before: date | None
    comment: str | None
    kind: HoldKind
    status: HoldStatus
    target: TargetView | None
    suspended: bool
    suspended_until: datetime | None
    position: int | None
    pickup_until: datetime | None
    ended_at: datetime | None
    reason: str | None
    reason_given: str | None
    placed_by: UUID | None
    cancelled_by: UUID | None
    version: int

    @classmethod
    def of(cls, hold: Hold, *, now: datetime, position: int | None = None) -> "HoldView":
        """Show `hold` as it stands at `now`."""
        return as_of(cls.from_record(hold, hold_id=hold.id, position=position), now)

    @classmethod
    def from_record(cls, hold: Any, *, hold_id: UUID, position: int | None) -> Self:
        """Return the view of a hold or of a table row."""
        has_copy = hold.status in WITH_COPY or hold.status == HoldStatus.FULFILLED or hold.ended_at is not None
        return from_attributes(
            hold,
            cls,
            hold_id=hold_id,
            copy_id=(hold.copy_id if has_copy else None) or hold.wanted_copy_id,
            barcode=hold.barcode if has_copy else None,
            target=TargetView.of(hold),
            position=position,
        )

    @property
    def mark(self) -> str:
        """What the ETag adds to the version: its position, and whether it is suspended at present."""
        return ("" if self.position is None else f"{self.position}p") + ("s" if self.suspended else "")


def as_of(hold: HoldView, now: datetime) -> HoldView:
    """Return the view as of `now`, without a suspension that is over."""
    if not hold.suspended or hold.suspended_until is None or now < hold.suspended_until:
        return hold
    return replace(hold, suspended=False, suspended_until=None)


@dataclass(frozen=True, slots=True)
class QueueView:
    """A part of the queue for a book, the next hold first.

    `waiting` is how many wait in all, `version` that of the whole order. `reached` is the place behind which the next
    part begins, None if this is the last.
    """

    book_id: UUID
    holds: tuple[HoldView, ...]
    waiting: int
    version: int
    reached: QueuePlace | None

    @property
    def mark(self) -> str:
        """What the ETag adds to the order: the state of the holds, and how many are suspended at present.

        A change of a hold increases its version, but the end of a suspension does not.
        """
        return f"{sum(hold.version for hold in self.holds)}v{sum(hold.suspended for hold in self.holds)}s"


def version_of(order: Iterable[UUID]) -> int:
    """Return a number that changes with the order of a queue."""
    whole = b"".join(hold_id.bytes for hold_id in order)
    return int.from_bytes(hashlib.blake2b(whole, digest_size=7).digest(), "big")


ANY_ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class HoldFilter:
    """Which holds to list; None does not restrict. The `status` ANY_ACTIVE stands for all active statuses."""

    member_id: UUID | None = None
    book_id: UUID | None = None
    copy_id: UUID | None = None
    pickup_branch: str | None = None
    status: str | None = None
    placed_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class CopyAwayView:
    """A copy on a hold shelf or on its way. `branch` is where it lies or goes, `hold_id` whom it is captured for."""

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    home_branch: str
    status: str
    branch: str
    hold_id: UUID | None
    since: datetime

    @classmethod
    def of(cls, record: CirculationRecord, *, since: datetime) -> Self:
        """Show where a copy is since a moment."""
        copy = record.copy
        return cls(
            copy.copy_id,
            copy.book_id,
            copy.title,
            copy.barcode,
            copy.home_branch,
            record.status,
            record.branch,
            record.hold_id,
            since,
        )


@dataclass(frozen=True, slots=True)
class CopyOnHoldShelf:
    """A copy that waits for its member on the hold shelf of `branch`."""

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    home_branch: str
    branch: str
    hold_id: UUID | None
    since: datetime


@dataclass(frozen=True, slots=True)
class TransitView:
    """A copy on its way from one branch to another, since when, and for which hold, if it is for one."""

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    home_branch: str
    from_branch: str
    to_branch: str
    hold_id: UUID | None
    since: datetime


@dataclass(frozen=True, slots=True)
class BranchContents:
    """What lending has in a branch: open loans made there, holds to be fetched there, copies on their way there.

    `others` stand on a shelf there away from home, or are to be cleared from the hold shelf.
    """

    branch: str
    loans: int
    holds_waiting: int
    holds_in_transit: int
    holds_ready: int
    transits: int
    others: int


@dataclass(frozen=True, slots=True)
class PullListItem:
    """A copy to fetch from its shelf in `branch`, for which hold, and where that is fetched (null: here).

    `volume` is the one that the hold is for, if it names one.
    """

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    branch: str
    location: str | None
    shelf_mark: str | None
    volume: str | None
    hold_id: UUID
    pickup_branch: str | None
    since: datetime

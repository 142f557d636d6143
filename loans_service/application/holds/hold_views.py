"""What can be shown of holds and hold shelves, and who fetches it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, Self
from uuid import UUID

from loans_service.domain.holds.hold import Hold

QueuePlace = tuple[int, UUID]
"""A place in a queue: the order and the id of the hold that has it."""


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as it is shown. `copy_id` is the copy captured, else the one that alone is wanted."""

    hold_id: UUID
    book_id: UUID
    title: str
    copy_id: UUID | None
    barcode: str | None
    member_id: UUID
    pickup_branch: str | None
    placed_at: datetime
    expires_on: date | None
    status: str
    suspended: bool
    suspended_until: datetime | None
    position: int | None
    pickup_until: datetime | None
    ended_at: datetime | None
    version: int

    @classmethod
    def of(cls, hold: Hold, *, position: int | None = None) -> Self:
        """Show `hold` as it stands."""
        return cls(
            hold_id=hold.id,
            book_id=hold.book_id,
            title=hold.title,
            copy_id=hold.copy_id or hold.wanted_copy_id,
            barcode=hold.barcode,
            member_id=hold.member_id,
            pickup_branch=hold.pickup_branch,
            placed_at=hold.placed_at,
            expires_on=hold.expires_on,
            status=hold.status,
            suspended=hold.suspended,
            suspended_until=hold.suspended_until,
            position=position,
            pickup_until=hold.pickup_until,
            ended_at=hold.ended_at,
            version=hold.version,
        )


@dataclass(frozen=True, slots=True)
class QueueView:
    """A part of those who wait for a book, the next one first.

    `waiting` is how many wait in all, `version` that of the whole order. `reached` is behind which place the next part
    begins; None when nobody is left.
    """

    book_id: UUID
    holds: tuple[HoldView, ...]
    waiting: int
    version: int
    reached: QueuePlace | None


def version_of(order: Iterable[UUID]) -> int:
    """Return a number that changes with the order of a queue."""
    whole = b"".join(hold_id.bytes for hold_id in order)
    return int.from_bytes(hashlib.blake2b(whole, digest_size=7).digest(), "big")


@dataclass(frozen=True, slots=True)
class HoldFilter:
    """Which holds to list; None asks for no restriction."""

    member_id: UUID | None = None
    book_id: UUID | None = None
    copy_id: UUID | None = None
    pickup_branch: str | None = None
    status: str | None = None


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


@dataclass(frozen=True, slots=True)
class PullListItem:
    """A copy that should stand on the shelf at home, the hold that it could fill, and how many wait for the book."""

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    home_branch: str
    hold_id: UUID
    pickup_branch: str | None
    waiting: int


class HoldViews(Protocol):
    """Fetches holds and copies on hold shelves to show."""

    async def hold(self, hold_id: UUID) -> HoldView | None: ...

    async def holds(self, wanted: HoldFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[HoldView]:
        """Return up to `limit` holds, newest first, that were placed before the given moment and id."""
        ...

    async def queue(self, book_id: UUID, *, limit: int, after: QueuePlace | None) -> QueueView:
        """Return up to `limit` of those who wait, behind the given place."""
        ...

    async def away(
        self, status: str, branch: str | None, *, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[CopyAwayView]:
        """Return up to `limit` copies of this status, the longest waiting first, behind the given moment and id."""
        ...

    async def wanted(
        self, branch: str, *, now: datetime, limit: int, after: tuple[UUID, UUID] | None
    ) -> list[PullListItem]:
        """Return up to `limit` copies at home in `branch` that somebody waits for, behind the given book and copy."""
        ...

"""The queue for a book: who waits, in which order, and whose turn it is when a copy is there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from loans_service.domain.holds.hold import Hold, HoldStatus
from shared.kernel.errors import Conflict

Lends = Callable[[str], bool]
"""Tells whether the policy lends the copy at hand to members of a category."""


class CheckOutHeldByOther(Conflict):
    """Somebody else's turn comes first. Whose, is nobody else's business."""

    code = "copy-held-for-other"
    detail = "This copy is held for another member. Offer to place a hold."


class RenewalHeldByOther(Conflict):
    """Somebody waits for the copy, so that it cannot be renewed."""

    code = "held-by-other"
    detail = "Another member waits for this copy. Return it in time."


class HoldQueueDiffers(Conflict):
    """The order names other holds than those that wait."""

    code = "hold-queue-differs"
    example: ClassVar = {"waiting": 3}

    def __init__(self, waiting: int) -> None:
        super().__init__(
            "Name exactly the holds that wait for this book, each once. Read the queue again and repeat the order.",
            waiting=waiting,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """As much of an active hold as a check-out looks at. `copy_id` is the copy that is captured for it, if any."""

    hold_id: UUID
    member_id: UUID
    category: str
    copy_id: UUID | None


@dataclass(frozen=True, slots=True)
class Claims:
    """Who waits for a copy on the desk: whoever it is captured for, and the queue that it could fill, in order.

    Among them are holds of the member at the desk for which another copy is captured.
    """

    copy_id: UUID
    member_id: UUID
    held: tuple[Claim, ...] = ()

    def first(self, lends: Lends) -> Claim | None:
        """Return the claim that comes before all others."""
        captured = (claim for claim in self.held if claim.copy_id == self.copy_id)
        return next(captured, None) or next(self._waiting(lends), None)

    def is_of_another(self, lends: Lends) -> bool:
        """Tell whether somebody else's turn comes first."""
        first = self.first(lends)
        return first is not None and first.member_id != self.member_id

    def others_wait(self, lends: Lends) -> bool:
        """Tell whether anybody else waits for this copy."""
        return any(claim.member_id != self.member_id for claim in self._waiting(lends))

    def fulfilled(self, lends: Lends) -> UUID | None:
        """Return the hold of this member that the copy fulfils, if it is their turn."""
        first = self.first(lends)
        own = [claim for claim in (first, *self.held) if claim is not None and claim.member_id == self.member_id]
        return own[0].hold_id if own else None

    def _waiting(self, lends: Lends) -> Iterator[Claim]:
        return (claim for claim in self.held if claim.copy_id is None and lends(claim.category))


class HoldQueue:
    """The holds that wait for one book, or the first of those that one copy could fill.

    The stored order decides, not the date.
    """

    def __init__(self, holds: Iterable[Hold]) -> None:
        waiting = (hold for hold in holds if hold.status is HoldStatus.WAITING)
        self._holds = sorted(waiting, key=lambda hold: (hold.order, hold.id))

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Who waits, the next one first."""
        return tuple(self._holds)

    def first_for(self, copy_id: UUID, *, lends: Lends, now: datetime) -> Hold | None:
        """Return the hold whose turn it is when this copy is there: the first that it can fill."""
        return next((hold for hold in self._holds if hold.wants(copy_id, now=now) and lends(hold.category)), None)


@dataclass(frozen=True, slots=True)
class QueueEnd:
    """Where a newcomer joins a queue: how many wait there, and the order of the last of them."""

    waiting: int
    last: int

    def join(self, hold: Hold) -> int:
        """Let a new hold wait behind all others, and return its position."""
        position = self.waiting + 1
        hold.join(self.last + 1, position=position)
        return position


@dataclass(frozen=True, slots=True)
class QueueOrder:
    """All who wait for one book by their ids, the next one first, each with its stored order. Positions are counted."""

    places: tuple[tuple[UUID, int], ...]

    @property
    def hold_ids(self) -> tuple[UUID, ...]:
        """The holds that wait, the next one first."""
        return tuple(hold_id for hold_id, _ in self.places)

    def reordered(self, hold_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Return the new order of each hold that moves. Raises HoldQueueDiffers unless `hold_ids` name all once."""
        before = dict(self.places)
        if len(hold_ids) != len(before) or before.keys() != set(hold_ids):
            raise HoldQueueDiffers(len(before))
        return {hold_id: place for place, hold_id in enumerate(hold_ids, start=1) if before[hold_id] != place}

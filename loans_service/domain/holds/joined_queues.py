"""Holds that are joined because two books or two members were merged."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.placing import one_is_enough


@dataclass(frozen=True, slots=True)
class QueuedHold:
    """An active hold as it stands in a queue; `captured` is whether a copy is captured for it.

    `bound_book_id` is the book that was asked for, if that is bound in the one copy.
    """

    hold_id: UUID
    book_id: UUID
    member_id: UUID
    wanted_copy_id: UUID | None
    volume_key: str | None
    placed_at: datetime
    queue_order: int
    captured: bool
    bound_book_id: UUID | None = None

    @property
    def wanted(self) -> UUID | str | None:
        """The copy or the volume that alone will do, None for any copy of the book."""
        return self.wanted_copy_id or self.volume_key

    def as_asked(self, joined: Collection[UUID]) -> "QueuedHold":
        """Return the hold as it stands for the book that was asked for, if that and the one it is bound with are one.

        Any copy will do then.
        """
        if self.bound_book_id is None or self.bound_book_id not in joined:
            return self
        return replace(self, book_id=self.bound_book_id, bound_book_id=None, wanted_copy_id=None)

    def covers(self, other: "QueuedHold") -> bool:
        """Return whether a hold for the same book makes the other one needless, as `RequestedItem.is_covered_by`."""
        if self.bound_book_id != other.bound_book_id:
            return self.wanted == other.wanted
        return one_is_enough(self.wanted, other.wanted)


def places_by_date(placed_at: datetime, queue: Sequence[QueuedHold]) -> tuple[int, dict[UUID, int]]:
    """Return the place of one more hold in a queue, by when it was placed, and the new places of those behind it.

    It comes before the first that was placed later, wherever staff have put that.
    """
    later = next((at for at, each in enumerate(queue) if placed_at < each.placed_at), len(queue))
    if later == len(queue):
        return (queue[-1].queue_order + 1 if queue else 1), {}
    return queue[later].queue_order, {each.hold_id: each.queue_order + 1 for each in queue[later:]}


def position_among(queue: Iterable[QueuedHold], hold: Hold) -> int:
    """Return the position of a hold among those of its queue. Holds for other volumes do not count."""
    before = (each for each in queue if each.hold_id != hold.id and each.queue_order < hold.queue_order)
    waiting = (each.volume_key for each in before if not each.captured)
    return 1 + sum(None in (key, hold.volume_key) or key == hold.volume_key for key in waiting)


@dataclass(frozen=True, slots=True)
class JoinedQueues:
    """The active holds of two books, each in the order of its queue."""

    one: Sequence[QueuedHold]
    other: Sequence[QueuedHold]

    def new_orders(self) -> dict[UUID, int]:
        """Return the new place of each hold that moves: the queues are merged by the dates of the holds.

        Holds that staff moved within their own queue stay before or behind the same holds.
        """
        joined = heapq.merge(self.one, self.other, key=lambda hold: hold.placed_at)
        return {hold.hold_id: place for place, hold in enumerate(joined, start=1) if hold.queue_order != place}

    def held_twice(self) -> list[UUID]:
        """Return the holds that end because another hold of the same member covers them."""
        return _needless((*self.one, *self.other), alike=_member, apart=_book)


def held_by_both(holds: Iterable[QueuedHold]) -> list[UUID]:
    """Return the holds that end because two members are one person, whose other hold covers them."""
    return _needless(holds, alike=_book, apart=_member)


_Fact = Callable[[QueuedHold], UUID]


def _book(hold: QueuedHold) -> UUID:
    return hold.book_id


def _member(hold: QueuedHold) -> UUID:
    return hold.member_id


def _needless(holds: Iterable[QueuedHold], *, alike: _Fact, apart: _Fact) -> list[UUID]:
    """Return the holds that are covered by another hold which is equal in `alike` and differs in `apart`.

    The hold with a captured copy stays, else the older one.
    """
    together: dict[UUID, list[QueuedHold]] = defaultdict(list)
    for hold in holds:
        together[alike(hold)].append(hold)
    return [hold.hold_id for group in together.values() for hold in _spare(group, apart)]


def _spare(holds: Sequence[QueuedHold], apart: _Fact) -> list[QueuedHold]:
    stay: list[QueuedHold] = []
    spare: list[QueuedHold] = []
    for hold in sorted(holds, key=lambda hold: (not hold.captured, hold.placed_at, hold.hold_id)):
        is_needless = any(each.covers(hold) for each in stay if apart(each) != apart(hold))
        (spare if is_needless else stay).append(hold)
    return spare

"""Two queues that become one, because their books are the same."""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.domain.holds.placing import one_is_enough


@dataclass(frozen=True, slots=True)
class QueuedHold:
    """An active hold as it stands in a queue; `captured`: a copy is kept for it."""

    hold_id: UUID
    book_id: UUID
    member_id: UUID
    wanted_copy_id: UUID | None
    placed_at: datetime
    queue_order: int
    captured: bool


@dataclass(frozen=True, slots=True)
class JoinedQueues:
    """The active holds of two books, each in the order of its queue."""

    one: Sequence[QueuedHold]
    other: Sequence[QueuedHold]

    def new_orders(self) -> dict[UUID, int]:
        """Return the order of each hold that moves: everybody waits where the date of their hold belongs.

        Whom staff put before or behind others of their own queue stays there.
        """
        joined = heapq.merge(self.one, self.other, key=lambda hold: hold.placed_at)
        return {hold.hold_id: place for place, hold in enumerate(joined, start=1) if hold.queue_order != place}

    def held_twice(self) -> list[UUID]:
        """Return the holds that end because their member has another one that is enough.

        That is the one for which a copy is kept, else the older one.
        """
        by_member: dict[UUID, list[QueuedHold]] = defaultdict(list)
        for hold in (*self.one, *self.other):
            by_member[hold.member_id].append(hold)
        return [hold.hold_id for holds in by_member.values() for hold in _spare(holds)]


def _spare(holds: Sequence[QueuedHold]) -> list[QueuedHold]:
    """Return those of one member's holds that another one on the other book makes needless."""
    stay: list[QueuedHold] = []
    spare: list[QueuedHold] = []
    for hold in sorted(holds, key=lambda hold: (not hold.captured, hold.placed_at, hold.hold_id)):
        others = (each for each in stay if each.book_id != hold.book_id)
        is_needless = any(one_is_enough(each.wanted_copy_id, hold.wanted_copy_id) for each in others)
        (spare if is_needless else stay).append(hold)
    return spare

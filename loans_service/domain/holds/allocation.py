"""Which copy is to be pulled for which hold: chosen anew whenever a copy or a hold has changed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from loans_service.domain.circulating_copy import CirculatingCopy, same_branch
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold

LendsTo = Callable[[CirculatingCopy, str], bool]
"""Tells whether the policy lends this copy to members of a category."""


def in_order(holds: Iterable[Hold]) -> list[Hold]:
    """Return holds as they stand in the queue, the next one first."""
    return sorted(holds, key=lambda hold: (hold.queue_order, hold.id))


class HoldAllocation:
    """The copies of one book as they stand, which of them may be lent, and the holds that they are to be pulled for.

    `targeted` are the holds that have a target, by its copy. `wanted_alone` are copies that some hold wants and no
    other: they go to others last.
    """

    def __init__(
        self,
        copies: Iterable[CirculationRecord],
        targeted: Mapping[UUID, Hold] | None = None,
        *,
        lendable: Collection[UUID],
        lends: LendsTo,
        wanted_alone: Collection[UUID] = (),
        now: datetime,
    ) -> None:
        self._copies = {record.copy.copy_id: record for record in copies}
        self._targeted = dict(targeted or {})
        self._lendable = lendable
        self._lends = lends
        self._wanted_alone = wanted_alone
        self._now = now
        self._lost: list[Hold] = []

    def drop_what_no_longer_serves(self) -> None:
        """Let go of each target that its hold does not want any more, that is not lent to it, or that has moved."""
        for copy_id, hold in list(self._targeted.items()):
            record = self._copies.get(copy_id)
            stays = record is not None and self._fills(record, hold) and same_branch(record.branch, hold.target_branch)
            if not stays:
                self._withdraw(copy_id)

    def move_elsewhere(self, hold: Hold) -> None:
        """Let another branch pull a copy for a hold whose target was not pulled in time, if one has a free copy."""
        others = [record for record in self._free_for(hold) if not same_branch(record.branch, hold.target_branch)]
        if others and hold.copy_id is not None:
            best = min(others, key=lambda record: self._preference(record, hold))
            self._withdraw(hold.copy_id)
            self._give(best, hold)

    def serve(self, hold: Hold) -> bool:
        """Give the hold a target: a free copy, else that of the last one behind it; tell whether there was one."""
        free = self._free_for(hold)
        if free:
            self._give(min(free, key=lambda record: self._preference(record, hold)), hold)
            return True
        behind = [
            (other.queue_order, other.id, copy_id)
            for copy_id, other in self._targeted.items()
            if (other.queue_order, other.id) > (hold.queue_order, hold.id) and self._fills(self._copies[copy_id], hold)
        ]
        if not behind:
            return False
        copy_id = max(behind)[-1]
        self._withdraw(copy_id)
        self._give(self._copies[copy_id], hold)
        return True

    def take_who_lost(self) -> list[Hold]:
        """Return the holds that have lost their target since the last call, and have none, the next one first."""
        lost, self._lost = self._lost, []
        return in_order(hold for hold in lost if not hold.has_target)

    def can_serve_behind(self, order: int) -> bool:
        """Tell whether it is worth looking at a hold of this order: a copy is free, or one behind it has a target."""
        return any(hold.queue_order > order for hold in self._targeted.values()) or any(self._free())

    def _fills(self, record: CirculationRecord, hold: Hold) -> bool:
        copy = record.copy
        is_wanted = copy.copy_id in self._lendable and hold.wants(copy.copy_id, now=self._now)
        return is_wanted and self._lends(copy, hold.category)

    def _free(self) -> Iterator[CirculationRecord]:
        return (each for each in self._copies.values() if each.is_free and each.copy.copy_id in self._lendable)

    def _free_for(self, hold: Hold) -> list[CirculationRecord]:
        return [record for record in self._free() if self._fills(record, hold)]

    def _preference(self, record: CirculationRecord, hold: Hold) -> tuple[bool, bool, int, str, UUID]:
        """Return what is smallest for the best copy: first in the pickup branch, then where most copies are free."""
        elsewhere = not same_branch(record.branch, hold.pickup_branch)
        free = Counter(each.branch.upper() for each in self._free())
        alone = record.copy.copy_id in self._wanted_alone and hold.wanted_copy_id is None
        return alone, elsewhere, -free[record.branch.upper()], record.branch, record.copy.copy_id

    def _give(self, record: CirculationRecord, hold: Hold) -> None:
        record.request(hold, now=self._now)
        self._targeted[record.copy.copy_id] = hold

    def _withdraw(self, copy_id: UUID) -> None:
        hold = self._targeted.pop(copy_id)
        hold.lose_copy(now=self._now)
        self._lost.append(hold)
        if copy_id in self._copies:
            self._copies[copy_id].release(None, shelf_until=self._now, now=self._now)

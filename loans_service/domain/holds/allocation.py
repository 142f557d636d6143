"""Which copy is to be pulled for which hold; decided anew whenever a copy or a hold changes."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from loans_service.domain.circulating_copy import CirculatingCopy, same_branch
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.rules.policy import Policy
from loans_service.domain.rules.transport import Transport

LendsTo = Callable[[CirculatingCopy, Hold], bool]
"""Whether the policy lends this copy to who has the hold."""


def lends_by(policy: Policy, *, now: datetime) -> LendsTo:
    """Return a predicate of whether the policy lends a copy to who has a hold, as old as they are now."""

    def lends(copy: CirculatingCopy, hold: Hold) -> bool:
        lends = policy.lends(copy.item_type, branch=copy.home_branch, location=copy.location)
        return lends(hold.category, hold.known(now))

    return lends


def in_order(holds: Iterable[Hold]) -> list[Hold]:
    """Return holds as they stand in the queue, the next one first."""
    return sorted(holds, key=lambda hold: (hold.queue_order, hold.id))


@dataclass(slots=True)
class Changes:
    """The outcome: the holds that got a target, and those whose target was not pulled in time."""

    served: list[Hold] = field(default_factory=list)
    late: list[Hold] = field(default_factory=list)


class HoldAllocation:
    """Allocates the copies of one book that may be lent to the holds that wait for it.

    Call `review` first, then `serve_in_turn` with page after page of the queue while `can_serve_behind` is true, and
    `settle` at the end, which returns the changes.

    `targeted` are the holds that have a target, by its copy id. `with_own_holds` are copies that some hold asks for
    specifically: they are the last to be given to holds for any copy. With `local_first`, a copy serves members of its
    own branch before all others, wherever they stand in the queue. `transport` is how copies travel.
    """

    def __init__(
        self,
        copies: Iterable[CirculationRecord],
        targeted: Mapping[UUID, Hold] | None = None,
        *,
        lendable: Collection[UUID],
        lends: LendsTo,
        with_own_holds: Collection[UUID] = (),
        local_first: bool = False,
        transport: Transport | None = None,
        now: datetime,
    ) -> None:
        self._copies = {record.copy.copy_id: record for record in copies}
        self._targeted = dict(targeted or {})
        self._lendable = lendable
        self._lends = lends
        self._with_own_holds = with_own_holds
        self._local_first = local_first
        self._transport = transport or Transport()
        self._now = now
        self._lost: list[Hold] = []
        self._changes = Changes()

    def review(self, *, waiting_again: Iterable[Hold] = (), late: Collection[Hold] = ()) -> None:
        """Withdraw targets that no longer fit, then serve the holds that lost one and those that are `waiting_again`.

        The holds in `late`, whose target was not pulled in time, get a free copy in another branch if there is one.
        """
        for copy_id, hold in list(self._targeted.items()):
            if not self._still_serves(copy_id, hold):
                self._withdraw(copy_id)
        self._changes.late = [hold for hold in late if hold.has_target]
        for hold in self._changes.late:
            self._move_elsewhere(hold)
        self.serve_in_turn(in_order([*waiting_again, *self._take_who_lost()]))

    def serve_in_turn(self, holds: Iterable[Hold]) -> None:
        """Give a target to each hold that has none, as long as copies last."""
        for hold in holds:
            if not hold.has_target and self.serve(hold):
                self._changes.served.append(hold)

    def serve(self, hold: Hold) -> bool:
        """Give the hold a free copy, else the target of the last hold behind it; return whether it got one."""
        free = self._free_for(hold)
        if free:
            self._give(min(free, key=lambda record: self._preference(record, hold)), hold)
            return True
        behind = [
            (self._turn(other, record), copy_id)
            for copy_id, other in self._targeted.items()
            if self._turn(other, record := self._copies[copy_id]) > self._turn(hold, record)
            and self._fills(record, hold)
        ]
        if not behind:
            return False
        copy_id = max(behind)[-1]
        self._withdraw(copy_id)
        self._give(self._copies[copy_id], hold)
        return True

    def can_serve_behind(self, order: int) -> bool:
        """Return whether a hold behind this place could be served.

        A copy is free, or is the target of a hold that would give way to it.
        """
        gives_way = (
            hold.queue_order > order or (self._local_first and not hold.is_local_to(self._copies[copy_id].copy))
            for copy_id, hold in self._targeted.items()
        )
        return any(gives_way) or any(self._free())

    def settle(self) -> Changes:
        """Serve the holds that lost their target to an earlier one, and return all changes."""
        while lost := self._take_who_lost():
            self.serve_in_turn(lost)
        return self._changes

    def _still_serves(self, copy_id: UUID, hold: Hold) -> bool:
        record = self._copies.get(copy_id)
        return record is not None and self._fills(record, hold) and same_branch(record.branch, hold.target_branch)

    def _move_elsewhere(self, hold: Hold) -> None:
        others = [record for record in self._free_for(hold) if not same_branch(record.branch, hold.target_branch)]
        if others and hold.copy_id is not None:
            best = min(others, key=lambda record: self._preference(record, hold))
            self._withdraw(hold.copy_id)
            self._give(best, hold)

    def _take_who_lost(self) -> list[Hold]:
        lost, self._lost = self._lost, []
        return in_order(hold for hold in lost if not hold.has_target)

    def _fills(self, record: CirculationRecord, hold: Hold) -> bool:
        copy = record.copy
        is_wanted = copy.copy_id in self._lendable and hold.wants(copy, now=self._now)
        is_sent = self._transport.sends(copy.item_type, record.branch, hold.pickup_branch)
        return is_wanted and is_sent and self._lends(copy, hold)

    def _free(self) -> Iterator[CirculationRecord]:
        return (each for each in self._copies.values() if each.is_free and each.copy.copy_id in self._lendable)

    def _free_for(self, hold: Hold) -> list[CirculationRecord]:
        return [record for record in self._free() if self._fills(record, hold)]

    def _turn(self, hold: Hold, record: CirculationRecord) -> tuple[bool, int, UUID]:
        """Return a sort key, smallest for the hold that comes first for this copy."""
        return self._local_first and not hold.is_local_to(record.copy), hold.queue_order, hold.id

    def _preference(self, record: CirculationRecord, hold: Hold) -> tuple[bool, bool, bool, int, int, str, UUID]:
        """Return a sort key, smallest for the best copy.

        That is one in the pickup branch, else in the best of its sources, else where most copies are free.
        """
        elsewhere = not same_branch(record.branch, hold.pickup_branch)
        free = Counter(each.branch.upper() for each in self._free())
        alone = record.copy.copy_id in self._with_own_holds and hold.wanted_copy_id is None
        foreign, _, _ = self._turn(hold, record)
        rank = self._transport.rank(record.branch, hold.pickup_branch)
        return alone, elsewhere, foreign, rank, -free[record.branch.upper()], record.branch, record.copy.copy_id

    def _give(self, record: CirculationRecord, hold: Hold) -> None:
        record.request(hold, now=self._now)
        self._targeted[record.copy.copy_id] = hold

    def _withdraw(self, copy_id: UUID) -> None:
        hold = self._targeted.pop(copy_id)
        hold.lose_copy(now=self._now)
        self._lost.append(hold)
        if copy_id in self._copies:
            self._copies[copy_id].release(None, shelf_until=self._now, now=self._now)

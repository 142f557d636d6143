"""The queue for a book: who waits, in which order, and who is next when a copy is available."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from loans_service.domain.circulating_copy import CirculatingCopy, same_branch
from loans_service.domain.holds.hold import Hold, HoldStatus
from loans_service.domain.rules.conditions import Particulars
from shared.kernel.errors import Conflict

Lends = Callable[[str, Particulars], bool]
"""Whether the policy lends the copy at hand to a member of a category, of whom so much is known."""

Sends = Callable[[str | None], bool]
"""Whether the copy at hand is sent to a pickup branch."""


def anywhere(_: str | None) -> bool:
    """Send a copy to any branch."""
    return True


class CheckOutHeldByOther(Conflict):
    """The copy serves somebody else's hold. Whose, is nobody else's business.

    `captured`: it is kept on the hold shelf or on its way there, and nobody can override that; otherwise it is only to
    be pulled, and staff may.
    """

    code = "copy-held-for-other"
    example: ClassVar = {"captured": True}

    def __init__(self, *, captured: bool) -> None:
        super().__init__(
            "This copy is held for another member. Offer to place a hold."
            if captured
            else "This copy is to be pulled for another member. Take another copy, or ask the staff.",
            captured=captured,
        )


class RenewalHeldByOther(Conflict):
    """Somebody waits whom no other copy will serve, so that it cannot be renewed."""

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


class HoldQueue:
    """The holds that wait for one book, or the first of them that a copy could fill.

    They are in the stored order, not in that of their dates.
    """

    def __init__(self, holds: Iterable[Hold]) -> None:
        waiting = (hold for hold in holds if hold.status is HoldStatus.WAITING)
        self._holds = sorted(waiting, key=lambda hold: (hold.queue_order, hold.id))

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The holds that wait, the next one first."""
        return tuple(self._holds)

    def first_for(
        self,
        copy: CirculatingCopy,
        *,
        lends: Lends,
        now: datetime,
        besides: UUID | None = None,
        sends: Sends = anywhere,
    ) -> Hold | None:
        """Return the first hold that this copy can fill and that has no target.

        Holds of the member `besides` do not count.
        """
        fillable = (hold for hold in self._fillable(copy, lends, now) if sends(hold.pickup_branch))
        return next((hold for hold in fillable if not hold.has_target and hold.member_id != besides), None)

    def first_scanned(
        self, copy: CirculatingCopy, *, branch: str, lends: Lends, now: datetime, sends: Sends = anywhere
    ) -> Hold | None:
        """Return the hold that this copy fills when it is scanned in `branch`.

        That is the first one without a target; else the first with pickup in `branch` whose target has yet to be
        pulled, since the copy at hand is there sooner.
        """
        first = self.first_for(copy, lends=lends, now=now, sends=sends)
        here = (each for each in self._fillable(copy, lends, now) if same_branch(each.pickup_branch, branch))
        return first or next(here, None)

    def _fillable(self, copy: CirculatingCopy, lends: Lends, now: datetime) -> Iterator[Hold]:
        return (hold for hold in self._holds if hold.wants(copy, now=now) and lends(hold.category, hold.known(now)))


def positions(volume_keys: Iterable[str | None]) -> Iterator[int]:
    """Yield the position of each hold of a queue, given the volumes in its order; None is any.

    A hold for another volume is no competitor, and does not count.
    """
    for_any, before = 0, Counter[str]()
    for key in volume_keys:
        if key is None:
            for_any += 1
        else:
            before[key] += 1
        yield for_any + (before.total() if key is None else before[key])


@dataclass(frozen=True, slots=True)
class QueueEnd:
    """The end of a queue: how many holds wait, and the last place taken.

    Holds with a captured copy keep their place, because they may have to wait again.
    """

    waiting: int
    last: int

    def join(self, hold: Hold) -> int:
        """Put a new hold at the end of the queue, and return its position."""
        position = self.waiting + 1
        hold.join(self.last + 1, position=position)
        return position


def insert_by_date(hold: Hold, active: Sequence[Hold]) -> None:
    """Insert an imported hold by its date: before the first hold that was placed later.

    `active` are all other active holds for the book, including those with a captured copy.
    """
    queue = sorted(active, key=lambda each: (each.queue_order, each.id))
    later = next((place for place, each in enumerate(queue) if hold.placed_at < each.placed_at), len(queue))
    before, behind = queue[:later], queue[later:]
    order = behind[0].queue_order if behind else before[-1].queue_order + 1 if before else 1
    for each in behind:
        each.give_way()
    keys = [each.volume_key for each in before if each.status is HoldStatus.WAITING]
    hold.join(order, position=[*positions((*keys, hold.volume_key))][-1])


@dataclass(frozen=True, slots=True)
class QueueOrder:
    """The ids and stored places of all holds that wait for one book, the next one first.

    `taken` is the last place of a hold with a captured copy; new places begin behind it. `fetched_in` says in
    which branch each is fetched, None for where its copy is at home.
    """

    places: tuple[tuple[UUID, int], ...]
    taken: int = 0
    fetched_in: Mapping[UUID, str | None] = field(default_factory=dict)

    @property
    def hold_ids(self) -> tuple[UUID, ...]:
        """The holds that wait, the next one first."""
        return tuple(hold_id for hold_id, _ in self.places)

    def reordered(self, hold_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Return the new place of each hold that moves. Raises HoldQueueDiffers unless `hold_ids` names each once."""
        before = dict(self.places)
        if len(hold_ids) != len(before) or before.keys() != set(hold_ids):
            raise HoldQueueDiffers(len(before))
        places = enumerate(hold_ids, start=self.taken + 1)
        return {hold_id: place for place, hold_id in places if before[hold_id] != place}

    def branches_that_wait_otherwise(self, hold_ids: Sequence[UUID]) -> list[str] | list[None]:
        """Return where the holds are fetched that come earlier or later in the order of `hold_ids`, in their order.

        That is None, whatever branch, if all of these are fetched where their copies are at home.
        """
        moved = [now for now, before in zip(hold_ids, self.hold_ids, strict=True) if now != before]
        named = {branch for hold_id in moved if (branch := self.fetched_in[hold_id]) is not None}
        if moved and not named:
            return [None]
        return sorted(named)

    def moves_up(self, some: Collection[UUID], hold_ids: Sequence[UUID]) -> bool:
        """Return whether any of the holds in `some` moves up in the order of `hold_ids`."""
        before = {hold_id: place for place, hold_id in enumerate(self.hold_ids)}
        return any(hold_id in some and place < before[hold_id] for place, hold_id in enumerate(hold_ids))

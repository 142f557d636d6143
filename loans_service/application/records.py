"""What circulation keeps of holds, and of where copies are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.application.neighbours import CopyKey
from loans_service.domain.circulating_copy import CirculatingCopy, CopyState
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.hold_queue import HoldQueue, QueueEnd, QueueOrder


class Holds(Protocol):
    """The holds on record. Lock others out before reading what a rule looks at."""

    def add(self, hold: Hold) -> None: ...

    async def get(self, hold_id: UUID) -> Hold | None: ...

    async def end_of_queue(self, book_id: UUID) -> QueueEnd:
        """Return where one joins those who wait for a book."""
        ...

    async def position_of(self, hold: Hold) -> int:
        """Return the place of a hold that waits, counted from the front of its queue."""
        ...

    async def order_of_queue(self, book_id: UUID) -> QueueOrder:
        """Return the order of all who wait for a book."""
        ...

    async def reorder(self, places: Mapping[UUID, int]) -> None:
        """Give these holds another order; each changes thereby."""
        ...

    async def of_ids(self, hold_ids: Sequence[UUID]) -> list[Hold]:
        """Return these holds, as ordered."""
        ...

    async def for_copy(self, copy: CirculatingCopy, *, now: datetime) -> tuple[Hold | None, HoldQueue]:
        """Return the hold that this copy is captured for, and the first of those who wait and whom it would do."""
        ...

    async def further_for(self, copy: CirculatingCopy, *, behind: Hold, now: datetime) -> HoldQueue:
        """Return the next of those who wait and whom this copy would do; nobody when there are no more."""
        ...

    async def active_of(self, member_id: UUID) -> list[Hold]:
        """Return the holds of a member that have not ended."""
        ...


class Copies(Protocol):
    """The copies that circulation has seen."""

    async def find(self, key: CopyKey) -> CirculatingCopy | None:
        """Return what is known of a copy from a loan or a hold; None if it was never lent nor captured."""
        ...

    async def circulation_record_of(self, copy: CirculatingCopy) -> CirculationRecord:
        """Return where a copy is that is not on loan; what happens to it then is kept."""
        ...

    async def republish_state(self, copy_id: UUID, *, book_id: UUID, now: datetime) -> CopyState:
        """Tell everybody how a copy stands, as if it had come to stand so now. Lock others out before."""
        ...

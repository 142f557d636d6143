"""How long holds for a title that is bound with others wait for the one copy."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.domain.circulating_copy import TAKES_NO_HOLDS, CopyStatus
from loans_service.domain.lendable_copy import StockOfBook


@dataclass(frozen=True, slots=True)
class BoundWait:
    """Holds for the book `title_id` wait in the queue of `book_id`, for a copy of that in which it is bound.

    `status` is what books last reported of the copy, None if nothing.
    """

    title_id: UUID
    book_id: UUID
    copy_id: UUID
    status: str | None = None

    def is_over(self, title: StockOfBook | None, *, keep_when_lost: bool) -> bool:
        """Return whether the holds turn back to the queue of their title, as books describes that now.

        They do where it has a copy of its own, or the copy holds it no longer, or takes no holds. For a lost one that
        alone holds the title they keep their place, with `keep_when_lost`. Where the own copies are of several volumes,
        nobody has said which is wanted: then they wait for the copy as long as that takes holds.
        """
        if title is None or title.stands_in:
            return True
        if title.holdable > 0:
            return self.status in TAKES_NO_HOLDS
        if any(copy.copy_id == self.copy_id for copy in title.bound):
            return False
        return bool(title.bound) or not (keep_when_lost and self.status == CopyStatus.LOST)

"""Stocktaking: what should stand on a shelf, and what was scanned there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from books_service.domain.stock.branch import branch_key
from books_service.domain.stock.copy import shelf_mark_key
from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.errors import NotFound

EXPECTED_ON_SHELF = frozenset({CopyStatus.IN_SERVICE, CopyStatus.REFERENCE_ONLY})
"""The statuses of copies that should stand on their shelf, unless they are in circulation."""


class InventoryNotFound(NotFound):
    """There is no such inventory."""

    code = "inventory-not-found"
    detail = "There is no inventory with this id."


@dataclass(frozen=True, slots=True)
class Range:
    """Which shelves: a branch, perhaps a location of it, perhaps from one shelf mark to another, both included."""

    branch: str
    location: str | None = None
    shelf_mark_from: str | None = None
    shelf_mark_to: str | None = None

    def holds(self, *, branch: str, location: str | None, shelf_mark: str | None) -> bool:
        """Whether a copy that is at home there belongs on these shelves."""
        if branch_key(branch) != branch_key(self.branch) or (self.location is not None and location != self.location):
            return False
        key = shelf_mark_key(shelf_mark)
        if self.shelf_mark_from is not None and key < shelf_mark_key(self.shelf_mark_from):
            return False
        return self.shelf_mark_to is None or key <= shelf_mark_key(self.shelf_mark_to)


@dataclass(frozen=True, slots=True)
class Inventory:
    """The count of a range of shelves, since it was begun."""

    id: UUID
    range: Range
    began_at: datetime
    by: str | None = None

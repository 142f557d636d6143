"""Stocktaking: what should stand on a shelf, and what was scanned there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from books_service.domain.stock.branch import branch_key
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.shelf_mark import expect_shelf_mark_range, shelf_mark_key
from books_service.domain.stock.stands import Stands, StandsWhy
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

    @classmethod
    def of(cls, branch: str, location: str | None, shelf_mark_from: str | None, shelf_mark_to: str | None) -> Self:
        """Return a range of these bounds. Raises InvalidShelfMarkRange."""
        expect_shelf_mark_range(shelf_mark_from, shelf_mark_to)
        return cls(branch, location, shelf_mark_from, shelf_mark_to)

    def holds(self, *, stands: Stands, shelf_mark: str | None) -> bool:
        """Whether a copy that stands there belongs on these shelves.

        One that has floated into the branch belongs in any location of it: none was recorded for it.
        """
        is_located = stands.why is not StandsWhy.FLOATED and self.location is not None
        if branch_key(stands.branch) != branch_key(self.branch) or (is_located and stands.location != self.location):
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


@dataclass(frozen=True, slots=True)
class Scanned:
    """A barcode that was scanned on these shelves, and the copy that has it, if there is one."""

    barcode: str
    copy_id: UUID | None
    at: datetime

"""What is shown of an inventory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from books_service.domain.stock.availability import Availability
from books_service.domain.stock.barcode import LONGEST_BARCODE, barcode_key
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.shelf_mark import shelf_mark_key
from books_service.domain.stock.stands import Stands

InventoryList = Literal["missing", "misplaced", "wrong_status"]
"""What may be wrong with a copy."""

ShelfPlace = tuple[str, UUID]
"""Where a copy stands in a list that goes along the shelf: its shelf mark as it is filed, and which it is."""


@dataclass(frozen=True, slots=True)
class UnknownBarcode:
    """A barcode that was scanned on these shelves and that no copy has."""

    barcode: str

    @property
    def place(self) -> tuple[str]:
        """Where the next page begins: behind this place."""
        return (barcode_key(self.barcode)[:LONGEST_BARCODE],)


@dataclass(frozen=True, slots=True)
class InventoryCopy:
    """A copy with which something is wrong, where it is at home, and where it should stand."""

    copy_id: UUID
    barcode: str
    title: str
    branch: str
    location: str | None
    shelf_mark: str | None
    status: CopyStatus
    availability: Availability
    stands: Stands

    @property
    def place(self) -> ShelfPlace:
        """Where the next page begins: behind this place."""
        return (shelf_mark_key(self.shelf_mark), self.copy_id)


@dataclass(frozen=True, slots=True)
class InventoryView:
    """What stocktaking has found so far. Each list holds 1000 copies at most; `complete` says whether that is all.

    Where it is not, the lists have addresses of their own, and go on page by page.
    `missing` should stand there and was not scanned; `misplaced` was scanned and belongs elsewhere; `wrong_status` was
    scanned although the library or circulation says that it is not on the shelf; `unknown` are barcodes of no copy.
    """

    inventory_id: UUID
    branch: str
    location: str | None
    shelf_mark_from: str | None
    shelf_mark_to: str | None
    began_at: datetime
    scanned: int
    missing: tuple[InventoryCopy, ...]
    misplaced: tuple[InventoryCopy, ...]
    wrong_status: tuple[InventoryCopy, ...]
    unknown: tuple[str, ...]
    complete: bool

"""What is shown of an inventory."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from books_service.domain.stock.availability import Availability
from books_service.domain.stock.copy_status import CopyStatus


@dataclass(frozen=True, slots=True)
class Scanned:
    """A barcode that was scanned on these shelves, and the copy that has it, if there is one."""

    barcode: str
    copy_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class InventoryCopy:
    """A copy with which something is wrong, and where it should stand."""

    copy_id: UUID
    barcode: str
    title: str
    branch: str
    location: str | None
    shelf_mark: str | None
    status: CopyStatus
    availability: Availability


@dataclass(frozen=True, slots=True)
class InventoryView:
    """What stocktaking has found so far. Each list holds 1000 copies at most; `complete` says whether that is all.

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

"""Take stock of a range of shelves: begin, and scan."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from books_service.application.stock.inventory.views import InventoryView
from books_service.domain.rights import TAKE_STOCK
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.branch import UnknownBranch, UnknownLocation
from books_service.domain.stock.inventory import Inventory, InventoryNotFound, Range, Scanned
from books_service.domain.stock.shelf_mark import InvalidShelfMarkRange
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import RightMissing, authorise

MOST_SCANS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class InventoryBegin:
    """Which shelves."""

    branch: str
    location: str | None = None
    shelf_mark_from: str | None = None
    shelf_mark_to: str | None = None
    by: str | None = None


@refuses(UnknownBranch, UnknownLocation, InvalidShelfMarkRange, RightMissing)
@dataclass(frozen=True, slots=True)
class BeginInventory:
    """Begin to take stock of the shelves of a branch, of a location of it, or of a range of shelf marks there.

    - What has floated into the branch belongs there, and what has floated out of it does not. In which location a copy
      stands that floated in, nobody has said: it is right in each, and missed where the whole branch is counted.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: InventoryBegin, receipt: Receipt | None = None) -> InventoryView:
        async with self.unit_of_work(receipt) as uow:
            branch = await uow.branches.find(command.branch)
            if branch is None:
                raise UnknownBranch
            authorise(TAKE_STOCK, branch.code)
            location = None if command.location is None else branch.location(command.location)
            shelves = Range.of(branch.code, location, command.shelf_mark_from, command.shelf_mark_to)
            inventory = Inventory(new_id(), shelves, self.clock.now(), command.by)
            await uow.inventories.add(inventory)
            view = InventoryView(
                inventory_id=inventory.id,
                branch=shelves.branch,
                location=shelves.location,
                shelf_mark_from=shelves.shelf_mark_from,
                shelf_mark_to=shelves.shelf_mark_to,
                began_at=inventory.began_at,
                scanned=0,
                missing=(),
                misplaced=(),
                wrong_status=(),
                unknown=(),
                complete=False,
            )
            await uow.commit(answer=view)
        return view


@dataclass(frozen=True, slots=True)
class InventoryScans:
    """The barcodes that were scanned, in any order."""

    inventory_id: UUID
    barcodes: Sequence[str]


@dataclass(frozen=True, slots=True)
class ScansNoted:
    """How many barcodes of this inventory were scanned by now, each counted once."""

    inventory_id: UUID
    scanned: int


@refuses(InventoryNotFound, RightMissing)
@dataclass(frozen=True, slots=True)
class NoteScans:
    """Note up to 500 barcodes that were scanned on these shelves. The same barcode again changes nothing.

    - Each copy that was scanned counts as seen now, wherever it belongs.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: InventoryScans, receipt: Receipt | None = None) -> ScansNoted:
        now = self.clock.now()
        async with self.unit_of_work(receipt) as uow:
            inventory = await uow.inventories.get(command.inventory_id)
            authorise(TAKE_STOCK, inventory.range.branch)
            found = {copy.barcode_key: copy for copy in await uow.copies.with_barcodes(command.barcodes)}
            for copy in found.values():
                copy.see(now=now)
            by_key = {barcode_key(barcode): barcode.strip() for barcode in command.barcodes}
            scans = [Scanned(barcode, found[key].id if key in found else None, now) for key, barcode in by_key.items()]
            noted = ScansNoted(inventory.id, await uow.inventories.note(inventory.id, scans))
            await uow.commit(answer=noted)
        return noted

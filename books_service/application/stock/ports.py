"""What the stock needs from outside to change and to show copies and branches."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from books_service.application.catalogue.history import Change
from books_service.application.catalogue.ports import CatalogueUnitOfWork
from books_service.application.stock.inventory.views import (
    InventoryCopy,
    InventoryList,
    InventoryView,
    Scanned,
    ShelfPlace,
    UnknownBarcode,
)
from books_service.application.stock.views import (
    BookLendability,
    BookQuestion,
    BranchView,
    CopyLendability,
    CopyQuery,
    CopyView,
    Holdings,
    LendabilityQuestion,
    ReportedAvailability,
)
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.branch import Branch, BranchNotFound
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.inventory import Inventory, InventoryNotFound
from books_service.domain.stock.shelf_mark import InvalidShelfMarkRange
from shared.kernel.errors import LibraryError, refuses
from shared.kernel.receipts import Opens


class Copies(Protocol):
    """The stock."""

    def add(self, copy: Copy) -> None: ...

    async def get(self, copy_id: UUID) -> Copy:
        """Raises CopyNotFound."""
        ...

    async def named(self, copy_ids: Collection[UUID]) -> Sequence[Copy]:
        """Return those of these copies that there are."""
        ...

    async def out_of_service(self, copy_ids: Collection[UUID]) -> Sequence[Copy]:
        """Return those of these copies whose status is another than in service: few of many."""
        ...

    async def with_barcodes(self, barcodes: Collection[str]) -> Sequence[Copy]:
        """Return the copies with these barcodes, however they are written."""
        ...

    async def with_external_ids(self, external_ids: Collection[str]) -> Sequence[Copy]:
        """Return the copies that came with these keys of another system."""
        ...

    async def of_book(self, book_id: UUID) -> Sequence[Copy]:
        """Return every copy of a book."""
        ...

    async def remove(self, copy: Copy) -> None: ...


class Branches(Protocol):
    """The places."""

    def add(self, branch: Branch) -> None: ...

    async def find(self, code: str) -> Branch | None:
        """Return the branch with this code, however it is written."""
        ...

    async def all(self) -> Sequence[Branch]:
        """Return every branch; a library has few."""
        ...

    async def locations_in_use(self, code: str) -> AbstractSet[str]:
        """Return the codes of the branch's locations where copies stand."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What circulation said of one copy, and its number among all that was said of it."""

    copy_id: UUID
    availability: CopyAvailability
    sequence: int


class Circulation(Protocol):
    """What circulation last said of each copy, by its own sequence number."""

    async def keep(self, reports: Sequence[Report]) -> None:
        """Keep each, unless something later is known already. Books need not know the copies (yet)."""
        ...

    async def of(self, copy_id: UUID) -> CopyAvailability | None:
        """Return what is known; None for a copy that was never out."""
        ...

    async def of_many(self, copy_ids: Collection[UUID]) -> Mapping[UUID, CopyAvailability]:
        """Return what is known of these copies."""
        ...


class Inventories(Protocol):
    """The counts of shelves."""

    async def add(self, inventory: Inventory) -> None: ...

    async def get(self, inventory_id: UUID) -> Inventory:
        """Raises InventoryNotFound."""
        ...

    async def note(self, inventory_id: UUID, scans: Sequence[Scanned]) -> int:
        """Note what was scanned, each barcode once; return how many there are now."""
        ...


class StockUnitOfWork(CatalogueUnitOfWork, Protocol):
    """A transaction over copies, branches and their books."""

    @property
    def copies(self) -> Copies: ...

    @property
    def branches(self) -> Branches: ...

    @property
    def circulation(self) -> Circulation: ...

    @property
    def inventories(self) -> Inventories: ...


OpensStock = Opens[StockUnitOfWork]


class StockViews(Protocol):
    """Fetches copies and branches as they are shown."""

    @refuses(CopyNotFound)
    async def copy(self, copy_id: UUID) -> CopyView:
        """Raises CopyNotFound."""
        ...

    async def copies_with_barcode(self, barcode: str) -> list[CopyView]:
        """Return none or one."""
        ...

    @refuses(InvalidShelfMarkRange)
    async def copies(self, query: CopyQuery, *, after: UUID | None, limit: int) -> list[CopyView]:
        """Return the copies that are asked for, in the order of their ids."""
        ...

    @refuses(BookNotFound)
    async def copies_of(self, book_id: UUID, *, after: UUID | None, limit: int) -> list[CopyView]:
        """Return the copies of a book, oldest first. Raises BookNotFound."""
        ...

    async def holdings(self, book_ids: Sequence[UUID], *, most: int) -> list[Holdings]:
        """Return up to `most` copies of each of these books that there are, in the order asked."""
        ...

    @refuses(CopyNotFound)
    async def lendability(self, asked: Sequence[LendabilityQuestion]) -> list[CopyLendability | LibraryError]:
        """Return for each copy, in the order asked, whether it may be lent, or CopyNotFound: by one statement."""
        ...

    @refuses(BookNotFound)
    async def book_lendability(self, book_id: UUID) -> BookLendability:
        """Raises BookNotFound."""
        ...

    async def books_lendability(self, asked: Sequence[BookQuestion]) -> list[BookLendability | LibraryError]:
        """Return what there is of each book, in the order asked, or BookNotFound."""
        ...

    @refuses(BranchNotFound)
    async def branch(self, code: str) -> BranchView:
        """Raises BranchNotFound."""
        ...

    async def branches(self, *, after: str | None, limit: int) -> list[BranchView]:
        """Return branches in the order of their codes."""
        ...


class CirculationViews(Protocol):
    """Looks up what circulation last said, in the order of the copies' ids, for circulation itself to compare."""

    async def reported_of(self, copy_ids: Collection[UUID]) -> list[ReportedAvailability]:
        """Return what was said of these copies; nothing of those that were never spoken of."""
        ...

    async def away(self, *, after: UUID | None, limit: int) -> list[ReportedAvailability]:
        """Return up to `limit` copies behind `after` that do not simply stand at home."""
        ...


class InventoryViews(Protocol):
    """Compares what was scanned with what should stand there."""

    @refuses(InventoryNotFound)
    async def inventory(self, inventory_id: UUID) -> InventoryView:
        """Return what was found so far, with the beginning of each list. Raises InventoryNotFound."""
        ...

    @refuses(InventoryNotFound)
    async def copies(
        self, inventory_id: UUID, listed: InventoryList, *, limit: int, after: ShelfPlace | None
    ) -> list[InventoryCopy]:
        """Return up to `limit` copies of a list behind a place. Raises InventoryNotFound."""
        ...

    @refuses(InventoryNotFound)
    async def unknown(self, inventory_id: UUID, *, limit: int, after: str | None) -> list[UnknownBarcode]:
        """Return up to `limit` barcodes of no copy behind one. Raises InventoryNotFound."""
        ...


class CopyHistory(Protocol):
    """Fetches what was done to a copy."""

    @refuses(CopyNotFound)
    async def of_copy(self, copy_id: UUID, *, before: int | None, limit: int) -> list[Change]:
        """Return up to `limit` changes before the place `before`, newest first. Raises CopyNotFound."""
        ...

"""All that can be asked of the stock."""

from dataclasses import dataclass

from books_service.application.stock.add_branch import AddBranch
from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.change_copy_status import ChangeCopyStatus, ChangeCopyStatuses
from books_service.application.stock.follow_circulation import FollowCirculation
from books_service.application.stock.inventory.queries import InventoryQueries
from books_service.application.stock.inventory.take_inventory import BeginInventory, NoteScans
from books_service.application.stock.merge_books import MergeBooks
from books_service.application.stock.queries.copies import CirculationQueries, CopyHistory, StockQueries
from books_service.application.stock.queries.lendable_copies import LendableCopies
from books_service.application.stock.remove_copy import RemoveCopy
from books_service.application.stock.revise_branch import ReviseBranch
from books_service.application.stock.revise_copy import ReviseCopy


@dataclass(frozen=True, slots=True)
class StockUseCases:
    """Made once, in main."""

    add_copy: AddCopy
    revise_copy: ReviseCopy
    remove_copy: RemoveCopy
    change_copy_status: ChangeCopyStatus
    change_copy_statuses: ChangeCopyStatuses
    merge_books: MergeBooks
    add_branch: AddBranch
    revise_branch: ReviseBranch
    begin_inventory: BeginInventory
    note_scans: NoteScans
    inventories: InventoryQueries
    follow_circulation: FollowCirculation
    views: StockQueries
    lendable_copies: LendableCopies
    circulation: CirculationQueries
    history: CopyHistory

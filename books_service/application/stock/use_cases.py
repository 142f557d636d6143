"""The use cases of the stock, bound to what they need."""

from books_service.application.ports import Ports
from books_service.application.stock.add_book import AddBook
from books_service.application.stock.add_branch import AddBranch
from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.bind_copy import BindCopy, UnbindCopy
from books_service.application.stock.change_copy_status import ChangeCopyStatus, ChangeCopyStatuses
from books_service.application.stock.close_branch import CloseBranch, EmptyClosedBranches
from books_service.application.stock.end_temporary_places import EndTemporaryPlaces
from books_service.application.stock.follow_circulation import FollowCirculation
from books_service.application.stock.inventory.take_inventory import BeginInventory, NoteScans
from books_service.application.stock.merge_books import MergeBooks
from books_service.application.stock.print_labels import PrintLabels
from books_service.application.stock.remove_copy import RemoveCopy
from books_service.application.stock.revise_branch import ReviseBranch
from books_service.application.stock.revise_copy import ReviseCopy


class StockUseCases:
    """Everything that can be asked of the stock; `queries` show copies and branches, `history` what was done."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, clock, currency = ports.unit_of_work, ports.clock, ports.currency
        self.add_book = AddBook(unit_of_work, clock, currency)
        self.add_copy = AddCopy(unit_of_work, clock, currency)
        self.revise_copy = ReviseCopy(unit_of_work, clock, currency)
        self.end_temporary_places = EndTemporaryPlaces(unit_of_work, clock)
        self.bind_copy = BindCopy(unit_of_work, clock)
        self.unbind_copy = UnbindCopy(unit_of_work, clock)
        self.remove_copy = RemoveCopy(unit_of_work, clock)
        self.change_copy_status = ChangeCopyStatus(unit_of_work, clock)
        self.change_copy_statuses = ChangeCopyStatuses(unit_of_work, clock)
        self.merge_books = MergeBooks(unit_of_work, clock)
        self.add_branch = AddBranch(unit_of_work, clock, ports.zone)
        self.close_branch = CloseBranch(unit_of_work, clock)
        self.empty_closed_branches = EmptyClosedBranches(unit_of_work, clock)
        self.revise_branch = ReviseBranch(unit_of_work)
        self.begin_inventory = BeginInventory(unit_of_work, clock)
        self.note_scans = NoteScans(unit_of_work, clock)
        self.follow_circulation = FollowCirculation(unit_of_work)
        self.print_labels = PrintLabels(ports.labels, ports.draw_labels)
        self.lists = ports.stock_lists
        self.queries = ports.stock
        self.history = ports.copy_history
        self.duplicates = ports.duplicates
        self.lendable_copies = ports.lendable_copies
        self.circulation = ports.circulation
        self.inventories = ports.inventories

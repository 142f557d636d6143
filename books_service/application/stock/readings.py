"""How single values of a copy or branch are read: a form tells all that is wrong with it at once."""

from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.branch import BranchNotFound, branch_code, zone
from books_service.domain.stock.copy import item_type
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.inventory import InventoryNotFound
from books_service.domain.stock.shelf_mark import InvalidShelfMarkRange

READ_BARCODE = Barcode.parse
READ_BRANCH_CODE = branch_code
READ_ITEM_TYPE = item_type
READ_TIMEZONE = zone

OF_ONE_COPY = (CopyNotFound,)
OF_COPIES = (InvalidShelfMarkRange,)
OF_ONE_BRANCH = (BranchNotFound,)
OF_ONE_INVENTORY = (InventoryNotFound,)
"""What may be said of things that are only looked up."""

"""How single values are read, so that a form can tell all that is wrong with it at once, before anything is done."""

from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.branch import branch_code, zone
from books_service.domain.stock.copy import item_type

READ_BARCODE = Barcode.parse
READ_BRANCH_CODE = branch_code
READ_ISBN = Isbn.parse
READ_ITEM_TYPE = item_type
READ_LANGUAGE = Language.parse
READ_LANGUAGE_TAG = Language.repaired
READ_TIMEZONE = zone

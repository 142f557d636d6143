"""What a copy said before an import changed it, read back from what was kept of it."""

from books_service.domain.attributes import Attribute
from books_service.domain.exchange.taking_back import copy_facts
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.money import Money
from shared.kernel.ids import new_id

BOOK, BOUND = new_id(), new_id()


def test_values_of_a_copy_are_its_facts_again() -> None:
    kept = {
        "book_id": str(BOOK),
        "bound_with": [str(BOUND)],
        "barcode": "30000000000019",
        "price": {"amount": 1290, "currency": "EUR"},
        "tags": ["new"],
        "attributes": [{"name": "donor", "value": "Ada"}],
        "shelf_mark": "823 AUS",
        "note": None,
    }

    assert {
        "book_id": BOOK,
        "bound_with": (BOUND,),
        "barcode": Barcode.parse("30000000000019"),
        "price": Money(1290, "EUR"),
        "tags": ("new",),
        "attributes": (Attribute("donor", "Ada"),),
        "shelf_mark": "823 AUS",
        "note": None,
    } == copy_facts(kept)


def test_what_a_copy_did_not_have_it_has_not_again() -> None:
    assert {"price": None, "barcode": None} == copy_facts({"price": None, "barcode": None})

from collections.abc import Sequence

import pytest

from books_service.application.stock.inventory.take_inventory import InventoryBegin, InventoryScans
from books_service.application.stock.inventory.views import InventoryCopy
from books_service.domain.stock.branch import UnknownBranch, UnknownLocation
from books_service.domain.stock.inventory import InventoryNotFound
from books_service.domain.stock.shelf_mark import InvalidShelfMarkRange
from books_service.domain.stock.stands import AT_HOME, ReportedStands, StandsWhy
from tests.books.library import Library
from tests.books.makers import any_id


async def shelves(library: Library) -> None:
    """Two branches, and a copy for each thing that stocktaking may find."""
    await library.open_branch(locations=["ADULTS", "KIDS"])
    await library.open_branch("EAST")
    book = await library.add_book()
    for barcode, facts in {
        "here": {"shelf_mark": "B 1"},
        "gone": {"shelf_mark": "b 2"},
        "lent": {"shelf_mark": "B 3"},
        "wrong": {"shelf_mark": "B 4"},
        "other-mark": {"shelf_mark": "Z 1"},
        "other-branch": {"shelf_mark": "B 1", "branch": "EAST"},
        "kids": {"shelf_mark": "B 9", "location": "KIDS"},
        "mended": {"shelf_mark": "B 5"},
    }.items():
        await library.add_copy(book.book_id, barcode, **facts)
    ids = {each.barcode: each.copy_id for each in await library.queries.copies_of(book.book_id, after=None, limit=100)}
    await library.hear(ids["lent"], "on_loan", sequence=1)
    await library.hear(ids["wrong"], "on_loan", sequence=1)
    await library.set_status(ids["mended"], "in_repair")


async def test_stocktaking_of_a_shelf_finds_what_is_missing_misplaced_of_a_wrong_status_or_unknown(
    library: Library,
) -> None:
    await shelves(library)
    begun = await library.stock.begin_inventory(InventoryBegin("main", None, "B", "bz"))

    for scanned in (["HERE", "wrong", "other-mark"], ["here", "other-branch", "kids", "mended", "no such"]):
        noted = await library.stock.note_scans(InventoryScans(begun.inventory_id, scanned))

    found = await library.stock.inventories.inventory(begun.inventory_id)
    assert (7, 7) == (noted.scanned, found.scanned)
    assert ["gone"] == [copy.barcode for copy in found.missing]
    assert ["other-branch", "other-mark"] == sorted(copy.barcode for copy in found.misplaced)
    assert ["mended", "wrong"] == sorted(copy.barcode for copy in found.wrong_status)
    assert (("no such",), True) == (found.unknown, found.complete)


async def test_stocktaking_of_a_location_looks_at_no_other(library: Library) -> None:
    await shelves(library)
    begun = await library.stock.begin_inventory(InventoryBegin("MAIN", "kids"))

    assert ["kids"] == [
        copy.barcode for copy in (await library.stock.inventories.inventory(begun.inventory_id)).missing
    ]


async def test_what_has_floated_is_neither_misplaced_where_it_stands_nor_missing_at_home(library: Library) -> None:
    await library.open_branch(locations=["ADULTS", "KIDS"])
    await library.open_branch("EAST", locations=["SHOP"])
    book = await library.add_book()
    copies = [await library.add_copy(book.book_id, barcode, shelf_mark="B 1") for barcode in ("seen", "unseen")]
    for copy in copies:
        floated = ReportedStands("east", StandsWhy.FLOATED, library.clock.now())
        await library.hear(copy.copy_id, "available", sequence=1, stands=floated)
    begun = {
        where: (await library.stock.begin_inventory(InventoryBegin(*where))).inventory_id
        for where in (("MAIN",), ("EAST",), ("EAST", "SHOP"))
    }

    for inventory_id in begun.values():
        await library.stock.note_scans(InventoryScans(inventory_id, ["seen"]))
    found = {where: await library.stock.inventories.inventory(inventory_id) for where, inventory_id in begun.items()}

    def barcodes(listed: Sequence[InventoryCopy]) -> list[str]:
        return [copy.barcode for copy in listed]

    here, shop, home = found["EAST",], found["EAST", "SHOP"], found["MAIN",]
    assert ([], ["unseen"]) == (barcodes(here.misplaced), barcodes(here.missing))
    assert ([], []) == (barcodes(shop.misplaced), barcodes(shop.missing)), "nobody knows in which location it stands"
    assert (["seen"], []) == (barcodes(home.misplaced), barcodes(home.missing))
    (missing,) = here.missing
    assert ("MAIN", "EAST", "floated") == (missing.branch, missing.stands.branch, missing.stands.why)


async def test_what_lies_on_the_hold_shelf_or_was_sent_is_not_missed_on_the_shelf(library: Library) -> None:
    await library.open_branch()
    book = await library.add_book()
    copies = [await library.add_copy(book.book_id, barcode) for barcode in ("to clear", "sent", "there")]
    places = (("available", StandsWhy.HOLD_SHELF), ("in_transit", StandsWhy.IN_TRANSIT), ("available", StandsWhy.HOME))
    for copy, (availability, why) in zip(copies, places, strict=True):
        await library.hear(copy.copy_id, availability, sequence=1, stands=ReportedStands("MAIN", why))
    begun = await library.stock.begin_inventory(InventoryBegin("MAIN"))

    found = await library.stock.inventories.inventory(begun.inventory_id)

    assert ["there"] == [copy.barcode for copy in found.missing]


async def test_stocktaking_goes_along_the_shelf_and_of_a_range_in_its_order(library: Library) -> None:
    await library.open_branch()
    await library.open_branch("EAST")
    book = await library.add_book()
    for number in (100, 10, 9, 2):
        copy = await library.add_copy(book.book_id, f"c{number}", shelf_mark=f"B {number}", branch="EAST")
        floated = ReportedStands("MAIN", StandsWhy.FLOATED)
        await library.hear(copy.copy_id, "available", sequence=1, stands=floated if number % 3 else AT_HOME)
    for number in (20, 3):
        await library.add_copy(book.book_id, f"c{number}", shelf_mark=f"B {number}")
    begun = await library.stock.begin_inventory(InventoryBegin("MAIN", None, "B 2", "B 50"))

    found = await library.stock.inventories.inventory(begun.inventory_id)
    pages, after = [], None
    while page := await library.stock.inventories.copies(begun.inventory_id, "missing", limit=1, after=after):
        pages += page
        after = page[-1].place

    assert ["c2", "c3", "c10", "c20"] == [copy.barcode for copy in found.missing] == [copy.barcode for copy in pages]
    with pytest.raises(InvalidShelfMarkRange):
        await library.stock.begin_inventory(InventoryBegin("MAIN", None, "B 50", "B 2"))


async def test_what_was_scanned_was_seen(library: Library) -> None:
    await shelves(library)
    begun = await library.stock.begin_inventory(InventoryBegin("MAIN"))

    await library.stock.note_scans(InventoryScans(begun.inventory_id, ["here"]))

    (copy,) = await library.queries.copies_with_barcode("here")
    assert (library.clock.now(), 1) == (copy.last_seen_at, copy.version)


async def test_stock_is_taken_of_shelves_that_there_are(library: Library) -> None:
    await library.open_branch()

    with pytest.raises(UnknownBranch):
        await library.stock.begin_inventory(InventoryBegin("NOWHERE"))
    with pytest.raises(UnknownLocation):
        await library.stock.begin_inventory(InventoryBegin("MAIN", "ATTIC"))
    with pytest.raises(InventoryNotFound):
        await library.stock.note_scans(InventoryScans(any_id(), ["1"]))
    with pytest.raises(InventoryNotFound):
        await library.stock.inventories.inventory(any_id())

import pytest

from books_service.application.stock.inventory.take_inventory import InventoryBegin, InventoryScans
from books_service.domain.stock.branch import UnknownBranch, UnknownLocation
from books_service.domain.stock.inventory import InventoryNotFound
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
    ids = {each.barcode: each.copy_id for each in await library.views.copies_of(book.book_id, after=None, limit=100)}
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


async def test_what_was_scanned_was_seen(library: Library) -> None:
    await shelves(library)
    begun = await library.stock.begin_inventory(InventoryBegin("MAIN"))

    await library.stock.note_scans(InventoryScans(begun.inventory_id, ["here"]))

    (copy,) = await library.views.copies_with_barcode("here")
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

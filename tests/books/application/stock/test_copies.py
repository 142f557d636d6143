from typing import Any

import pytest

from books_service.application.stock.change_copy_status import StatusChanges
from books_service.application.stock.remove_copy import CopyRemoval
from books_service.application.stock.revise_branch import BranchRevision
from books_service.application.stock.revise_copy import CopyRevision
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.stock.barcode import InvalidBarcode
from books_service.domain.stock.branch import (
    BranchNotFound,
    UnknownBranch,
    UnknownLocation,
)
from books_service.domain.stock.copy_refusals import BarcodeTaken, CopyHasPast, CopyNotFound, CopyOnLoan, CopyWithdrawn
from books_service.domain.stock.money import InvalidPrice, Money
from shared.kernel.errors import OutOfDate
from tests.books.library import Library
from tests.books.makers import NOW, any_id


async def revise(library: Library, copy_id: Any, version: int | None = None, **facts: Any) -> Any:
    return await library.stock.revise_copy(CopyRevision(copy_id, version, facts))


async def test_a_copy_is_in_service_and_available_at_once(library: Library) -> None:
    await library.open_branch("Main")
    book = await library.add_book()

    view = await library.add_copy(book.book_id, "1", branch=" MAIN ", price={"amount": 1290, "currency": "EUR"})

    assert ("in_service", "available", None) == (view.status, view.availability, view.due_at)
    assert ("Main", Money(1290, "EUR")) == (view.branch, view.price)
    assert "books.copy.added" == (await library.events())[-1][0]


async def test_a_copy_may_be_on_order_and_is_not_lent_then(library: Library) -> None:
    await library.open_branch()
    book = await library.add_book()

    view = await library.add_copy(book.book_id, "1", status="on_order")

    assert ("on_order", "unavailable", True) == (view.status, view.availability, view.holdable)
    assert "copy-not-lendable" == (await library.lendability(barcode="1")).refusals[0].code


async def test_a_copy_needs_a_book_a_branch_that_exists_and_a_barcode_that_can_be_read(library: Library) -> None:
    await library.open_branch()
    book = await library.add_book()

    with pytest.raises(BookNotFound):
        await library.add_copy(any_id(), "1")
    with pytest.raises(UnknownBranch):
        await library.add_copy(book.book_id, "1", branch="NOWHERE")
    with pytest.raises(InvalidBarcode):
        await library.add_copy(book.book_id, "é")


async def test_a_copy_stands_in_a_location_of_its_branch_however_that_is_written(library: Library) -> None:
    await library.open_branch(locations=["Children", "Stacks"])
    await library.open_branch("EAST")
    book = await library.add_book()

    copy = await library.add_copy(book.book_id, "1", location="children")

    assert "Children" == copy.location
    with pytest.raises(UnknownLocation):
        await library.add_copy(book.book_id, "2", location="attic")
    assert "Stacks" == (await revise(library, copy.copy_id, location="STACKS")).location
    assert (None, "EAST") == ((moved := await revise(library, copy.copy_id, branch="EAST")).location, moved.branch)


async def test_a_changed_status_is_shown_together_with_where_the_copy_is(library: Library) -> None:
    _, (copy,) = await library.shelve("1")
    await library.hear(copy.copy_id, "on_loan", sequence=1, due_at=NOW)

    view = await library.set_status(copy.copy_id, "missing")

    assert ("missing", "on_loan", NOW) == (view.status, view.availability, view.due_at)
    assert "books.copy.status_changed" == (await library.events())[-1][0]


async def test_only_an_admin_takes_a_withdrawn_copy_back(library: Library) -> None:
    _, (copy,) = await library.shelve("1")
    await library.set_status(copy.copy_id, "withdrawn")

    with pytest.raises(CopyWithdrawn):
        await library.set_status(copy.copy_id, "in_service")

    assert "in_service" == (await library.set_status(copy.copy_id, "in_service", by_admin=True)).status


async def test_many_copies_change_their_status_at_once_and_each_line_says_what_became_of_it(library: Library) -> None:
    _, (_, lent, _) = await library.shelve("1", "2", "3")
    await library.hear(lent.copy_id, "on_loan", sequence=1)

    result = await library.stock.change_copy_statuses(StatusChanges(["1", "2", "no", " 3 "], "withdrawn", "Weeded."))

    assert (2, 2) == (result.changed, result.failed)
    assert [None, "copy-on-loan", "copy-not-found", None] == [
        line.problem and line.problem["code"] for line in result.items
    ]
    assert ["withdrawn", "in_service", "withdrawn"] == [
        (await library.queries.copies_with_barcode(barcode))[0].status for barcode in "123"
    ]


async def test_a_mistyped_barcode_is_corrected_unless_another_copy_has_it(library: Library) -> None:
    _, (copy, other) = await library.shelve("3000", "4000")

    with pytest.raises(BarcodeTaken):
        await revise(library, copy.copy_id, barcode="40 00")
    corrected = await revise(library, copy.copy_id, barcode="3001")

    assert "3001" == corrected.barcode
    assert [[], [corrected]] == [await library.queries.copies_with_barcode(barcode) for barcode in ("3000", "3001")]
    assert other == await library.queries.copy(other.copy_id)


async def test_a_copy_moves_to_the_book_that_it_is_of_whatever_happened_to_it(library: Library) -> None:
    book, (copy, lent, _) = await library.shelve("1", "2", "3")
    right = await library.add_book(title="Villette")
    await library.hear(lent.copy_id, "on_loan", sequence=1)

    for each in (copy, lent):
        await revise(library, each.copy_id, book_id=right.book_id)

    shown = [(await library.queries.book(each.book_id)).availability for each in (book, right)]
    assert [(1, 0), (2, 1)] == [(each.copies, each.on_loan) for each in shown]
    revisions = [data for type_, _, data in await library.events() if type_ == "books.copy.revised"]
    assert [(str(right.book_id), str(book.book_id))] * 2 == [
        (data["book_id"], data["entered_under"]) for data in revisions
    ]
    with pytest.raises(BookNotFound):
        await revise(library, copy.copy_id, book_id=any_id())


async def test_a_copy_is_removed_while_it_has_no_past_and_told(library: Library) -> None:
    book, (copy, lent) = await library.shelve("1", "2")
    await library.hear(lent.copy_id, "available", sequence=1)

    await library.stock.remove_copy(CopyRemoval(copy.copy_id, 1, "ada"))

    with pytest.raises(CopyNotFound):
        await library.queries.copy(copy.copy_id)
    with pytest.raises(CopyHasPast):
        await library.stock.remove_copy(CopyRemoval(lent.copy_id))
    assert 1 == (await library.queries.book(book.book_id)).availability.copies
    assert "books.copy.removed" == (await library.events())[-1][0]
    assert "removed" == (await library.history.of_copy(copy.copy_id, before=None, limit=1))[0].act


async def test_a_book_whose_last_copy_is_removed_has_none_and_can_go(library: Library) -> None:
    book, (copy,) = await library.shelve("1")

    await library.stock.remove_copy(CopyRemoval(copy.copy_id))

    assert 0 == (await library.queries.book(book.book_id)).availability.copies


async def test_a_copy_moves_to_a_branch_however_its_code_is_written_but_not_from_a_borrower(library: Library) -> None:
    _, (copy, lent) = await library.shelve("1", "2")
    await library.open_branch("EAST")
    await library.hear(lent.copy_id, "on_loan", sequence=1)

    view = await revise(library, copy.copy_id, 1, branch=" east ", price={"amount": 100, "currency": "EUR"})

    assert ("EAST", 2, Money(100, "EUR")) == (view.branch, view.version, view.price)
    with pytest.raises(CopyOnLoan):
        await revise(library, lent.copy_id, branch="EAST")


async def test_a_copy_does_not_move_nowhere_or_for_a_price_that_is_none(library: Library) -> None:
    _, (copy,) = await library.shelve("1")

    with pytest.raises(UnknownBranch):
        await revise(library, copy.copy_id, branch="NOWHERE")
    with pytest.raises(InvalidPrice):
        await revise(library, copy.copy_id, price={"amount": -1, "currency": "EUR"})
    with pytest.raises(OutOfDate):
        await revise(library, copy.copy_id, 2, condition="worn")


async def test_what_is_not_there_is_not_changed(library: Library) -> None:
    with pytest.raises(CopyNotFound):
        await revise(library, any_id())
    with pytest.raises(CopyNotFound):
        await library.set_status(any_id(), "missing")
    with pytest.raises(BranchNotFound):
        await library.stock.revise_branch(BranchRevision("NOWHERE", None))

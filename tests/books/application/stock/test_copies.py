from datetime import timedelta
from typing import Any

import pytest

from books_service.application.stock.add_branch import NewBranch
from books_service.application.stock.change_copy_status import StatusChanges
from books_service.application.stock.hear_circulation import CirculationNews
from books_service.application.stock.merge_books import BookMerger
from books_service.application.stock.remove_copy import CopyRemoval
from books_service.application.stock.revise_branch import BranchRevision
from books_service.application.stock.revise_copy import CopyRevision
from books_service.domain.catalogue.book import BookNotFound, MergedIntoItself
from books_service.domain.stock.barcode import InvalidBarcode
from books_service.domain.stock.branch import (
    BranchCodeTaken,
    BranchNotFound,
    LocationInUse,
    TooManyLocations,
    UnknownBranch,
    UnknownLocation,
)
from books_service.domain.stock.copy_refusals import BarcodeTaken, CopyHasPast, CopyNotFound, CopyOnLoan, CopyWithdrawn
from books_service.domain.stock.money import InvalidPrice, Money
from shared.kernel.errors import OutOfDate
from tests.books.library import Library
from tests.books.makers import ISBN, NOW, OTHER_ISBN, any_id


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
        (await library.views.copies_with_barcode(barcode))[0].status for barcode in "123"
    ]


async def test_a_mistyped_barcode_is_corrected_unless_another_copy_has_it(library: Library) -> None:
    _, (copy, other) = await library.shelve("3000", "4000")

    with pytest.raises(BarcodeTaken):
        await revise(library, copy.copy_id, barcode="40 00")
    corrected = await revise(library, copy.copy_id, barcode="3001")

    assert "3001" == corrected.barcode
    assert [[], [corrected]] == [await library.views.copies_with_barcode(barcode) for barcode in ("3000", "3001")]
    assert other == await library.views.copy(other.copy_id)


async def test_a_copy_moves_to_the_book_that_it_is_of_while_it_has_no_past(library: Library) -> None:
    book, (copy, lent) = await library.shelve("1", "2")
    right = await library.add_book(title="Villette")
    await library.hear(lent.copy_id, "available", sequence=1)

    await revise(library, copy.copy_id, book_id=right.book_id)

    assert (1, 1) == tuple([(await library.views.book(each.book_id)).availability.copies for each in (book, right)])
    with pytest.raises(CopyHasPast):
        await revise(library, lent.copy_id, book_id=right.book_id)
    with pytest.raises(BookNotFound):
        await revise(library, copy.copy_id, book_id=any_id())


async def test_a_copy_is_removed_while_it_has_no_past_and_told(library: Library) -> None:
    book, (copy, lent) = await library.shelve("1", "2")
    await library.hear(lent.copy_id, "available", sequence=1)

    await library.stock.remove_copy(CopyRemoval(copy.copy_id, 1, "ada"))

    with pytest.raises(CopyNotFound):
        await library.views.copy(copy.copy_id)
    with pytest.raises(CopyHasPast):
        await library.stock.remove_copy(CopyRemoval(lent.copy_id))
    assert 1 == (await library.views.book(book.book_id)).availability.copies
    assert "books.copy.removed" == (await library.events())[-1][0]
    assert "removed" == (await library.history.of_copy(copy.copy_id, before=None, limit=1))[0].act


async def test_a_book_whose_last_copy_is_removed_has_none_and_can_go(library: Library) -> None:
    book, (copy,) = await library.shelve("1")

    await library.stock.remove_copy(CopyRemoval(copy.copy_id))

    assert 0 == (await library.views.book(book.book_id)).availability.copies


async def test_two_books_that_are_one_become_one_with_all_copies(library: Library) -> None:
    book, (copy, lent) = await library.shelve("1", "2", isbn=ISBN, publisher="Penguin")
    other = await library.add_book(title="Emma. A novel", isbn=OTHER_ISBN)
    await library.hear(lent.copy_id, "on_loan", sequence=1, due_at=NOW)

    merged = await library.stock.merge_books(BookMerger(book.book_id, other.book_id, "ada"))

    assert ("Emma. A novel", OTHER_ISBN, "Penguin") == (merged.title, merged.isbn, merged.publisher)
    assert [("isbn", ISBN)] == [(each.scheme, each.value) for each in merged.identifiers]
    shown = await library.views.book(other.book_id)
    assert (2, 1, 1) == (shown.availability.copies, shown.availability.available, shown.availability.on_loan)
    assert {other.book_id} == {(await library.views.copy(each.copy_id)).book_id for each in (copy, lent)}
    with pytest.raises(BookNotFound):
        await library.views.book(book.book_id)
    told = [(type_, subject) for type_, subject, _ in await library.events()]
    assert ("books.book.merged", str(book.book_id)) in told
    assert 2 == sum(type_ == "books.copy.revised" for type_, _ in told)
    assert "merged" == (await library.history.of_book(book.book_id, before=None, limit=1))[0].act


async def test_the_isbn_of_a_merged_book_goes_to_the_one_that_had_none(library: Library) -> None:
    book, other = await library.add_book(isbn=ISBN), await library.add_book()

    merged = await library.stock.merge_books(BookMerger(book.book_id, other.book_id))

    assert (ISBN, ()) == (merged.isbn, merged.identifiers)


async def test_a_book_is_not_merged_into_itself_or_into_none(library: Library) -> None:
    book = await library.add_book()

    with pytest.raises(MergedIntoItself):
        await library.stock.merge_books(BookMerger(book.book_id, book.book_id))
    with pytest.raises(BookNotFound):
        await library.stock.merge_books(BookMerger(book.book_id, any_id()))

    assert book == await library.views.book(book.book_id)


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


async def test_a_branch_without_a_time_zone_keeps_the_library_s_and_its_code_is_taken_whatever_its_case(
    library: Library,
) -> None:
    view = await library.stock.add_branch(NewBranch("EAST", "Eastern branch"))

    assert "UTC" == view.timezone
    with pytest.raises(BranchCodeTaken):
        await library.stock.add_branch(NewBranch("east", "Another one"))


async def test_a_branch_keeps_what_is_not_mentioned(library: Library) -> None:
    await library.open_branch(locations=["A"])

    view = await library.stock.revise_branch(BranchRevision("main", 1, timezone="Europe/Vienna"))

    assert ("The MAIN branch", "Europe/Vienna", 2, 1) == (view.name, view.timezone, view.version, len(view.locations))
    with pytest.raises(OutOfDate):
        await library.stock.revise_branch(BranchRevision("MAIN", 1, name="Another"))


async def test_a_location_where_copies_stand_is_not_taken_away(library: Library) -> None:
    await library.open_branch(locations=["A", "B"])
    book = await library.add_book()
    await library.add_copy(book.book_id, "1", location="A")

    await library.stock.revise_branch(BranchRevision("MAIN", None, locations=[("A", "Adults")]))

    with pytest.raises(LocationInUse):
        await library.stock.revise_branch(BranchRevision("MAIN", None, locations=[]))
    with pytest.raises(TooManyLocations):
        await library.stock.revise_branch(BranchRevision("MAIN", None, locations=[("A", "1"), ("a", "2")]))


async def test_news_of_a_copy_is_noted_once_and_says_where_it_goes(library: Library) -> None:
    _, (copy,) = await library.shelve("1")
    news = CirculationNews("m-1", copy.copy_id, NOW, 7, "in_transit", transit_to="EAST")

    await library.stock.follow_circulation([news], listener="books.circulation")
    before = library.rung
    await library.stock.follow_circulation([news], listener="books.circulation")

    shown = await library.views.copy(copy.copy_id)
    assert ("in_transit", "EAST", before) == (shown.availability, shown.transit_to, library.rung)


@pytest.mark.parametrize(
    ("status", "finding", "follows"),
    [
        ("in_service", "NOT_ON_SHELF", "missing"),
        ("in_repair", "NOT_ON_SHELF", "in_repair"),
        ("in_service", "DECLARED_LOST", "lost"),
        ("withdrawn", "DECLARED_LOST", "withdrawn"),
        ("missing", "TURNED_UP", "in_service"),
        ("lost", "TURNED_UP", "in_service"),
        ("damaged", "TURNED_UP", "damaged"),
    ],
)
async def test_the_status_of_a_copy_follows_from_what_circulation_finds_out(
    library: Library, status: str, finding: str, follows: str
) -> None:
    _, (copy,) = await library.shelve("1")
    await library.set_status(copy.copy_id, status)
    found = CirculationNews("m-1", copy.copy_id, NOW + timedelta(minutes=1), 7, finding=finding)

    await library.stock.follow_circulation([found], listener="books.circulation")
    await library.stock.follow_circulation([found], listener="books.circulation")

    assert follows == (await library.views.copy(copy.copy_id)).status


async def test_what_the_library_says_later_stands(library: Library) -> None:
    _, (copy,) = await library.shelve("1")
    library.clock.pass_by(timedelta(hours=1))
    await library.set_status(copy.copy_id, "in_repair")
    await library.set_status(copy.copy_id, "in_service")

    late = CirculationNews("m-1", copy.copy_id, NOW, 7, finding="DECLARED_LOST")
    await library.stock.follow_circulation([late], listener="books.circulation")
    await library.stock.follow_circulation(
        [CirculationNews("m-2", any_id(), NOW, 8, finding="DECLARED_LOST")], listener="books.circulation"
    )

    assert "in_service" == (await library.views.copy(copy.copy_id)).status

from datetime import timedelta

import pytest

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.views import AvailabilityView
from books_service.application.stock.merge_books import BookMerger
from books_service.domain.catalogue.book import BookNotFound, MergedIntoAnother
from books_service.domain.catalogue.copy_counts import BranchCounts
from books_service.domain.stock.branch import BranchNotFound
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.money import Money
from shared.kernel.imports import ImportNotFound
from tests.books.library import Library
from tests.books.makers import ISBN, NOW, a_copy, any_id

DUE = NOW + timedelta(days=21)


async def test_a_book_is_shown_as_its_use_case_showed_it(library: Library) -> None:
    added = await library.add_book(isbns=[ISBN], languages=["eng"], subjects=("England",), published_year=-720)

    assert added == await library.queries.book(added.book_id)


async def test_whoever_looks_for_a_merged_book_hears_which_one_is_there_instead(library: Library) -> None:
    first, second, third, last = [await library.add_book(title=title) for title in ("A", "B", "C", "D")]
    for book, into in ((first, second), (third, second), (second, last)):
        await library.stock.merge_books(BookMerger(book.book_id, into.book_id))

    for gone in (first, second, third):
        with pytest.raises(MergedIntoAnother) as refusal:
            await library.queries.book(gone.book_id)
        assert {"into": str(last.book_id)} == refusal.value.figures


async def test_a_book_merged_into_one_that_was_removed_since_is_not_there(library: Library) -> None:
    book, other = await library.add_book(title="A"), await library.add_book(title="B")
    await library.stock.merge_books(BookMerger(book.book_id, other.book_id))
    await library.books.remove_book(BookRemoval(other.book_id))

    for gone in (book, other):
        with pytest.raises(BookNotFound) as refusal:
            await library.queries.book(gone.book_id)
        assert "book-not-found" == refusal.value.code


async def test_a_copy_is_shown_as_its_use_case_showed_it(library: Library) -> None:
    book, _ = await library.shelve()
    added = await library.add_copy(book.book_id, "ab-1", price={"amount": 1290, "currency": "EUR"}, shelf_mark="AUS")

    assert added == await library.queries.copy(added.copy_id)


async def test_availability_is_counted_over_all_copies(library: Library) -> None:
    book, copies = await library.shelve(*"123456")
    lent, held, moving, repaired, missing, _ = (copy.copy_id for copy in copies)
    await library.hear(lent, "on_loan", sequence=1, due_at=DUE)
    await library.hear(held, "on_hold_shelf", sequence=2)
    await library.hear(moving, "in_transit", sequence=3)
    await library.set_status(repaired, "in_repair")
    await library.hear(missing, "on_loan", sequence=4, due_at=DUE)
    await library.set_status(missing, "missing")

    seen = (await library.queries.book(book.book_id)).availability

    in_main = BranchCounts("MAIN", copies=6, lendable=4, available=1)
    expected = AvailabilityView(
        6, lendable=4, available=1, requested=0, on_loan=2, on_hold_shelf=1, branches=(in_main,)
    )
    assert expected == seen


async def test_news_of_a_copy_changes_neither_its_version_nor_that_of_its_book(library: Library) -> None:
    book, (copy,) = await library.shelve("1")

    await library.hear(copy.copy_id, "on_loan", sequence=1, due_at=DUE)

    seen = await library.queries.copy(copy.copy_id)
    assert ("on_loan", DUE, 1) == (seen.availability, seen.due_at, seen.version)
    assert 1 == (await library.queries.book(book.book_id)).version


async def test_news_of_a_copy_that_is_added_only_later_holds(library: Library) -> None:
    book, _ = await library.shelve()
    copy_id = any_id()
    await library.hear(copy_id, "on_loan", sequence=1, due_at=DUE)
    async with library.unit_of_work() as uow:
        uow.copies.add(a_copy(id=copy_id, book_id=book.book_id, barcode="1", with_events=True))
        await uow.commit()

    seen = await library.queries.copy(copy_id)
    assert ("on_loan", DUE) == (seen.availability, seen.due_at)
    assert 1 == (await library.queries.book(book.book_id)).availability.on_loan


@pytest.mark.parametrize("barcode", ["ab-1", "AB-1", "  aB-1 "])
async def test_a_copy_is_found_by_its_barcode_in_any_case(library: Library, barcode: str) -> None:
    _, (copy,) = await library.shelve("Ab-1")

    assert [copy] == await library.queries.copies_with_barcode(barcode)
    assert copy.copy_id == (await library.lendability(barcode=barcode)).copy_id


async def test_lendability_tells_what_lending_needs_to_know(library: Library) -> None:
    book, _ = await library.shelve(title="Emma")
    copy = await library.add_copy(book.book_id, "1", item_type="dvd", price={"amount": 1290, "currency": "EUR"})

    answer = await library.lendability(copy_id=copy.copy_id)

    assert (copy.copy_id, book.book_id, "1", "Emma") == (answer.copy_id, answer.book_id, answer.barcode, answer.title)
    assert ("MAIN", "dvd", Money(1290, "EUR"), ()) == (
        answer.branch,
        answer.item_type,
        answer.price,
        answer.refusals,
    )


async def test_lendability_depends_on_the_status_alone(library: Library) -> None:
    book, (first, second) = await library.shelve("1", "2")
    await library.hear(first.copy_id, "on_loan", sequence=1, due_at=DUE)
    await library.set_status(second.copy_id, "reference_only")

    assert () == (await library.lendability(barcode="1")).refusals
    (refusal,) = (await library.lendability(barcode="2")).refusals
    assert "reference_only" == refusal.status
    whole = await library.queries.book_lendability(book.book_id)
    assert ("Emma", 1, 2, ("book",)) == (whole.title, whole.lendable_copies, whole.copies, whole.item_types)
    await library.set_status(first.copy_id, "reference_only")
    assert () == (await library.queries.book_lendability(book.book_id)).item_types


async def test_what_is_not_there_is_not_shown(library: Library) -> None:
    queries = library.queries

    assert [] == await queries.copies_with_barcode("1")
    for question, refusal in (
        (queries.book(any_id()), BookNotFound),
        (queries.copies_of(any_id(), after=None, limit=1), BookNotFound),
        (queries.book_lendability(any_id()), BookNotFound),
        (queries.copy(any_id()), CopyNotFound),
        (library.lendability(copy_id=any_id()), CopyNotFound),
        (library.lendability(barcode="1"), CopyNotFound),
        (queries.branch("NOWHERE"), BranchNotFound),
        (library.exchange.imports.view(any_id(), after_error=0), ImportNotFound),
    ):
        with pytest.raises(refusal):
            await question


async def test_the_copies_of_a_book_are_listed_page_by_page(library: Library) -> None:
    book, copies = await library.shelve("1", "2", "3")
    bare, _ = await library.shelve(title="Persuasion")

    first = await library.queries.copies_of(book.book_id, after=None, limit=2)
    rest = await library.queries.copies_of(book.book_id, after=first[-1].copy_id, limit=2)

    assert copies == [*first, *rest]
    assert [] == await library.queries.copies_of(bare.book_id, after=None, limit=2)


async def test_branches_are_listed_by_code_in_any_case(library: Library) -> None:
    for code in ("b", "A", "C", "a1"):
        await library.open_branch(code)

    first = await library.queries.branches(after=None, limit=3)
    rest = await library.queries.branches(after=first[-1].code, limit=3)

    assert ["A", "a1", "b", "C"] == [branch.code for branch in [*first, *rest]]
    assert "b" == (await library.queries.branch("B")).code

"""Below each book that a copy holds it is listed, counted and found, on both databases."""

from uuid import UUID

import pytest

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.catalogue.views import BookView
from books_service.application.stock.bind_copy import Binding
from books_service.application.stock.merge_books import BookMerger
from books_service.application.stock.remove_copy import CopyRemoval
from books_service.application.stock.revise_copy import CopyRevision
from books_service.application.stock.views import BoundTitle, CopyView
from books_service.domain.catalogue.book import BookHasCopies, BookNotFound, MergedIntoAnother
from books_service.domain.search.search import Facet
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.viewer import PUBLIC
from tests.books.library import Library
from tests.books.makers import any_id


async def bound(library: Library) -> tuple[BookView, BookView, CopyView]:
    """Return two books, the second of which is bound in the one copy of the first."""
    own, (copy,) = await library.shelve("1", title="Lectures on rivers")
    other = await library.add_book(title="Atlas of floods")
    await library.stock.bind_copy(Binding(copy.copy_id, other.book_id, by="ada"))
    return own, other, await library.queries.copy(copy.copy_id)


async def counts(library: Library, book: BookView) -> tuple[int, int, int]:
    shown = (await library.queries.book(book.book_id)).availability
    return shown.copies, shown.available, shown.on_loan


async def listed(library: Library, book: BookView) -> list[UUID]:
    return [each.copy_id for each in await library.queries.copies_of(book.book_id, after=None, limit=10)]


async def test_a_bound_copy_is_listed_and_counted_below_each_book_that_it_holds(library: Library) -> None:
    own, other, copy = await bound(library)

    holdings = await library.queries.holdings([own.book_id, other.book_id], most=10)

    assert ((1, 1, 0), (1, 1, 0)) == (await counts(library, own), await counts(library, other))
    assert [copy.copy_id] == await listed(library, own) == await listed(library, other)
    assert (BoundTitle(other.book_id, "Atlas of floods"),) == copy.bound_with
    assert [("1", "Atlas of floods"), ("1", "Lectures on rivers")] == [
        (each.barcode, with_.title) for of in holdings for each in of.copies for with_ in each.bound_with
    ]
    assert [1, 1] == [of.total for of in holdings]


async def test_what_circulation_says_of_a_bound_copy_counts_for_each_book(library: Library) -> None:
    own, other, copy = await bound(library)

    await library.hear(copy.copy_id, "on_loan", sequence=1)

    assert ((1, 0, 1), (1, 0, 1)) == (await counts(library, own), await counts(library, other))


async def test_a_book_is_found_by_where_and_what_the_copy_is_in_which_it_is_bound(library: Library) -> None:
    _, _, copy = await bound(library)
    await library.open_branch("EAST")

    await library.stock.revise_copy(CopyRevision(copy.copy_id, None, {"branch": "EAST", "item_type": "map"}))

    both = {"Atlas of floods", "Lectures on rivers"}
    assert both == {*await library.titles(branch="EAST")} == {*await library.titles(item_type="map")}
    assert both == {*await library.titles(available_at="EAST")}
    assert [] == await library.titles(branch="MAIN")
    found = await library.search(facets=("item_type",))
    assert found.facets is not None
    assert [("map", 2)] == [*found.facets.values[Facet.ITEM_TYPE]]


async def test_what_is_taken_out_of_the_binding_is_gone_from_lists_and_counts(library: Library) -> None:
    own, other, copy = await bound(library)

    await library.stock.unbind_copy(Binding(copy.copy_id, other.book_id))

    assert ((1, 1, 0), (0, 0, 0)) == (await counts(library, own), await counts(library, other))
    assert [] == await listed(library, other)
    revised = [data for type_, _, data in await library.events() if type_ == "books.copy.revised"]
    assert [([str(other.book_id)], None), ([], str(other.book_id))] == [
        (each["bound_with"], each.get("unbound")) for each in revised
    ]
    history = await library.history.of_copy(copy.copy_id, before=None, limit=9)
    assert [("bound_with", [str(other.book_id)], []), ("bound_with", [], [str(other.book_id)])] == [
        (change.field, change.before, change.after) for entry in history for change in entry.changed
    ]


async def test_a_bound_book_stays_as_long_as_a_copy_holds_it(library: Library) -> None:
    _, other, copy = await bound(library)

    with pytest.raises(BookHasCopies):
        await library.books.remove_book(BookRemoval(other.book_id))
    await library.stock.remove_copy(CopyRemoval(copy.copy_id))
    await library.books.remove_book(BookRemoval(other.book_id))

    with pytest.raises(BookNotFound):
        await library.queries.book(other.book_id)


async def test_merged_books_hand_on_the_copies_in_which_they_are_bound(library: Library) -> None:
    own, other, copy = await bound(library)
    stays = await library.add_book(title="Atlas of floods and droughts")

    await library.stock.merge_books(BookMerger(other.book_id, stays.book_id))

    now = await library.queries.copy(copy.copy_id)
    assert (own.book_id, [stays.book_id]) == (now.book_id, [each.book_id for each in now.bound_with])
    assert [copy.copy_id] == await listed(library, stays)
    assert (1, 1, 0) == await counts(library, stays)

    await library.stock.merge_books(BookMerger(own.book_id, stays.book_id))

    now = await library.queries.copy(copy.copy_id)
    assert (stays.book_id, ()) == (now.book_id, now.bound_with)
    assert (1, 1, 0) == await counts(library, stays)


async def test_only_books_that_are_there_are_bound(library: Library) -> None:
    _, other, copy = await bound(library)
    stays = await library.add_book(title="Atlas of floods and droughts")
    await library.stock.merge_books(BookMerger(other.book_id, stays.book_id))

    for book_id, refusal in ((any_id(), BookNotFound), (other.book_id, MergedIntoAnother)):
        with pytest.raises(refusal):
            await library.stock.bind_copy(Binding(copy.copy_id, book_id))


async def test_the_public_is_shown_no_suppressed_title_of_a_bound_copy(library: Library) -> None:
    own, other, copy = await bound(library)

    await library.books.revise_book(BookRevision(other.book_id, None, {"suppressed": True}))

    assert () == (await library.queries.copy(copy.copy_id, PUBLIC)).bound_with
    assert () == (await library.queries.holdings([own.book_id], PUBLIC, most=9))[0].copies[0].bound_with
    await library.books.revise_book(BookRevision(other.book_id, None, {"suppressed": False}))
    await library.books.revise_book(BookRevision(own.book_id, None, {"suppressed": True}))

    (shown,) = await library.queries.copies_of(other.book_id, PUBLIC, after=None, limit=9)
    assert copy.copy_id == shown.copy_id == (await library.queries.copy(copy.copy_id, PUBLIC)).copy_id
    assert not (await library.lendability(copy_id=copy.copy_id)).hidden
    with pytest.raises(BookNotFound):
        await library.queries.copies_of(own.book_id, PUBLIC, after=None, limit=9)
    await library.books.revise_book(BookRevision(other.book_id, None, {"suppressed": True}))
    with pytest.raises(CopyNotFound):
        await library.queries.copy(copy.copy_id, PUBLIC)


async def test_a_title_of_which_only_a_withdrawn_binding_is_left_is_hidden(library: Library) -> None:
    _, other, copy = await bound(library)

    await library.set_status(copy.copy_id, "withdrawn")

    with pytest.raises(BookNotFound):
        await library.queries.book(other.book_id, PUBLIC)


async def test_files_have_a_bound_copy_once_and_other_catalogues_below_each_book(library: Library) -> None:
    own, other, _ = await bound(library)

    in_files = {record.book_id: record.copies for _, record in await library.records.behind(None, limit=9)}
    _, for_others = await library.records.one(other.book_id, PUBLIC)

    assert (1, 0) == (len(in_files[own.book_id]), len(in_files[other.book_id]))
    assert ["1"] == [str(each.barcode) for each in for_others.copies]

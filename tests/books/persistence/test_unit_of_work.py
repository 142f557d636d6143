import asyncio
from datetime import timedelta
from typing import Any

import pytest

from books_service.application.catalogue.views import BookView
from books_service.application.stock.revise_copy import CopyRevision
from books_service.domain.catalogue.book import Book, BookNotFound, IsbnAlreadyCatalogued
from books_service.domain.catalogue.contributor import ContributorRole
from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.branch import BranchCodeTaken
from books_service.domain.stock.copy_refusals import BarcodeTaken, CopyNotFound
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from books_service.persistence.tables import plumbing
from shared.kernel.errors import OutOfDate
from shared.kernel.receipts import Receipt
from shared.persistence.receipts import SqlReceipts
from tests.books.library import Library
from tests.books.makers import ISBN, NOW, OTHER_ISBN, a_branch, a_copy, a_record, any_id

EVERYTHING = {
    "authors": ["Jane Austen", "Another Lady"],
    "contributors": [("Zoë", "translator"), ("Ada", "editor"), ("Zoë", "illustrator")],
    "identifiers": [("oclc", "51086742", None), ("control_number", "99 1234", "DLC")],
    "series": [("Penguin Classics", "12a"), ("Novels", None)],
    "isbns": [ISBN, OTHER_ISBN],
    "subtitle": "A Novel",
    "publisher": "Penguin",
    "published_year": 1815,
    "edition": "2nd",
    "languages": ["eng", "fr"],
    "variant_titles": ["Emma Woodhouse"],
    "own_script": [("title", "Эмма")],
    "place": "London",
    "subjects": ["Matchmaking", "England"],
    "description": "One.\n\nTwo.",
}


async def test_a_book_comes_back_as_it_was_kept(library: Library) -> None:
    record = a_record(**EVERYTHING)
    book_id = any_id()
    async with library.unit_of_work() as uow:
        uow.books.add(Book(id=book_id, record=record, now=NOW))
        await uow.commit()

    async with library.unit_of_work() as uow:
        book = await uow.books.get(book_id)

    assert (record, NOW, 1) == (book.record, book.added_at, book.version)
    assert (record.match_key, record.sort_key, []) == (book.match_key, book.sort_key, book.take_events())
    assert {ContributorRole} == {type(contributor.role) for contributor in book.record.contributors}
    assert {Scheme} == {type(identifier.scheme) for identifier in book.record.identifiers}


async def test_a_copy_and_a_branch_come_back_as_they_were_kept(library: Library) -> None:
    book, _ = await library.shelve()
    copy_id = any_id()
    facts: dict[str, Any] = {
        "id": copy_id,
        "book_id": book.book_id,
        "barcode": "ab-1",
        "shelf_mark": "AUS",
        "condition": "worn",
    }
    async with library.unit_of_work() as uow:
        uow.copies.add(a_copy(**facts, price=Money(1290, "EUR")))
        await uow.commit()

    async with library.unit_of_work() as uow:
        copy = await uow.copies.get(copy_id)
        branch = await uow.branches.find(" main ")

    assert ("ab-1", "AUS", "worn", Money(1290, "EUR")) == (
        str(copy.barcode),
        copy.shelf_mark,
        copy.condition,
        copy.price,
    )
    assert (CopyStatus.IN_SERVICE, NOW, None) == (copy.status, copy.status_since, copy.status_reason)
    assert branch is not None
    assert ("MAIN", "UTC", NOW) == (branch.code, branch.timezone, branch.added_at)


async def test_what_becomes_longer_where_case_does_not_count_is_kept(library: Library) -> None:
    long = {"shelf_mark": "\u0390" * 200, "external_id": "\u0130" * 100}
    number = (Scheme.OTHER, "\u0130" * 200, "\u0130" * 100)

    book, (copy,) = await library.shelve("1", identifiers=(number,), external_id="\u0130" * 100)
    await library.stock.revise_copy(CopyRevision(copy.copy_id, None, long))

    shown = await library.queries.copy(copy.copy_id)
    assert long == {"shelf_mark": shown.shelf_mark, "external_id": shown.external_id}
    assert (Identifier(*number),) == (await library.queries.book(book.book_id)).identifiers


async def test_a_copy_without_a_price_has_none(library: Library) -> None:
    _, (copy,) = await library.shelve("1")

    async with library.unit_of_work() as uow:
        assert (await uow.copies.get(copy.copy_id)).price is None


async def test_what_is_not_there_is_not_found(library: Library) -> None:
    async with library.unit_of_work() as uow:
        assert await uow.branches.find("NOWHERE") is None
        assert {Isbn(ISBN): []} == await uow.books.having([Isbn(ISBN)])
        assert await uow.circulation.of(any_id()) is None
        with pytest.raises(BookNotFound):
            await uow.books.get(any_id())
        with pytest.raises(CopyNotFound):
            await uow.copies.get(any_id())


async def test_what_is_not_committed_is_undone(library: Library) -> None:
    async with library.unit_of_work() as uow:
        uow.branches.add(a_branch("EAST"))

    async with library.unit_of_work() as uow:
        assert await uow.branches.find("EAST") is None


async def test_events_are_kept_in_order_with_what_they_tell_of(library: Library) -> None:
    book, (copy,) = await library.shelve("1", title="Emma")
    await library.set_status(copy.copy_id, "in_repair")
    await library.set_status(copy.copy_id, "in_repair")

    events = await library.events()

    assert [
        ("books.book.added", str(book.book_id)),
        ("books.copy.added", str(copy.copy_id)),
        ("books.copy.status_changed", str(copy.copy_id)),
    ] == [(type_, subject) for type_, subject, _ in events]
    assert ("in_repair", "in_service") == (events[-1][2]["status"], events[-1][2]["previous_status"])
    assert library.rung


async def test_an_isbn_that_somebody_else_catalogues_at_the_same_moment_is_refused(library: Library) -> None:
    first = await library.add_book(isbns=[ISBN])

    async with library.unit_of_work() as uow:
        uow.books.add(Book(id=any_id(), record=a_record(isbns=[ISBN]), now=NOW))
        with pytest.raises(IsbnAlreadyCatalogued) as refused:
            await uow.commit()

    assert {"book_id": str(first.book_id)} == refused.value.figures


async def test_an_isbn_that_somebody_else_catalogues_while_a_book_gets_it_is_refused(library: Library) -> None:
    first, second = await library.add_book(isbns=[ISBN]), await library.add_book(title="Villette")

    async with library.unit_of_work() as uow:
        book = await uow.books.get(second.book_id)
        book.rewrite(a_record(isbns=[ISBN]), now=NOW)
        with pytest.raises(IsbnAlreadyCatalogued) as refused:
            await uow.commit()

    assert {"book_id": str(first.book_id)} == refused.value.figures


async def test_of_ten_who_add_the_same_isbn_at_once_one_succeeds_and_nine_are_told_its_book(library: Library) -> None:
    outcomes = await asyncio.gather(*(library.add_book(isbns=[ISBN]) for _ in range(10)), return_exceptions=True)

    (book,) = [outcome for outcome in outcomes if isinstance(outcome, BookView)]
    refusals = [outcome for outcome in outcomes if isinstance(outcome, IsbnAlreadyCatalogued)]
    assert 9 == len(refusals)
    assert {str(book.book_id)} == {refusal.figures["book_id"] for refusal in refusals}
    assert 1 == len(await library.events())


async def test_a_barcode_is_unique_whatever_its_case(library: Library) -> None:
    book, _ = await library.shelve("ab-1")

    with pytest.raises(BarcodeTaken):
        await library.add_copy(book.book_id, "AB-1")


async def test_a_branch_code_that_somebody_else_takes_at_the_same_moment_is_refused(library: Library) -> None:
    await library.open_branch("East")

    for code in ("East", "EAST"):
        async with library.unit_of_work() as uow:
            uow.branches.add(a_branch(code))
            with pytest.raises(BranchCodeTaken):
                await uow.commit()


async def test_the_second_of_two_who_change_a_copy_at_once_is_told_so(library: Library) -> None:
    _, (copy,) = await library.shelve("1")

    async with library.unit_of_work() as slow:
        mine = await slow.copies.get(copy.copy_id)
        mine.change_status(CopyStatus.IN_REPAIR, reason=None, by_admin=False, now=NOW)
        if library.database.dialect == "sqlite":
            await slow.commit()
            return  # SQLite lets only one write at a time: there is no second
        await library.set_status(copy.copy_id, "missing")
        with pytest.raises(OutOfDate):
            await slow.commit()


async def test_records_find_the_books_that_share_their_isbn_or_title_authors_and_year(library: Library) -> None:
    by_isbn = await library.add_book(title="Persuasion", isbns=[ISBN])
    by_words = await library.add_book(title="EMMA!", published_year=1815)
    await library.add_book(title="Villette", isbns=[OTHER_ISBN])

    async with library.unit_of_work() as uow:
        found = await uow.books.like([a_record(title="Emma"), a_record(title="No such title", isbns=[ISBN])])
        nothing = await uow.books.like([])

    assert {by_isbn.book_id, by_words.book_id} == {book.id for book in found}
    assert not nothing


async def test_books_are_found_by_their_identifiers_of_now(library: Library) -> None:
    number = Identifier.of("control_number", "Ocm 0012", "OCoLC")
    book = await library.add_book(identifiers=(("control_number", "ocm 0012", "ocolc"), ("issn", "0317-8471", None)))
    twin = await library.add_book(identifiers=(("control_number", "OCM 0012", "OCoLC"),))
    await library.add_book(identifiers=(("control_number", "ocm 0012", "DLC"),))

    async with library.unit_of_work() as uow:
        found = await uow.books.identified([number.key, "issn::03178471", "doi::10.1/1"])
        assert {number.key: [book.book_id, twin.book_id], "issn::03178471": [book.book_id]} == {
            key: [one.id for one in books] for key, books in found.items()
        }
        found[number.key][0].revise(a_record(identifiers=[("doi", "10.1/1", None)]), now=NOW)
        await uow.commit()

    async with library.unit_of_work() as uow:
        found = await uow.books.identified([number.key, "issn::03178471", "doi::10.1/1"])
    assert {number.key: [twin.book_id], "doi::10.1/1": [book.book_id]} == {
        key: [one.id for one in books] for key, books in found.items()
    }


@pytest.mark.parametrize(
    ("second", "left"), [(8, Availability.AVAILABLE), (7, Availability.ON_LOAN), (6, Availability.ON_LOAN)]
)
async def test_what_circulation_said_later_counts(library: Library, second: int, left: Availability) -> None:
    copy_id = any_id()
    await library.hear(copy_id, "on_loan", sequence=7, due_at=NOW + timedelta(days=21))

    await library.hear(copy_id, "available", sequence=second)

    async with library.unit_of_work() as uow:
        reported = await uow.circulation.of(copy_id)
    due_at = NOW + timedelta(days=21) if left is Availability.ON_LOAN else None
    assert reported is not None
    assert (left, due_at) == (reported.availability, reported.due_at)


async def test_a_receipt_is_kept_with_the_book_it_is_for(library: Library) -> None:
    receipt = Receipt.of(caller="desk", key="k", request=b"")

    book = await library.add_book(receipt=receipt, isbns=[ISBN], subjects=("England",))

    kept = await SqlReceipts(library.database, plumbing.receipts).find(receipt, BookView)
    assert book == kept


async def test_a_refused_book_leaves_no_receipt(library: Library) -> None:
    await library.add_book(isbns=[ISBN])
    receipt = Receipt.of(caller="desk", key="k", request=b"")

    with pytest.raises(IsbnAlreadyCatalogued):
        await library.add_book(receipt=receipt, isbns=[ISBN])

    assert await SqlReceipts(library.database, plumbing.receipts).find(receipt, BookView) is None

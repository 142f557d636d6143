import pytest

from books_service.application.catalogue.add_book import add_book
from books_service.application.ports import ReportedAvailability
from books_service.application.stock.add_branch import AddBranch, add_branch
from books_service.application.stock.add_copy import add_copy
from books_service.application.stock.change_copy_status import ChangeCopyStatus, change_copy_status
from books_service.application.stock.note_copy_availability import CopyAvailabilityNews, note_copy_availability
from books_service.domain.catalogue.book import BookAdded, BookNotFound, IsbnAlreadyCatalogued
from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.barcode import InvalidBarcode
from books_service.domain.stock.branch import BranchCodeTaken, UnknownBranch
from books_service.domain.stock.copy import CopyAdded, CopyNotFound, CopyStatusChanged, CopyWithdrawn
from shared.kernel.errors import InvalidValue
from tests.books.fakes import FakeUnitOfWork, SteppingClock
from tests.books.makers import (
    EMMA,
    EMMA_COPY,
    ISBN,
    NOW,
    a_book,
    a_branch,
    a_copy,
    a_purchase,
    a_title_page,
    any_id,
)

CLOCK = SteppingClock()


async def test_a_book_is_added_with_its_isbn_as_isbn_13() -> None:
    uow = FakeUnitOfWork()

    view = await add_book(a_title_page(isbn="0-14-143958-0"), uow=uow, clock=CLOCK)

    assert (ISBN, NOW, 1, 0) == (view.isbn, view.added_at, view.version, view.availability.copies)
    assert [view] == uow.answers
    assert [BookAdded] == [type(event) for event in uow.events]


async def test_an_isbn_that_is_catalogued_is_refused_with_the_book_that_has_it() -> None:
    uow = FakeUnitOfWork(books=[a_book(isbn=ISBN)])

    with pytest.raises(IsbnAlreadyCatalogued) as refused:
        await add_book(a_title_page(isbn=ISBN), uow=uow, clock=CLOCK)

    assert {"book_id": str(EMMA)} == refused.value.figures
    assert 0 == uow.commits


async def test_books_without_isbn_may_be_as_alike_as_they_like() -> None:
    uow = FakeUnitOfWork(books=[a_book()])

    await add_book(a_title_page(), uow=uow, clock=CLOCK)

    assert 2 == len(uow.books.kept)


async def test_nothing_is_added_when_a_value_is_wrong() -> None:
    uow = FakeUnitOfWork()

    with pytest.raises(InvalidValue):
        await add_book(a_title_page(isbn="9780141439588"), uow=uow, clock=CLOCK)

    assert 0 == uow.commits


async def test_a_copy_is_in_service_and_available_at_once() -> None:
    uow = FakeUnitOfWork(books=[a_book()], branches=[a_branch("Main")])

    view = await add_copy(a_purchase(branch=" MAIN ", price=(1290, "EUR")), uow=uow, clock=CLOCK)

    assert ("in_service", "available", None) == (view.status, view.availability, view.due_at)
    assert "Main" == view.branch
    assert [CopyAdded] == [type(event) for event in uow.events]


async def test_a_copy_needs_a_book() -> None:
    with pytest.raises(BookNotFound):
        await add_copy(a_purchase(), uow=FakeUnitOfWork(branches=[a_branch()]), clock=CLOCK)


async def test_a_copy_needs_a_branch_that_exists() -> None:
    with pytest.raises(UnknownBranch):
        await add_copy(a_purchase(branch="NOWHERE"), uow=FakeUnitOfWork(books=[a_book()]), clock=CLOCK)


async def test_a_copy_needs_a_barcode_that_can_be_read() -> None:
    uow = FakeUnitOfWork(books=[a_book()], branches=[a_branch()])

    with pytest.raises(InvalidBarcode):
        await add_copy(a_purchase(barcode="3 0000"), uow=uow, clock=CLOCK)


async def test_a_changed_status_is_shown_together_with_where_the_copy_is() -> None:
    uow = FakeUnitOfWork(copies=[a_copy()])
    await uow.circulation.keep([ReportedAvailability(EMMA_COPY, CopyAvailability(Availability.ON_LOAN, NOW), 1)])

    view = await change_copy_status(ChangeCopyStatus(EMMA_COPY, "missing"), uow=uow, clock=CLOCK)

    assert ("missing", "on_loan", NOW) == (view.status, view.availability, view.due_at)
    assert [CopyStatusChanged] == [type(event) for event in uow.events]


async def test_only_an_admin_takes_a_withdrawn_copy_back() -> None:
    uow = FakeUnitOfWork(copies=[a_copy()])
    await change_copy_status(ChangeCopyStatus(EMMA_COPY, "withdrawn"), uow=uow, clock=CLOCK)

    with pytest.raises(CopyWithdrawn):
        await change_copy_status(ChangeCopyStatus(EMMA_COPY, "in_service"), uow=uow, clock=CLOCK)
    view = await change_copy_status(ChangeCopyStatus(EMMA_COPY, "in_service", by_admin=True), uow=uow, clock=CLOCK)

    assert "in_service" == view.status


async def test_the_status_of_an_unknown_copy_cannot_be_changed() -> None:
    with pytest.raises(CopyNotFound):
        await change_copy_status(ChangeCopyStatus(any_id(), "missing"), uow=FakeUnitOfWork(), clock=CLOCK)


async def test_a_branch_without_a_time_zone_keeps_the_library_s() -> None:
    command = AddBranch("EAST", "Eastern branch")

    view = await add_branch(command, uow=FakeUnitOfWork(), clock=CLOCK, timezone="Europe/Vienna")

    assert "Europe/Vienna" == view.timezone


async def test_a_branch_code_is_taken_whatever_its_case() -> None:
    uow = FakeUnitOfWork(branches=[a_branch("MAIN")])

    with pytest.raises(BranchCodeTaken):
        await add_branch(AddBranch("main", "Another one"), uow=uow, clock=CLOCK, timezone="UTC")


async def test_news_of_a_copy_is_noted_once() -> None:
    uow = FakeUnitOfWork()
    news = CopyAvailabilityNews("m-1", EMMA_COPY, "on_loan", NOW, sequence=7)

    await note_copy_availability([news], listener="books.availability", uow=uow)
    await note_copy_availability([news], listener="books.availability", uow=uow)

    assert CopyAvailability(Availability.ON_LOAN, NOW) == await uow.circulation.of(EMMA_COPY)
    assert 1 == uow.commits

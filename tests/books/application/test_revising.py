import pytest

from books_service.application.catalogue.remove_book import RemoveBook, remove_book
from books_service.application.catalogue.revise_book import ReviseBook, revise_book
from books_service.application.stock.revise_branch import ReviseBranch, revise_branch
from books_service.application.stock.revise_copy import ReviseCopy, revise_copy
from books_service.domain.catalogue.book import (
    BookHasCopies,
    BookNotFound,
    BookRemoved,
    BookRevised,
    IsbnAlreadyCatalogued,
)
from books_service.domain.stock.branch import BranchNotFound, UnknownBranch
from books_service.domain.stock.copy import CopyNotFound, CopyRevised
from books_service.domain.stock.money import InvalidPrice, Money
from shared.kernel.errors import OutOfDate
from tests.books.fakes import FakeUnitOfWork, SteppingClock
from tests.books.makers import EMMA, EMMA_COPY, ISBN, OTHER_ISBN, a_book, a_branch, a_copy, any_id

CLOCK = SteppingClock()


async def test_a_book_is_revised_by_whoever_has_seen_its_present_version() -> None:
    uow = FakeUnitOfWork(books=[a_book(publisher="Penguin")])

    view = await revise_book(ReviseBook(EMMA, 1, {"edition": "2nd"}, "ada"), uow=uow, clock=CLOCK)

    assert ("2nd", "Penguin", 2) == (view.edition, view.publisher, view.version)
    (event,) = uow.events
    assert isinstance(event, BookRevised)
    assert "ada" == event.by


@pytest.mark.parametrize("reported", [{}, {"publisher": "Penguin"}, {"publisher": " Penguin ", "edition": None}])
async def test_what_the_catalogue_says_already_is_no_revision(reported: dict[str, str | None]) -> None:
    uow = FakeUnitOfWork(books=[a_book(publisher="Penguin")])

    view = await revise_book(ReviseBook(EMMA, 1, reported), uow=uow, clock=CLOCK)

    assert (1, []) == (view.version, uow.events)


async def test_a_stale_version_is_refused() -> None:
    uow = FakeUnitOfWork(books=[a_book()], copies=[a_copy()], branches=[a_branch()])

    for refused in (
        revise_book(ReviseBook(EMMA, 2, {"edition": "2nd"}), uow=uow, clock=CLOCK),
        remove_book(RemoveBook(EMMA, 2), uow=uow, clock=CLOCK),
        revise_copy(ReviseCopy(EMMA_COPY, 2, {"condition": "worn"}), uow=uow, clock=CLOCK),
        revise_branch(ReviseBranch("MAIN", 2, name="Another"), uow=uow),
    ):
        with pytest.raises(OutOfDate):
            await refused
    assert 0 == uow.commits


async def test_an_isbn_that_another_book_has_is_refused_with_that_book() -> None:
    other = any_id()
    uow = FakeUnitOfWork(books=[a_book(isbn=ISBN), a_book(id=other, isbn=OTHER_ISBN)])

    with pytest.raises(IsbnAlreadyCatalogued) as refused:
        await revise_book(ReviseBook(EMMA, None, {"isbn": OTHER_ISBN}), uow=uow, clock=CLOCK)

    assert {"book_id": str(other)} == refused.value.figures
    await revise_book(ReviseBook(EMMA, None, {"isbn": ISBN}), uow=uow, clock=CLOCK)


async def test_a_book_without_copies_is_removed_and_told() -> None:
    uow = FakeUnitOfWork(books=[a_book()])

    await remove_book(RemoveBook(EMMA, 1, "ada"), uow=uow, clock=CLOCK)

    assert {} == uow.books.kept
    assert [BookRemoved] == [type(event) for event in uow.events]


async def test_a_book_with_copies_is_not_removed() -> None:
    uow = FakeUnitOfWork(books=[a_book()])
    uow.books.copies = 1

    with pytest.raises(BookHasCopies):
        await remove_book(RemoveBook(EMMA), uow=uow, clock=CLOCK)

    assert [EMMA] == list(uow.books.kept)


async def test_a_copy_moves_to_a_branch_however_its_code_is_written() -> None:
    uow = FakeUnitOfWork(copies=[a_copy()], branches=[a_branch("EAST")])

    view = await revise_copy(
        ReviseCopy(EMMA_COPY, 1, {"branch": " east ", "price": {"amount": 100, "currency": "EUR"}}),
        uow=uow,
        clock=CLOCK,
    )

    assert ("EAST", 2) == (view.branch, view.version)
    assert Money(100, "EUR") == uow.copies.kept[EMMA_COPY].price
    assert [CopyRevised] == [type(event) for event in uow.events]


async def test_a_copy_does_not_move_nowhere_or_for_a_price_that_is_none() -> None:
    uow = FakeUnitOfWork(copies=[a_copy()])

    with pytest.raises(UnknownBranch):
        await revise_copy(ReviseCopy(EMMA_COPY, 1, {"branch": "NOWHERE"}), uow=uow, clock=CLOCK)
    with pytest.raises(InvalidPrice):
        await revise_copy(ReviseCopy(EMMA_COPY, 1, {"price": {"amount": -1, "currency": "EUR"}}), uow=uow, clock=CLOCK)


async def test_what_is_not_there_is_not_changed() -> None:
    uow = FakeUnitOfWork()

    for refusal, refused in (
        (BookNotFound, revise_book(ReviseBook(EMMA, None, {}), uow=uow, clock=CLOCK)),
        (BookNotFound, remove_book(RemoveBook(EMMA), uow=uow, clock=CLOCK)),
        (CopyNotFound, revise_copy(ReviseCopy(EMMA_COPY, None, {}), uow=uow, clock=CLOCK)),
        (BranchNotFound, revise_branch(ReviseBranch("NOWHERE", None), uow=uow)),
    ):
        with pytest.raises(refusal):
            await refused


async def test_a_branch_keeps_what_is_not_mentioned() -> None:
    uow = FakeUnitOfWork(branches=[a_branch()])

    view = await revise_branch(ReviseBranch("main", 1, timezone="Europe/Vienna"), uow=uow)

    assert ("Main library", "Europe/Vienna", 2) == (view.name, view.timezone, view.version)

"""Two books that become one against whatever else happens at once, where desks work side by side."""

from collections.abc import Awaitable
from uuid import UUID

from loans_service.application.holds.change_hold import CancelHold
from loans_service.application.holds.commands import HoldCancellation, OfHold
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.join_queues import JoinQueues, MergedBooksNews
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.views import LoanView
from loans_service.domain.lendable_copy import LendableCopy
from shared.kernel.ids import new_id
from tests.loans.branch import Branch
from tests.loans.makers import EMMA, a_copy
from tests.loans.persistence.racing import at_once, consistent

ROUNDS = range(50)


def books_that_become_one(branch: Branch, round_: int) -> tuple[LendableCopy, LendableCopy, MergedBooksNews]:
    """Put one copy of Emma and one of another book into the catalogue; return them, and the news that will come."""
    going = a_copy(copy_id=new_id(), barcode=f"G{round_}")
    staying = a_copy(copy_id=new_id(), book_id=new_id(), barcode=f"S{round_}")
    branch.catalogue.copies = [going, staying]
    return going, staying, MergedBooksNews(str(new_id()), EMMA, staying.book_id)


async def join(branch: Branch, news: MergedBooksNews) -> None:
    await JoinQueues(branch.unit_of_work, branch.clock)(news, listener="loans.copies")


def catalogued_as(branch: Branch, book_id: UUID) -> None:
    branch.catalogue.copies = [
        a_copy(copy_id=each.copy_id, book_id=book_id, barcode=each.barcode) for each in branch.catalogue.copies
    ]


async def test_a_return_against_a_merger_serves_who_waits_for_the_book_that_goes(branch: Branch) -> None:
    for round_ in ROUNDS:
        going, staying, news = books_that_become_one(branch, round_)
        await branch.check_out(going.barcode)
        held = await branch.hold(card="KIM")

        _, back = await at_once(join(branch, news), branch.bring_back(going.barcode))

        assert isinstance(back, LoanView)
        await consistent(branch)
        shown = await branch.held(held.hold_id)
        assert ("ready", going.copy_id, staying.book_id) == (shown.status, shown.copy_id, shown.book_id)
        catalogued_as(branch, staying.book_id)
        await branch.check_out(going.barcode, card="KIM")
        await branch.bring_back(going.barcode)


async def test_cancelling_a_hold_against_a_merger_ends_it_once_and_frees_its_copy(branch: Branch) -> None:
    for round_ in ROUNDS:
        _, staying, news = books_that_become_one(branch, round_)
        held = await branch.hold(card="KIM")

        _, cancelled = await at_once(join(branch, news), branch.cancel(held.hold_id))

        assert isinstance(cancelled, HoldView)
        await consistent(branch)
        assert ("cancelled", staying.book_id) == ((shown := await branch.held(held.hold_id)).status, shown.book_id)


async def test_choosing_targets_and_two_mergers_that_cross_wait_for_each_other_in_one_order(branch: Branch) -> None:
    for round_ in ROUNDS:
        going, staying, news = books_that_become_one(branch, round_)
        third = a_copy(copy_id=new_id(), book_id=new_id(), barcode=f"T{round_}")
        held = await branch.hold(card="KIM")
        back = MergedBooksNews(str(new_id()), third.book_id, going.book_id)

        await at_once(join(branch, back), join(branch, news), branch.choose_targets())

        catalogued_as(branch, staying.book_id)
        await branch.choose_targets()
        await consistent(branch)
        shown = await branch.held(held.hold_id)
        assert ("waiting", staying.book_id) == (shown.status, shown.book_id)
        assert shown.target is not None
        await branch.cancel(held.hold_id)


async def test_a_merger_of_the_book_that_stays_against_it_takes_everything_along(branch: Branch) -> None:
    for round_ in ROUNDS:
        _, staying, news = books_that_become_one(branch, round_)
        held, then = await branch.hold(card="KIM"), MergedBooksNews(str(new_id()), staying.book_id, last := new_id())

        await at_once(join(branch, news), join(branch, then))

        catalogued_as(branch, last)
        await branch.choose_targets()
        await consistent(branch)
        shown = await branch.held(held.hold_id)
        assert ("waiting", last) == (shown.status, shown.book_id)
        assert shown.target is not None
        await branch.cancel(held.hold_id)


class ViewsMeanwhile(HoldQueries):
    """Looks holds up; after the first look, and before anybody has locked what was seen, something happens."""

    def __init__(self, branch: Branch, happens: Awaitable[None]) -> None:
        super().__init__(branch.database)
        self._happens: list[Awaitable[None]] = [happens]
        self.seen: list[UUID] = []

    async def hold(self, hold_id: UUID) -> HoldView | None:
        shown = await super().hold(hold_id)
        self.seen += [] if shown is None else [shown.book_id]
        while self._happens:
            await self._happens.pop()
        return shown


async def test_a_hold_whose_book_is_merged_before_it_is_locked_is_looked_up_again(branch: Branch) -> None:
    _, staying, news = books_that_become_one(branch, 0)
    held = await branch.hold(card="KIM")
    queries = ViewsMeanwhile(branch, join(branch, news))

    cancelled = await CancelHold(branch.unit_of_work, queries, branch.clock)(HoldCancellation(OfHold(held.hold_id)))

    assert ("cancelled", [EMMA, staying.book_id]) == (cancelled.status, queries.seen)

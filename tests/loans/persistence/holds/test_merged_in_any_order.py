"""Books are merged one into the next, and each merger is told by itself: in whatever order, and however late."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import select

from loans_service.application.holds.join_queues import JoinQueues, MergedBooksNews
from loans_service.persistence.tables import loans, merged_books, retarget_requests
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import EMMA, EMMA_COPY, a_copy

SECOND, THIRD, LAST = (new_id() for _ in range(3))
IN_TURN = ((EMMA, SECOND), (SECOND, THIRD), (THIRD, LAST))


@pytest.fixture
def branch(database: Database) -> Branch:
    """A branch with two copies of Emma, and one each of the books that it will be merged into."""
    others = [a_copy(copy_id=new_id(), book_id=book, barcode=f"C{book}"[-9:]) for book in (SECOND, THIRD, LAST)]
    return Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"), *others)


async def hear(branch: Branch, *mergers: tuple[UUID, UUID]) -> list[UUID]:
    """Hear of mergers in this order; return which book each one says that everything belongs to."""
    join = JoinQueues(branch.unit_of_work, branch.clock)
    return [await join(MergedBooksNews(str(new_id()), gone, into), listener="loans.copies") for gone, into in mergers]


def merge_in_catalogue(branch: Branch, into: UUID = LAST) -> None:
    branch.catalogue.copies = [replace(copy, book_id=into) for copy in branch.catalogue.copies]


async def book_of_loan(branch: Branch, loan_id: UUID) -> UUID:
    [row] = await branch.database.rows(select(loans.c.book_id).where(loans.c.loan_id == loan_id))
    found: UUID = row.book_id
    return found


@pytest.mark.parametrize("order", [*permutations(range(len(IN_TURN)))], ids=str)
async def test_loans_and_holds_are_of_the_last_book_in_whatever_order_the_mergers_are_told(
    branch: Branch, order: Sequence[int]
) -> None:
    lent = await branch.check_out("C2", card="KIM")
    held = await branch.hold()
    merge_in_catalogue(branch)

    told = await hear(branch, *(IN_TURN[place] for place in order))
    branch.clock.pass_by(timedelta(minutes=2))
    await branch.choose_targets()

    shown = await branch.held(held.hold_id)
    assert (LAST, LAST, "waiting") == (await book_of_loan(branch, lent.loan_id), shown.book_id, shown.status)
    assert shown.target is not None
    assert EMMA_COPY == shown.target.copy_id
    assert LAST in told


async def test_of_two_holds_of_one_member_on_the_first_and_the_last_book_one_stays(branch: Branch) -> None:
    held = await branch.hold()
    branch.clock.pass_by(timedelta(hours=1))
    last = next(copy.copy_id for copy in branch.catalogue.copies if copy.book_id == THIRD)
    twice = await branch.hold(copy_id=last)

    await hear(branch, (SECOND, THIRD), (EMMA, SECOND))

    states = [(each.status, each.reason) for each in [await branch.held(one.hold_id) for one in (held, twice)]]
    assert [("waiting", None), ("cancelled", "already-held-by-member")] == states


async def test_news_that_comes_twice_still_tells_which_book_stays(branch: Branch) -> None:
    join, news = JoinQueues(branch.unit_of_work, branch.clock), MergedBooksNews("once", EMMA, SECOND)
    await hear(branch, (SECOND, THIRD))

    assert [THIRD, THIRD] == [await join(news, listener="loans.copies") for _ in range(2)]


async def test_a_hold_and_a_loan_of_a_desk_that_had_asked_books_before_follow_a_minute_later(branch: Branch) -> None:
    await hear(branch, (SECOND, LAST), (EMMA, SECOND))
    lent = await branch.check_out("C2", card="KIM")
    held = await branch.hold()
    merge_in_catalogue(branch)

    branch.clock.pass_by(timedelta(minutes=1))
    for _ in range(2):  # at first the book that is gone, then the one that stays
        await branch.choose_targets()

    shown = await branch.held(held.hold_id)
    assert (LAST, LAST, "waiting") == (await book_of_loan(branch, lent.loan_id), shown.book_id, shown.status)
    assert shown.target is not None
    assert [] == await branch.database.rows(select(retarget_requests).where(retarget_requests.c.book_id == EMMA))


async def test_a_loan_alone_follows_a_minute_later_too(branch: Branch) -> None:
    await hear(branch, (EMMA, LAST))
    lent = await branch.check_out("C2")
    merge_in_catalogue(branch)

    branch.clock.pass_by(timedelta(minutes=1))
    await branch.choose_targets()

    assert LAST == await book_of_loan(branch, lent.loan_id)


async def test_books_that_were_restored_and_merged_the_other_way_are_the_book_that_stays_now(branch: Branch) -> None:
    await hear(branch, (EMMA, SECOND))
    merge_in_catalogue(branch, EMMA)  # after a backup of books, which knew both
    held = await branch.hold()

    told = await hear(branch, (SECOND, EMMA))

    assert [EMMA] == told
    assert EMMA == (await branch.held(held.hold_id)).book_id
    assert [(SECOND, EMMA)] == [tuple(row) for row in await branch.database.rows(select(merged_books))]

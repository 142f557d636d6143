"""Periodicals come in, on both databases."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from books_service.application.serials.receive_issue import IssueArrival
from books_service.application.serials.revise_issue import IssueRevision
from books_service.application.serials.subscribe import SubscriptionChange, SubscriptionEnd
from books_service.application.serials.views import IssueQuery, IssueReceived, IssueView
from books_service.application.stock.merge_books import BookMerger
from books_service.application.stock.remove_copy import CopyRemoval
from books_service.domain.serials.issue import IssueAlreadyReceived, IssueHasCopies, IssueState
from books_service.domain.serials.subscription import SubscriptionNotFound
from books_service.persistence.serial_tables import issues
from books_service.persistence.tables import copies
from shared.kernel.errors import OutOfDate
from tests.books.library import Library
from tests.books.makers import EMMA, any_id

TODAY = date(2026, 3, 2)


class Periodical:
    """A monthly of two copies, which the library gets since January."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.use_cases = library.use_cases.serials
        self.book_id = EMMA

    async def subscribe(self, *, version: int | None = 0, **change: Any) -> None:
        usual = SubscriptionChange(
            book_id=self.book_id,
            version=version,
            frequency="monthly",
            pattern={},
            starts=date(2026, 1, 1),
            ends=None,
            copies=[{"branch": "main", "location": None, "item_type": "journal", "shelf_mark": "Z 1"}] * 2,
            late_after_days=7,
            supplier="Harbour Subscriptions",
        )
        await self.use_cases.subscribe(replace(usual, **change))

    async def begin(self, title: str = "Weather") -> "Periodical":
        book, _ = await self.library.shelve(title=title)
        self.book_id = book.book_id
        await self.subscribe()
        return self

    async def receive(self, volume: str, **arrival: Any) -> IssueReceived:
        return await self.use_cases.receive_issue(IssueArrival(self.book_id, volume, **arrival))

    async def revise(self, issue: IssueView, **changes: Any) -> IssueView:
        return await self.use_cases.revise_issue(IssueRevision(issue.issue_id, None, changes))

    async def issues(self, **query: Any) -> Sequence[IssueView]:
        asked = IssueQuery(book_id=self.book_id, **query)
        return await self.use_cases.queries.issues(asked, today=self.use_cases.today(), after=None, limit=100)

    async def volumes(self, **query: Any) -> list[str]:
        return [issue.volume for issue in await self.issues(**query)]


@pytest.fixture
async def weather(library: Library) -> Periodical:
    return await Periodical(library).begin()


async def test_an_issue_that_comes_in_makes_the_copies_of_it(weather: Periodical, library: Library) -> None:
    received = await weather.receive("2026/3", by="ada")

    assert ("2026/03", IssueState.RECEIVED, TODAY) == (
        received.issue.volume,
        received.issue.state,
        received.issue.received_on,
    )
    shown = await library.queries.copies_of(weather.book_id, after=None, limit=9)
    assert list(received.copies) == shown
    assert {("2026/03", "MAIN", "journal", "Z 1")} == {
        (copy.volume, copy.branch, copy.item_type, copy.shelf_mark) for copy in shown
    }
    assert 2 == len({copy.barcode for copy in shown})
    assert ["2026/01", "2026/02", "2026/04"] == await weather.volumes(state=IssueState.EXPECTED)
    assert 2 == sum(type_ == "books.copy.added" for type_, _, _ in await library.events())


async def test_late_issues_are_listed_until_they_come_or_are_given_up(weather: Periodical) -> None:
    assert ["2026/01", "2026/02"] == await weather.volumes(late=True)

    first, second = await weather.issues(late=True)
    await weather.receive(first.volume)
    claimed = await weather.revise(second, claimed_on=TODAY)

    assert ("2026/02", TODAY, "Harbour Subscriptions") == (claimed.volume, claimed.claimed_on, claimed.supplier)
    assert ["2026/02"] == await weather.volumes(late=True, claimed=True)
    assert [] == await weather.volumes(late=True, claimed=False)
    await weather.revise(second, state="not_published")
    assert [] == await weather.volumes(late=True)
    assert ["2026/01", "2026/02", "2026/03", "2026/04"] == await weather.volumes(late=False)


async def test_of_two_desks_that_receive_an_issue_at_once_one_does(weather: Periodical, library: Library) -> None:
    spellings = ("2026/03", "2026-3", "2026 03")

    outcomes = await asyncio.gather(*(weather.receive(volume) for volume in spellings), return_exceptions=True)

    assert 1 == sum(isinstance(each, IssueReceived) for each in outcomes)
    assert 2 == sum(isinstance(each, IssueAlreadyReceived) for each in outcomes)
    assert 2 == await _count(library, copies)


async def test_a_special_issue_is_received_once_whoever_is_at_the_desk(weather: Periodical, library: Library) -> None:
    outcomes = await asyncio.gather(*(weather.receive("Special") for _ in range(3)), return_exceptions=True)

    assert 2 == sum(isinstance(each, IssueAlreadyReceived) for each in outcomes)
    assert 2 == await _count(library, copies)
    assert ["Special"] == await weather.volumes(state=IssueState.RECEIVED)


async def test_when_no_copy_can_be_made_the_issue_has_not_come_in(weather: Periodical, library: Library) -> None:
    await library.add_copy(weather.book_id, "7")

    with pytest.raises(Exception, match="Another copy has this barcode"):
        await weather.receive("2026/03", barcodes=["6", "7"])

    assert [] == await weather.volumes(state=IssueState.RECEIVED)
    assert ["6", "8"] == [copy.barcode for copy in (await weather.receive("2026/03", barcodes=["6", "8"])).copies]


async def test_an_issue_that_comes_early_leaves_none_before_it_out(weather: Periodical) -> None:
    await weather.receive("2026/06")

    assert ["2026/01", "2026/02", "2026/03", "2026/04", "2026/05"] == await weather.volumes(state=IssueState.EXPECTED)
    assert ["2026/06"] == await weather.volumes(state=IssueState.RECEIVED)


async def test_further_issues_are_expected_in_their_time_by_however_many_processes(
    weather: Periodical, library: Library
) -> None:
    other = await Periodical(library).begin("Climate")
    library.clock.time += timedelta(days=61)

    await asyncio.gather(*(weather.use_cases.expect_issues() for _ in range(3)))

    expected = [f"2026/{month:02}" for month in range(1, 7)]
    assert [expected, expected] == [await weather.volumes(), await other.volumes()]
    assert "2026/06" == (await weather.use_cases.queries.subscription(weather.book_id)).next_volume


async def test_another_pattern_expects_anew_what_has_not_come_in(weather: Periodical) -> None:
    await weather.receive("2026/01")
    (second,) = await weather.issues(late=True)
    await weather.revise(second, claimed_on=TODAY)

    await weather.subscribe(version=1, starts=date(2026, 2, 15), late_after_days=30)

    assert ["2026/01", "2026/02", "2026/03"] == await weather.volumes()
    (kept,) = await weather.issues(claimed=True)
    assert (second.issue_id, date(2026, 2, 15), False) == (kept.issue_id, kept.expected_on, kept.late)
    assert date(2026, 3, 17) == kept.late_on


async def test_a_subscription_is_changed_by_one_at_a_time(weather: Periodical) -> None:
    changes = [weather.subscribe(version=1, supplier=name) for name in ("Ada", "Ben")]

    outcomes = await asyncio.gather(*changes, return_exceptions=True)

    assert [False, True] == sorted(isinstance(each, OutOfDate) for each in outcomes)


async def test_an_ended_subscription_expects_nothing_and_keeps_what_came_in(weather: Periodical) -> None:
    await weather.receive("2026/01")

    await weather.use_cases.end_subscription(SubscriptionEnd(weather.book_id, 1))

    assert ["2026/01"] == await weather.volumes()
    with pytest.raises(SubscriptionNotFound):
        await weather.receive("2026/02")


async def test_what_was_received_by_mistake_is_taken_back_when_its_copies_are_removed(
    weather: Periodical, library: Library
) -> None:
    received = await weather.receive("2026/03")
    with pytest.raises(IssueHasCopies):
        await weather.revise(received.issue, state="expected")

    for copy in received.copies:
        await library.stock.remove_copy(CopyRemoval(copy.copy_id))
    await weather.revise(received.issue, state="expected")

    assert "2026/03" in await weather.volumes(state=IssueState.EXPECTED)
    assert 2 == len((await weather.receive("2026/03")).copies)


async def test_a_book_that_is_merged_hands_its_subscription_and_issues_over(
    weather: Periodical, library: Library
) -> None:
    await weather.receive("2026/01")
    other = await library.add_book(title="Weather and climate")

    await library.stock.merge_books(BookMerger(weather.book_id, other.book_id))

    weather.book_id = other.book_id
    assert ["2026/01", "2026/02", "2026/03", "2026/04"] == await weather.volumes()
    assert 2 == len((await weather.receive("2026/02")).copies)


async def test_of_two_subscriptions_of_one_book_that_stays_which_it_had_itself(
    weather: Periodical, library: Library
) -> None:
    await weather.receive("2026/01")
    other = await Periodical(library).begin("Weather and climate")
    await other.receive("2026/02")
    await other.subscribe(version=1, supplier="Another")

    await library.stock.merge_books(BookMerger(weather.book_id, other.book_id))

    assert "Another" == (await other.use_cases.queries.subscription(other.book_id)).supplier
    assert 4 == await _count(library, issues)
    assert ["2026/02"] == await other.volumes(state=IssueState.RECEIVED)


async def _count(library: Library, table: Any) -> int:
    (row,) = await library.database.rows(select(func.count()).select_from(table))
    count: int = row[0]
    return count


async def test_a_book_that_is_not_there_has_no_subscription(library: Library) -> None:
    periodical = Periodical(library)
    periodical.book_id = any_id()

    with pytest.raises(SubscriptionNotFound):
        await periodical.use_cases.queries.subscription(periodical.book_id)

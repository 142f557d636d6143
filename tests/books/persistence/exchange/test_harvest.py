"""Harvesting while others write: whoever goes on from where the last answer ended misses nothing."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from books_service.application.exchange.harvest_books import HarvestBooks
from books_service.application.exchange.queries import CLOCKS_APART, HarvestedBooks
from books_service.domain.catalogue.book import Book
from shared.kernel.clock import SystemClock
from tests.books.library import Library
from tests.books.makers import a_record, any_id
from tests.kept_database import Kept

CLOCK = SystemClock()


def harvester(library: Library, clocks_apart: timedelta = timedelta()) -> HarvestBooks:
    """One whose answers are not delayed, so that only running transactions hold books back."""
    return HarvestBooks(HarvestedBooks(library.database, clocks_apart=clocks_apart), {}, CLOCK)


def a_new_book(title: str) -> Book:
    return Book(id=any_id(), record=a_record(title=title), now=CLOCK.now())


async def ask(harvest: HarvestBooks, since: datetime | None = None) -> tuple[datetime, dict[UUID, datetime]]:
    """Return the moment of the answer, and which books it lists with the moments of their changes."""
    settled = await harvest.settled()
    page = await harvest(since=since, before=None, after=None, settled=settled)
    return settled, {book.book_id: book.changed_at for book in page.books}


async def test_who_goes_on_from_the_moment_of_the_last_answer_sees_what_was_being_written_then(
    library: Library,
) -> None:
    harvest = harvester(library)

    async with library.unit_of_work() as writing:
        slow = a_new_book("Slow")
        writing.books.add(slow)
        asking = asyncio.create_task(ask(harvest))
        await asyncio.wait([asking], timeout=0.5)  # on SQLite the answer waits for who writes
        await writing.commit()
    answered, first = await asking
    _, later = await ask(harvest, since=answered)

    assert slow.id in first | later


async def test_who_goes_on_from_the_newest_change_sees_what_was_committed_after_it_and_changed_before(
    kept_postgres: Kept,
) -> None:
    library = Library(kept_postgres.database)
    harvest = harvester(library)
    async with library.unit_of_work() as writing:
        writing.books.add(a_new_book("Old"))
        await writing.commit()

    async with library.unit_of_work() as slow_writing:
        slow, quick = a_new_book("Slow"), a_new_book("Quick")
        slow_writing.books.add(slow)
        async with library.unit_of_work() as writing:
            writing.books.add(quick)
            await writing.commit()
        _, first = await ask(harvest)
        await slow_writing.commit()
    _, later = await ask(harvest, since=max(first.values()))

    assert {slow.id, quick.id} <= set(later)


async def test_a_process_whose_clock_is_a_little_late_is_waited_for(kept_postgres: Kept) -> None:
    library = Library(kept_postgres.database)

    asked = CLOCK.now()
    settled = await harvester(library, CLOCKS_APART).settled()

    assert settled <= CLOCK.now() - CLOCKS_APART
    assert settled > asked - 3 * CLOCKS_APART

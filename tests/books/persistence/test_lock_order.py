"""Whoever changes several books and copies locks the books first, in one order: so nobody waits in a circle."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, select, text

from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.stock.merge_books import BookMerger
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.tables import books, copies, map_model
from shared.kernel.errors import OutOfDate
from tests.books.library import Library
from tests.books.makers import NOW, a_copy, a_record, any_id
from tests.kept_database import Kept

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
def library(kept_postgres: Kept) -> Library:
    map_model()
    return Library(kept_postgres.database)


@asynccontextmanager
async def while_it_waits_for(library: Library, book_id: UUID, act: Awaitable[Any]) -> AsyncIterator[None]:
    """Hold a book, so that an act has to wait for it, and let it go on afterwards."""
    async with library.database.engine.begin() as holding:
        await holding.execute(select(books.c.book_id).where(books.c.book_id == book_id).with_for_update())
        acting = asyncio.ensure_future(act)
        async with library.database.reading() as looking, asyncio.timeout(30):
            while not (await looking.execute(WAITING)).scalar_one():
                await asyncio.sleep(0.01)
        yield
    await acting


async def is_free(library: Library, column: Column[UUID], value: UUID) -> bool:
    """Tell whether nobody holds this row."""
    async with library.database.engine.begin() as connection:
        row = select(column).where(column == value).with_for_update(skip_locked=True)
        return (await connection.execute(row)).first() is not None


async def test_a_book_that_is_revised_and_one_that_gets_a_copy_are_locked_together(library: Library) -> None:
    await library.open_branch()
    first, second = [await library.add_book(title=title) for title in ("First", "Second")]

    async def act() -> None:
        async with library.unit_of_work() as uow:
            book = await uow.books.get(first.book_id)
            book.revise(a_record(title="First", edition="2nd"), now=NOW)
            uow.copies.add(a_copy(id=any_id(), book_id=second.book_id, with_events=True))
            await uow.commit()

    async with while_it_waits_for(library, first.book_id, act()):
        assert await is_free(library, books.c.book_id, second.book_id)


async def test_who_merges_books_waits_for_them_before_anything_is_done_to_their_copies(library: Library) -> None:
    book, (copy,) = await library.shelve("1")
    other = await library.add_book(title="Other")

    merging = library.stock.merge_books(BookMerger(book.book_id, other.book_id))
    async with while_it_waits_for(library, other.book_id, merging):
        assert await is_free(library, copies.c.copy_id, copy.copy_id)


@pytest.mark.parametrize("changed", ["copy", "book"])
async def test_who_merges_a_book_that_changed_meanwhile_is_told_so(library: Library, changed: str) -> None:
    book, (copy,) = await library.shelve("1")
    other = await library.add_book(title="Other")

    async with library.unit_of_work() as uow:
        mine, its = await uow.books.get(book.book_id), await uow.books.get(other.book_id)
        for each in await uow.copies.holding(book.book_id):
            each.move_to_book(each.book_id, other.book_id, now=NOW)
        if changed == "copy":
            await library.set_status(copy.copy_id, CopyStatus.MISSING)
        else:
            await library.books.revise_book(BookRevision(book.book_id, None, {"edition": "2nd"}))

        with pytest.raises(OutOfDate):
            await uow.books.give_way(mine, its)

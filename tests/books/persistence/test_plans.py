"""Whatever the service asks of a big database it finds by an index: every statement of every act is explained."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.stock.add_branch import NewBranch
from books_service.application.stock.inventory.take_inventory import InventoryBegin, InventoryScans
from books_service.application.stock.merge_books import BookMerger
from books_service.application.stock.remove_copy import CopyRemoval
from books_service.application.stock.revise_branch import BranchRevision
from books_service.application.stock.revise_copy import CopyRevision
from books_service.application.stock.views import LendabilityQuestion
from shared.persistence.database import Database
from tests.books.library import Library
from tests.books.makers import ISBN, OTHER_ISBN, a_record, any_id
from tests.statements import told_to_driver

BIG = ("books", "copies", "circulation", "stock", "changes", "book_identifiers", "known_words")
READS_ALL = re.compile(rf"Seq Scan on ({'|'.join(BIG)})\b")


@pytest.fixture
def library(big_library: Database) -> Library:
    return Library(big_library)


@asynccontextmanager
async def explained(library: Library) -> AsyncIterator[dict[str, str]]:
    """Collect the plan of every statement that is sent inside the block."""
    plans: dict[str, str] = {}
    async with told_to_driver(library.database) as statements:
        yield plans
    sent: dict[str, Any] = {}
    for statement, parameters in statements.asked_inside:
        sent.setdefault(statement, parameters)
    async with library.database.engine.connect() as connection:
        for statement, parameters in sent.items():
            if statement.startswith("EXPLAIN"):  # it is a plan itself
                continue
            if statement.startswith("SET LOCAL"):  # for what comes after it
                await connection.exec_driver_sql(statement)
                continue
            rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            plans[statement] = "\n".join(rows.scalars())


async def a_book(library: Library) -> tuple[UUID, UUID]:
    """Return one of the many books that has two copies, and one of these."""
    async with library.database.reading() as connection:
        row = (await connection.execute(text("SELECT book_id, copy_id FROM copies LIMIT 1 OFFSET 7000"))).one()
    return UUID(str(row[0])), UUID(str(row[1]))


async def test_everything_that_is_shown_is_found_by_an_index(library: Library) -> None:
    book_id, copy_id = await a_book(library)
    queries, history = library.queries, library.history

    async with explained(library) as plans:
        await queries.book(book_id)
        await queries.copy(copy_id)
        await queries.copies_with_barcode("b500")
        await queries.copies_of(book_id, after=None, limit=21)
        await queries.copies_of(book_id, after=copy_id, limit=21)
        await queries.lendability(
            [LendabilityQuestion(barcode="b500"), LendabilityQuestion(copy_id=copy_id, branch="MAIN")]
        )
        await queries.holdings([book_id], most=100)
        await library.books.queries.availability([book_id])
        await queries.book_lendability(book_id)
        for before in (None, 15_000):
            await history.of_book(book_id, before=before, limit=21)
            await history.of_copy(copy_id, before=before, limit=21)

    assert len(plans) >= 11
    assert [] == [(statement, plan) for statement, plan in plans.items() if READS_ALL.search(plan)]


ORDERS = ("relevance", "title", "-published_year", "-added_at")
ASKED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a common word": {"q": "volume"},
    "a rare word": {"q": "4711"},
    "common words that never meet": {"q": "even odd"},
    "a beginning": {"q": "volu"},
    "a misspelt word": {"q": "voulme"},
    "an ISBN": {"q": "0-00-004711-0"},
    "the ISBN": {"isbn": ISBN},
    "a title": {"title": "volume 4711"},
    "an author": {"author": "nobody"},
    "a language": {"language": "eng"},
    "years": {"first_year": 1901, "last_year": 1901},
    "what is available": {"available": True},
    "a common word that is available": {"q": "volume", "available": True},
    "a rare word with its facets": {"q": "4711", "facets": ("subject", "author", "language")},
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED.keys())
async def test_every_search_finds_its_books_by_an_index(library: Library, asked: dict[str, Any]) -> None:
    async with explained(library) as plans:
        for order in ORDERS:
            found = await library.search(order=order, limit=20, **asked)
            if found.next is not None:
                await library.search(order=order, limit=20, after=found.next, **asked)

    assert plans
    assert [] == [(statement, plan) for statement, plan in plans.items() if READS_ALL.search(plan)]


async def test_everything_that_is_done_finds_its_rows_by_an_index(library: Library) -> None:
    book_id, copy_id = await a_book(library)
    work = library.unit_of_work
    numbers = (("oclc", "1", None),)

    async with explained(library) as plans:
        added = await library.add_book(isbns=[ISBN], identifiers=numbers)
        await library.books.revise_book(BookRevision(book_id, None, {"identifiers": numbers, "isbns": [OTHER_ISBN]}))
        await library.stock.add_branch(NewBranch("EAST", "Eastern branch"))
        await library.stock.revise_branch(BranchRevision("EAST", None, name="Harbour"))
        await library.add_copy(book_id, "new", branch="EAST")
        newest = await library.add_copy(added.book_id, "newest", branch="EAST")
        await library.stock.revise_copy(CopyRevision(copy_id, None, {"condition": "worn"}))
        await library.stock.remove_copy(CopyRemoval(newest.copy_id))
        await library.books.remove_book(BookRemoval(added.book_id))
        twin = await library.add_book(title="Twin")
        await library.stock.merge_books(BookMerger(twin.book_id, book_id))
        begun = await library.stock.begin_inventory(InventoryBegin("EAST"))
        await library.stock.note_scans(InventoryScans(begun.inventory_id, ["new"]))
        for listed in ("missing", "misplaced", "wrong_status"):
            await library.stock.inventories.copies(begun.inventory_id, listed, limit=2, after=("A", copy_id))
        await library.stock.inventories.unknown(begun.inventory_id, limit=2, after="a")
        await library.set_status(copy_id, "in_repair")
        await library.hear(copy_id, "on_loan", sequence=10)
        await library.hear(any_id(), "on_loan", sequence=10)
        async with work() as uow:
            await uow.books.like([a_record(isbns=[ISBN]), a_record(title="Volume 7")])
            await uow.books.identified(["oclc::1"])
            await uow.books.located([f"isbn:{ISBN}", f"id:{book_id}", "external:1"])
            await uow.copies.with_external_ids(["1"])

    assert len(plans) >= 25
    assert [] == [(statement, plan) for statement, plan in plans.items() if READS_ALL.search(plan)]


async def test_a_question_without_an_index_would_be_noticed(library: Library) -> None:
    async with explained(library) as plans, library.database.reading() as connection:
        await connection.execute(text("SELECT * FROM books WHERE publisher = 'Penguin'"))

    (plan,) = plans.values()
    assert READS_ALL.search(plan)

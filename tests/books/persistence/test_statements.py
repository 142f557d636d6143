"""What a question costs the database: counted, and explained."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import CursorResult, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.stock.queries.copies import COPY_BY_BARCODE
from books_service.application.stock.queries.lendability import LENDABILITY, LENDABILITY_OF_ONE
from books_service.application.stock.views import LendabilityQuestion
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.statements import Prepared
from tests.books.library import Library
from tests.books.makers import EMMA_COPY, ISBN, NOW, OTHER_ISBN, any_id
from tests.statements import plans_made

ORDERS = ("relevance", "title", "-published_year", "-added_at")
# How many exactly depends on how common the database thinks a word is, which changes whenever it looks again.
MOST_STATEMENTS = {None: 3, "volume": 10, "volume jane": 10, "voulme": 14}


async def test_a_search_costs_few_statements_however_much_it_finds(library: Library) -> None:
    for number in range(100):
        await library.shelve(f"{number}", title=f"Volume {number}")

    for q, order, limit in product(MOST_STATEMENTS, ORDERS, (1, 100)):
        async with library.statements() as seen:
            found = await library.search(q, order=order, limit=limit)
        assert limit == len(found.books), (q, order)
        assert len(seen) <= MOST_STATEMENTS[q], (q, order, limit, seen)


async def test_single_questions_cost_one_statement(library: Library) -> None:
    book, (copy,) = await library.shelve("1")

    for question in (
        lambda: library.lendability(barcode="1"),
        lambda: library.lendability(copy_id=copy.copy_id),
        lambda: library.queries.lendability(
            [LendabilityQuestion(barcode="1"), LendabilityQuestion(copy_id=copy.copy_id, branch="MAIN")]
        ),
        lambda: library.books.queries.availability([book.book_id]),
        lambda: library.queries.book(book.book_id),
        lambda: library.queries.copy(copy.copy_id),
        lambda: library.queries.copies_with_barcode("1"),
        lambda: library.queries.copies_of(book.book_id, after=None, limit=100),
    ):
        async with library.statements() as seen:
            await question()
        assert 1 == len(_but_begin(seen)), seen


async def test_an_act_costs_few_statements(library: Library) -> None:
    await library.open_branch()
    receipt = Receipt.of(caller="desk", key="k", request=b"")

    async with library.statements() as adding:
        book = await library.add_book(isbns=[ISBN], receipt=receipt)
    async with library.statements() as stocking:
        copy = await library.add_copy(book.book_id, "1")
    async with library.statements() as revising:
        command = BookRevision(book.book_id, 1, {"isbns": [OTHER_ISBN], "edition": "2nd"})
        await library.books.revise_book(command)
    async with library.statements() as hearing:
        await library.hear(copy.copy_id, "on_loan", sequence=1, due_at=NOW)

    # any authorities; is the ISBN new; its number, which the answer shows; book; its ISBN; words; headings; that it has
    # no copies; history; event; receipt
    assert len(_but_begin(adding)) <= 11, adding
    # book; branch; its number, as above; lock the book; copy; read and write its index terms; count and note its
    # copies; hide; the zones of the branches, once a minute; history; event
    assert len(_but_begin(stocking)) <= 17, stocking  # SQLite writes the terms by three of its own
    # book; any authorities; is the ISBN new; its copies; relations; lock; book; its ISBN out and in; words; terms, read
    # and written; history; event
    assert len(_but_begin(revising)) <= 19, revising  # as above
    assert len(_but_begin(hearing)) <= 4, hearing  # heard before; keep; lock and count its book


async def test_a_batch_of_an_import_costs_little_more_statements_than_a_single_record(library: Library) -> None:
    counted = []
    for count in (1, 100):
        rows = "".join(f"Volume {count}/{number},Somebody\n" for number in range(count))
        await library.start_import(f"title,authors\n{rows}".encode())
        async with library.statements() as seen:
            await library.work()
        counted.append(len(_but_begin(seen)))

    assert counted[1] <= 2 * counted[0], counted  # rows of a hundred go in a few portions


def _but_begin(statements: list[str]) -> list[str]:
    return [statement for statement in statements if not statement.startswith("BEGIN")]


POSTGRESQL = make_url("postgresql+asyncpg://").get_dialect()()
HOT: dict[str, tuple[Any, dict[str, Any], set[str]]] = {
    "lendability": (
        LENDABILITY,
        {"copy_ids": [EMMA_COPY], "barcode_keys": ["B500"], "desks": ["MAIN"]},
        {"uq_copies_barcode_key", "pk_copies", "pk_books"},
    ),
    "lendability of one copy": (
        LENDABILITY_OF_ONE,
        {"copy_id": EMMA_COPY, "barcode_key": "B500", "desk": "MAIN"},
        {"uq_copies_barcode_key", "pk_copies", "pk_books"},
    ),
    "a copy by barcode": (COPY_BY_BARCODE, {"barcode_key": "B500"}, {"uq_copies_barcode_key", "pk_circulation"}),
}


async def test_every_hot_question_is_answered_by_its_indexes(big_library: Database) -> None:
    for name, (query, values, indexes) in HOT.items():
        async with big_library.engine.connect() as connection:
            plan = "\n".join((await _explain(connection, query, values)).scalars())

        for few in ("branches", "bound_copies"):
            plan = plan.replace(f"Seq Scan on {few}", "the few there are")
        assert "Seq Scan" not in plan, (name, plan)
        assert all(index in plan for index in indexes), (name, plan)


@pytest.mark.parametrize("barcodes", [["B500"], ["B500", "B501"]])
async def test_lendability_is_not_planned_for_each_time(big_library: Database, barcodes: list[str]) -> None:
    queries = Library(big_library).queries
    questions = [LendabilityQuestion(barcode=barcode) for barcode in barcodes]

    assert await plans_made(big_library, lambda: queries.lendability(questions), times=20) <= 5


async def _explain(connection: AsyncConnection, query: Any, values: dict[str, Any]) -> CursorResult[Any]:
    if isinstance(query, Prepared):
        compiled = query.compiled_for(POSTGRESQL)
        return await connection.exec_driver_sql(f"EXPLAIN {compiled.text}", tuple(compiled.values(values)))
    compiled = query.params(values).compile(dialect=POSTGRESQL, compile_kwargs={"literal_binds": True})
    return await connection.exec_driver_sql(f"EXPLAIN {compiled}")


async def test_no_question_about_an_unknown_thing_reads_more(big_library: Database) -> None:
    library = Library(big_library)

    async with library.statements() as seen:
        assert [] == await library.queries.copies_with_barcode(str(any_id()))

    assert 1 == len(seen)

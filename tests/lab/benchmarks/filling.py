"""Fills a books database with a made-up catalogue in bulk, as fast as the machine can make it up."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import asyncpg

from tests.lab.benchmarks.catalogue import BOOK_COLUMNS, BRANCHES, COPY_COLUMNS, Catalogue

_AT_ONCE = 2_000  # books
_PROCESSES = 2
_OTHER_INDEXES = "tablename = 'books' AND indexname NOT IN ('pk_books', 'uq_books_isbn')"
_LENT_OF_TEN = 3
_THE_REST = (
    """
    INSERT INTO known_words
    SELECT DISTINCT substr(word, 2) FROM books, unnest(tsvector_to_array(index_terms)) AS word
    WHERE word ~ '^[=@][^0-9]{3,}$' COLLATE "C"
    """,
    """
    INSERT INTO headings
    SELECT 'author', lower(name), min(name), count(*)
    FROM books, jsonb_array_elements_text(authors) AS name GROUP BY lower(name)
    """,
    f"""
    INSERT INTO circulation (copy_id, availability, due_at, sequence)
    SELECT copy_id, 'on_loan', now(), 1 FROM copies WHERE abs(hashtext(copy_id::text)) % 10 < {_LENT_OF_TEN}
    """,
    """
    INSERT INTO stock (book_id, copies, lendable, available, on_loan, on_hold_shelf, branches, shelf_key, loans)
    SELECT book_id, sum(n), sum(n), sum(there), sum(n) - sum(there), 0,
           jsonb_object_agg(branch, jsonb_build_array(branch, n, n, there)), min(mark),
           abs(hashtext(book_id::text)) % 50
    FROM (
        SELECT book_id, branch, count(*) AS n, count(*) - count(sequence) AS there, min(shelf_mark_key) AS mark
        FROM copies LEFT JOIN circulation USING (copy_id) GROUP BY book_id, branch
    ) AS counted GROUP BY book_id
    """,
    "VACUUM ANALYZE",
)


async def fill(address: str, *, books: int) -> None:
    """Put so many books with two copies each, three tenths of them lent, into a migrated database that is empty."""
    connection = await asyncpg.connect(address)
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET session_replication_role = replica")
        indexes = await connection.fetch(f"SELECT indexname, indexdef FROM pg_indexes WHERE {_OTHER_INDEXES}")
        for name, _ in indexes:
            await connection.execute(f"DROP INDEX {name}")
        await connection.executemany(
            "INSERT INTO branches VALUES ($1, $1, $1, 'UTC', now(), 1)", [(branch,) for branch in BRANCHES]
        )
        for table, columns in (("books", BOOK_COLUMNS), ("copies", COPY_COLUMNS)):
            lines = _lines(table, books)
            await connection.copy_to_table(table, source=lines, columns=columns, format="csv", timeout=3600)
        for _, definition in indexes:
            await connection.execute(definition, timeout=3600)
        for statement in _THE_REST:
            await connection.execute(statement, timeout=3600)
    finally:
        await connection.close()


async def _lines(table: str, books: int) -> AsyncIterator[bytes]:
    """Return the rows as CSV, made by several processes."""
    loop = asyncio.get_running_loop()
    starts = iter(range(0, books, _AT_ONCE))
    with ProcessPoolExecutor(_PROCESSES) as pool:

        def begin(start: int) -> asyncio.Future[bytes]:
            return loop.run_in_executor(pool, _written, table, start, min(start + _AT_ONCE, books))

        waiting = [begin(start) for _, start in zip(range(2 * _PROCESSES), starts, strict=False)]
        while waiting:
            yield await waiting.pop(0)
            waiting += [begin(start) for _, start in zip(range(1), starts, strict=False)]


def _written(table: str, start: int, end: int) -> bytes:
    lines, numbers = io.StringIO(), range(start, end)
    rows = _catalogue().book_rows(numbers) if table == "books" else _catalogue().copy_rows(numbers)
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


@cache
def _catalogue() -> Catalogue:
    return Catalogue()

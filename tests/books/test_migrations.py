"""Migrations of rows that are there already."""

from alembic import command
from sqlalchemy import select, text

from books_service.adapters.sql_tables import book_identifiers
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import alembic_config
from tests.books.library import Library
from tests.books.makers import ISBN, OTHER_ISBN


async def migrate(database: Database, *, back_to: str | None = None) -> None:
    async with database.engine.begin() as connection:
        if back_to is None:
            await connection.run_sync(lambda sync: command.upgrade(alembic_config("books_service", sync), "head"))
        else:
            await connection.run_sync(lambda sync: command.downgrade(alembic_config("books_service", sync), back_to))


async def test_books_of_before_are_found_by_every_isbn_however_it_is_written(
    library: Library, database: Database
) -> None:
    book = await library.add_book(isbn=ISBN, identifiers=(("isbn", OTHER_ISBN, None), ("isbn", "12", None)))
    await migrate(database, back_to="0002")
    async with database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE book_identifiers SET key = 'isbn::0141439513' WHERE key = :key"),
            {"key": f"isbn::{OTHER_ISBN}"},
        )

    await migrate(database)

    async with database.reading() as connection:
        rows = (await connection.execute(select(book_identifiers).order_by(book_identifiers.c.key))).all()
    keys = ["isbn::12", f"isbn::{OTHER_ISBN}", f"isbn::{ISBN}"]
    assert [(key, book.book_id) for key in sorted(keys)] == [tuple(row) for row in rows]

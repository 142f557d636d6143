from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import text

from books_service.adapters.catalogue.sql_views import SqlCatalogueViews
from books_service.adapters.sql_tables import map_model, metadata
from books_service.application.catalogue.views import AvailabilityView
from shared.persistence.database import Database
from shared.persistence.migrations import alembic_config, migrate
from tests.books.library import Library

OLD_BOOKS = """
    INSERT INTO books
        (book_id, title, authors, subjects, language, published_year, match_key, sort_key, added_at, version)
    VALUES ('0190000000007000800000000000e33a', 'Straße nach Łódź', '["Eva Braun"]', '[]', 'de', NULL, '', '',
            '2026-01-01 00:00:00+00:00', 1),
           ('0190000000007000800000000000e33b', 'Emma', '["Jane Austen"]', '["England"]', NULL, 1999, '', '',
            '2026-01-01 00:00:00+00:00', 1)
"""


@pytest.fixture
async def own_database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await migrate(database, "books_service")
    yield database
    await database.dispose()


async def test_the_migrations_make_exactly_the_tables_that_the_code_declares(own_database: Database) -> None:
    assert metadata.tables

    async with own_database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.check(alembic_config("books_service", sync)))


async def test_books_that_are_there_already_can_be_found_after_the_migration(database_url: str) -> None:
    map_model()
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config("books_service", sync), "0002"))
        await connection.execute(text(OLD_BOOKS))
    await migrate(database, "books_service")
    library = Library(database)

    found = (await library.search("lodz braun")).books
    by_year = (await library.search(order="-published_year", limit=1)).books
    respelt = (await library.search("strassse")).books
    await database.dispose()

    assert ["Straße nach Łódź"] == [book.title for book in found] == [book.title for book in respelt]
    assert [1999] == [book.published_year for book in by_year]


async def test_every_migration_can_be_taken_back_and_made_again(own_database: Database) -> None:
    async with own_database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config("books_service", sync), "base"))
        await connection.run_sync(lambda sync: command.upgrade(alembic_config("books_service", sync), "head"))
        await connection.run_sync(lambda sync: command.check(alembic_config("books_service", sync)))


EMMA, BARE = UUID(int=0xB1), UUID(int=0xB2)
STOCK = (
    ("in_service", None),
    ("in_service", "on_loan"),
    ("in_service", "on_hold_shelf"),
    ("missing", "on_loan"),
    ("withdrawn", "on_hold_shelf"),
)


def before_there_were_lists_and_counts() -> Iterator[str]:
    then = "'2026-03-02 10:00:00'"
    yield f"""
    INSERT INTO books (book_id, title, authors, subjects, isbn, match_key, sort_key, added_at, version)
    VALUES ('{EMMA.hex}', 'Emma', '["Jane Austen"]', '[]', '9780141439587', 'k', 'emma', {then}, 3),
           ('{BARE.hex}', 'Bare', '[]', '[]', NULL, 'l', 'bare', {then}, 1)
    """
    yield f"INSERT INTO branches VALUES ('MAIN', 'MAIN', 'Main library', 'UTC', {then}, 1)"
    for number, (status, reported) in enumerate(STOCK):
        copy_id = UUID(int=number).hex
        yield f"""
        INSERT INTO copies
            (copy_id, book_id, barcode, barcode_key, branch, item_type, status, status_since, added_at, version)
        VALUES ('{copy_id}', '{EMMA.hex}', '{number}', '{number}', 'MAIN', 'book', '{status}', {then}, {then}, 1)
        """
        if reported is not None:
            yield f"INSERT INTO circulation (copy_id, availability, sequence) VALUES ('{copy_id}', '{reported}', 1)"


async def test_books_and_copies_from_before_are_kept_and_counted(database_url: str) -> None:
    map_model()
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config("books_service", sync), "0001"))
        for statement in before_there_were_lists_and_counts():
            await connection.execute(text(statement))

    await migrate(database, "books_service")

    views = SqlCatalogueViews(database)
    emma, bare = await views.book(EMMA), await views.book(BARE)
    assert ("Emma", ("Jane Austen",), 3) == (emma.title, emma.authors, emma.version)
    assert ((), (), ()) == (emma.contributors, emma.identifiers, emma.series)
    assert AvailabilityView(copies=5, lendable=3, available=1, on_loan=2, on_hold_shelf=1) == emma.availability
    assert AvailabilityView() == bare.availability
    await database.dispose()

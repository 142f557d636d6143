"""Migrations of rows that are there already."""

from alembic import command
from sqlalchemy import select, text

from books_service.application.stock.views import CopyQuery
from books_service.domain.viewer import STAFF
from books_service.persistence.tables import book_identifiers
from shared.persistence.database import Database
from shared.persistence.migrating.upgrading import alembic_config
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
    book = await library.add_book(isbns=[ISBN, OTHER_ISBN], identifiers=(("other", "12", "isbn"),))
    await migrate(database, back_to="0002")
    async with database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE book_identifiers SET key = 'isbn::0141439513' WHERE key = :key"),
            {"key": f"isbn::{OTHER_ISBN}"},
        )

    await migrate(database)

    async with database.reading() as connection:
        rows = (await connection.execute(select(book_identifiers).order_by(book_identifiers.c.key))).all()
    keys = ["other:isbn:12", f"isbn::{OTHER_ISBN}", f"isbn::{ISBN}"]
    assert [(key, book.book_id) for key in sorted(keys)] == [tuple(row) for row in rows]


async def test_copies_of_before_stand_where_their_availability_says_and_are_filed_along_the_shelf(
    library: Library, database: Database
) -> None:
    await library.open_branch()
    book = await library.add_book()
    for number, availability in enumerate(("available", "requested", "on_loan", "on_hold_shelf", "in_transit"), 8):
        copy = await library.add_copy(book.book_id, f"C{number}", shelf_mark=f"QA {number}")
        await library.hear(copy.copy_id, availability, sequence=number)
    never_out = await library.add_copy(book.book_id, "C13", shelf_mark="QA 76.73")
    await migrate(database, back_to="0004")
    async with database.reading() as connection:
        before = set((await connection.execute(text("SELECT shelf_mark_key FROM copies"))).scalars())

    await migrate(database)

    shown = await library.queries.copies(CopyQuery(), after=None, limit=9)
    assert ["home", "home", "on_loan", "hold_shelf", "in_transit", "home"] == [copy.stands.why for copy in shown]
    assert {"MAIN"} == {copy.stands.branch for copy in shown}
    assert (never_out.added_at, None) == (shown[-1].stands.since, shown[-1].last_seen_at)
    assert {"QA 8", "QA 76.73"} <= before
    query = CopyQuery(shelf_mark_from="QA 9", shelf_mark_to="QA 76.9")
    in_range = [copy.barcode for copy in await library.queries.copies(query, after=None, limit=9)]
    assert ["C9", "C10", "C11", "C12", "C13"] == in_range


async def test_titles_of_before_of_which_nothing_is_left_are_hidden_and_the_copies_counted(
    library: Library, database: Database
) -> None:
    gone, (withdrawn,) = await library.shelve("1")
    left, (lost, _) = await library.shelve("2", "3", title="Persuasion")
    electronic, (printed,) = await library.shelve("4", title="Sanditon", format="ebook")
    for copy, status in ((withdrawn, "withdrawn"), (lost, "lost"), (printed, "withdrawn")):
        await library.set_status(copy.copy_id, status)
    await migrate(database, back_to="0007")

    await migrate(database)

    shown = [await library.queries.book(book.book_id, STAFF) for book in (gone, left, electronic)]
    assert [(True, 1, 1), (False, 2, 1), (False, 1, 1)] == [
        (book.hidden, book.availability.copies, book.availability.hidden_copies) for book in shown
    ]


async def test_books_that_came_as_marc_say_what_their_records_had_more(library: Library, database: Database) -> None:
    file = (
        '<collection><record><leader>00000nam a2200000 a 4500</leader><datafield tag="041" ind1="0" ind2=" ">'
        '<subfield code="a">rus</subfield><subfield code="a">eng</subfield></datafield>'
        '<datafield tag="245" ind1="0" ind2="0"><subfield code="6">880-01</subfield>'
        '<subfield code="a">Vojna i mir</subfield></datafield><datafield tag="246" ind1="3" ind2=" ">'
        '<subfield code="a">War and peace</subfield></datafield><datafield tag="264" ind1=" " ind2="1">'
        '<subfield code="a">Moskva</subfield></datafield><datafield tag="880" ind1="0" ind2="0">'
        '<subfield code="6">245-01</subfield><subfield code="a">Война и мир</subfield></datafield>'
        "</record></collection>"
    )
    await library.start_import(file.encode(), format="marcxml")
    await library.work()
    ((book_id, came),) = await library.records.behind(None, limit=2)
    await library.add_book(title="Entered by hand")
    await migrate(database, back_to="0009")
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE books SET index_terms = 'vojna' WHERE title <> 'Entered by hand'"))

    await migrate(database)

    assert came.record == (await library.records.behind(None, limit=1))[0][1].record
    for query in ("peace", "война", "vojna"):
        assert [book_id] == [each.book_id for each in (await library.search(query)).books]
    assert [book_id] == [each.book_id for each in (await library.search(language="eng")).books]

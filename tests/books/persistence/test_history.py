import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.stock.revise_copy import CopyRevision
from books_service.domain.catalogue.book import BookHasCopies, BookNotFound
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.persistence.tables import book_identifiers, map_model
from shared.kernel.errors import OutOfDate
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.books.library import Library
from tests.books.makers import ISBN, NOW, any_id


async def test_every_change_of_a_book_is_kept_newest_first_even_when_it_is_gone(library: Library) -> None:
    book = await library.add_book(isbns=[ISBN], published_year=0, subjects=("England",), by="ada")
    reported = {"published_year": 1815, "subjects": ("Love",), "contributors": (("Zoë", "editor"),), "isbns": None}
    await library.books.revise_book(BookRevision(book.book_id, 1, reported, "bob"))
    await library.books.revise_book(BookRevision(book.book_id, 2, reported, "bob"))
    await library.books.remove_book(BookRemoval(book.book_id, 2, "eve"))

    removed, revised, added = await library.history.of_book(book.book_id, before=None, limit=10)

    assert [("added", "ada", NOW, ()), ("revised", "bob"), ("removed", "eve")] == [
        (added.act, added.by, added.at, added.changed),
        (revised.act, revised.by),
        (removed.act, removed.by),
    ]
    assert {
        "published_year": (0, 1815),
        "subjects": (["England"], ["Love"]),
        "contributors": ([], [{"name": "Zoë", "role": "editor"}]),
        "isbns": ([ISBN], []),
    } == {change.field: (change.before, change.after) for change in revised.changed}
    assert {"title", "authors", "published_year", "subjects", "contributors"} == {one.field for one in removed.changed}
    assert [revised, added] == await library.history.of_book(book.book_id, before=removed.place, limit=10)
    assert [removed] == await library.history.of_book(book.book_id, before=None, limit=1)


async def test_every_change_of_a_copy_is_kept_with_its_reason(library: Library) -> None:
    book, _ = await library.shelve()
    copy = await library.add_copy(book.book_id, "1", price={"amount": 100, "currency": "EUR"}, by="ada")
    await library.open_branch("EAST")
    reported = {"branch": "EAST", "price": {"amount": 250}}
    await library.stock.revise_copy(CopyRevision(copy.copy_id, 1, reported, "bob"))
    await library.set_status(copy.copy_id, "in_repair", reason="loose spine", by="eve")

    repaired, moved, added = await library.history.of_copy(copy.copy_id, before=None, limit=10)

    assert ["ada", "bob", "eve"] == [added.by, moved.by, repaired.by]
    assert {
        "branch": ("MAIN", "EAST"),
        "price": ({"amount": 100, "currency": "EUR"}, {"amount": 250, "currency": "EUR"}),
    } == _pairs(moved)
    assert {"status": ("in_service", "in_repair"), "reason": (None, "loose spine")} == _pairs(repaired)


async def test_what_a_file_brings_is_the_doing_of_whoever_sent_it_in(library: Library) -> None:
    for edition, who in (("1st", "ada"), ("2nd", None)):
        await library.start_import(f"title,authors,edition\nEmma,Jane Austen,{edition}\n".encode(), by=who)
        await library.work()
    ((_, _, data), *_) = await library.events()

    history = await library.history.of_book(UUID(data["book_id"]), before=None, limit=10)

    assert [("revised", None), ("added", "ada")] == [(change.act, change.by) for change in history]


async def test_a_book_from_before_there_was_a_history_has_an_empty_one(library: Library) -> None:
    book, (copy,) = await library.shelve("1")
    await library.forget_changes()

    assert [] == await library.history.of_book(book.book_id, before=None, limit=10)
    assert [] == await library.history.of_copy(copy.copy_id, before=None, limit=10)


async def test_what_was_never_there_has_no_history(library: Library) -> None:
    with pytest.raises(BookNotFound):
        await library.history.of_book(any_id(), before=None, limit=10)
    with pytest.raises(CopyNotFound):
        await library.history.of_copy(any_id(), before=None, limit=10)


async def test_a_removed_book_leaves_nothing_to_be_found_by(library: Library) -> None:
    book = await library.add_book(identifiers=(("oclc", "1", None),), isbns=[ISBN])

    await library.books.remove_book(BookRemoval(book.book_id))

    assert [] == await library.database.rows(select(book_identifiers))
    assert "books.book.removed" == (await library.events())[-1][0]
    await library.add_book(isbns=[ISBN])


async def test_a_book_that_gets_a_copy_while_it_is_removed_stays_or_the_copy_finds_no_book(library: Library) -> None:
    for attempt in range(10):
        book, _ = await library.shelve(title=f"Volume {attempt}")

        removed, added = await asyncio.gather(
            library.books.remove_book(BookRemoval(book.book_id)),
            library.add_copy(book.book_id, f"{attempt}"),
            return_exceptions=True,
        )

        seen = (isinstance(removed, BookHasCopies), isinstance(added, BookNotFound))
        assert seen in {(True, False), (False, True)}, (removed, added)


async def test_a_book_that_changes_while_it_is_removed_stays(library: Library) -> None:
    book = await library.add_book()
    async with library.unit_of_work() as slow:
        mine = await slow.books.get(book.book_id)
        mine.remove(copies=0, now=NOW)
        await slow.books.remove(mine)
        if library.database.dialect == "sqlite":
            await slow.commit()
            return  # SQLite lets only one write at a time: there is no second
        command = BookRevision(book.book_id, None, {"edition": "2nd"})
        await library.books.revise_book(command)
        with pytest.raises(OutOfDate):
            await slow.commit()


@pytest.mark.parametrize("statement", ["UPDATE changes SET act = 'added'", "DELETE FROM changes"])
async def test_the_database_itself_keeps_the_history_from_being_changed(database_url: str, statement: str) -> None:
    map_model()
    database = Database(database_url)
    await migrate(database, "books_service")
    await Library(database).add_book()

    with pytest.raises(DBAPIError, match="history of books and copies is never changed"):
        async with database.engine.begin() as connection:
            await connection.execute(text(statement))

    await database.dispose()


def _pairs(change: Any) -> dict[str, tuple[Any, Any]]:
    return {one.field: (one.before, one.after) for one in change.changed}

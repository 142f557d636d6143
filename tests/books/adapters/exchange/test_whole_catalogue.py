"""A library moves out and in again, and is the same."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from books_service.adapters.exchange.whole_catalogue import export_all, import_all
from books_service.application.catalogue.add_book import NewBook
from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.restore_book import BookRestoration
from books_service.application.serials.receive_issue import IssueArrival
from books_service.application.serials.subscribe import SubscriptionChange
from books_service.application.stock.add_book import NewBookWithCopies
from books_service.application.stock.bind_copy import Binding
from books_service.application.stock.inventory.take_inventory import InventoryBegin, InventoryScans
from books_service.domain.catalogue.relation import Relation, RelationKind
from books_service.persistence.tables import metadata, plumbing
from shared.kernel.import_profiles import ImportProfile
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from shared.persistence.whole_tables import DatabaseNotEmpty, FolderUnusable
from tests.books.cataloguer import Cataloguer
from tests.books.library import Library
from tests.books.makers import ISBN, NOW, a_record, any_id
from tests.cubes import have_figures


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[Library]:
    """An empty library elsewhere."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
    await migrate(database, "books_service")
    yield Library(database)
    await database.dispose()


@pytest.fixture
async def other_on_either(database_url: str) -> AsyncIterator[Library]:
    """The same, on either database."""
    database = Database(database_url)
    await migrate(database, "books_service")
    yield Library(database)
    await database.dispose()


async def a_library(library: Library) -> None:
    await library.open_branch(locations=["KIDS"])
    book, (lent, _) = await library.shelve("1", "2", isbns=[ISBN], subjects=("Matchmaking",), languages=["en"])
    await library.add_copy(book.book_id, "3", location="KIDS", price={"amount": 1290, "currency": "EUR"})
    await library.hear(lent.copy_id, "on_loan", sequence=7, due_at=NOW)
    await library.hear(any_id(), "on_loan", sequence=8, due_at=NOW)
    await library.start_import(
        b"<collection><record><leader>00000nam a2200000 a 4500</leader>"
        b'<datafield tag="245"><subfield code="a">Villette</subfield></datafield>'
        b'<datafield tag="505"><subfield code="a">Parts</subfield></datafield>'
        b'<datafield tag="773"><subfield code="x">0302-9743</subfield></datafield></record></collection>',
        format="marcxml",
    )
    await library.work()
    cataloguer = Cataloguer(library)
    twain = await cataloguer.add("Twain, Mark", "Clemens, Samuel", uris=["https://viaf.org/viaf/50566653"])
    await cataloguer.merge(await cataloguer.add("Snodgrass"), twain)
    await library.add_book(title="Roughing It", authors=("Twain, Mark",))
    how = ImportProfile("koha", "books", "csv", {"title": "t"}, ("isbn",), ("notes",))
    await library.exchange.save_profile(how, in_place_of=0)
    edition = Relation(RelationKind.OTHER_EDITION, book.book_id, "1816")
    await library.stock.add_book(NewBookWithCopies(NewBook({"title": "Persuasion"}, relations=(edition,))))
    bound = await library.add_book(title="Sanditon")
    await library.stock.bind_copy(Binding(lent.copy_id, bound.book_id))
    gone = await library.add_book(title="Gone")
    await library.books.remove_book(BookRemoval(gone.book_id))
    monthly = SubscriptionChange(
        book.book_id,
        version=0,
        frequency="monthly",
        pattern={"omitted_months": [8]},
        starts=NOW.date(),
        ends=None,
        copies=[{"branch": "MAIN", "item_type": "journal", "shelf_mark": None}],
        late_after_days=7,
        supplier=None,
    )
    await library.use_cases.serials.subscribe(monthly)
    await library.use_cases.serials.receive_issue(IssueArrival(book.book_id, "2026/03", barcodes=["4"]))
    begun = await library.stock.begin_inventory(InventoryBegin("MAIN"))
    await library.stock.note_scans(InventoryScans(begun.inventory_id, ["1", "x"]))
    await have_figures(library.database, plumbing.cube)


async def everything(library: Library) -> dict[str, list[Any]]:
    """Return all rows of all tables, as this service understands them, but for what belongs to a running service."""
    left_out = {
        "outbox",
        "inbox",
        "receipts",
        "cursor_keys",
        "imports",
        "import_pieces",
        "import_errors",
        "import_changes",
    }
    left_out.add("known_words")  # those of a book that is gone are known to nobody else
    found = {}
    async with library.database.reading() as connection:
        for table in metadata.sorted_tables:
            if table.name not in left_out:
                columns = [column for column in table.c if column.name != "index_terms"]
                found[table.name] = sorted(map(str, await connection.execute(select(*columns))))
    return found


async def test_moved_out_and_in_again_a_library_is_equal(library: Library, other: Library, tmp_path: Path) -> None:
    await a_library(library)

    counts = await export_all(library.database, tmp_path / "all", version="1", now=NOW)
    same = await import_all(other.database, tmp_path / "all")

    assert counts == same
    assert (5, 4, 1, 1, 1, 1, 1, 2) == tuple(
        counts[name]
        for name in (
            "books",
            "copies",
            "bound_copies",
            "book_relations",
            "source_records",
            "gone_books",
            "subscriptions",
            "issues",
        )
    )
    assert await everything(library) == await everything(other)
    assert ["Emma"] == await other.titles("matchmaking")
    assert ["Emma"] == await other.titles("emmma")
    assert ["Roughing It"] == await other.titles("snodgrass clemens")
    assert 1 == (await other.queries.book((await other.search("emma")).books[0].book_id)).availability.on_loan
    await other.add_book(title="New")
    manifest = json.loads((tmp_path / "all" / "manifest.json").read_text())
    assert {"service", "version", "exported_at", "last_event", "last_numbers", "counts", "digests"} == manifest.keys()


async def test_the_number_of_a_removed_book_stays_its_own(
    library: Library, other_on_either: Library, tmp_path: Path
) -> None:
    other = other_on_either
    stays, gone = await library.add_book(title="Emma"), await library.add_book(title="Persuasion")
    await library.books.remove_book(BookRemoval(gone.book_id))
    await export_all(library.database, tmp_path / "all", version="1", now=NOW)
    await import_all(other.database, tmp_path / "all")

    new = await other.add_book(title="Villette")
    back = await other.books.restore_book(BookRestoration(gone.book_id))

    assert (1, 2, 3) == (stays.number, back.number, new.number)


async def test_a_library_moves_into_an_empty_one_only(library: Library, other: Library, tmp_path: Path) -> None:
    await library.catalogue([a_record()])
    await export_all(library.database, tmp_path / "all", version="1", now=NOW)
    await other.open_branch()

    with pytest.raises(DatabaseNotEmpty):
        await import_all(other.database, tmp_path / "all")
    with pytest.raises(FolderUnusable):
        await export_all(library.database, tmp_path / "all", version="1", now=NOW)


async def test_a_file_that_was_changed_is_noticed_and_nothing_is_taken(
    library: Library, other: Library, tmp_path: Path
) -> None:
    await library.catalogue([a_record()])
    await export_all(library.database, tmp_path / "all", version="1", now=NOW)
    file = tmp_path / "all" / "books.jsonl"
    file.write_text(file.read_text().replace("Emma", "Anna"))

    with pytest.raises(FolderUnusable):
        await import_all(other.database, tmp_path / "all")
    with pytest.raises(FolderUnusable):
        await import_all(other.database, tmp_path / "nothing")

    assert [] == await other.titles()

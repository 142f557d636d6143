"""Any file of any format that comes again takes nothing back, whatever was done to its books and copies since."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.adapters.exchange.record_formats import COPY_WRITERS, RECORD_WRITERS
from books_service.application.catalogue.restore_book import BookRestoration
from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.exchange.marc_records import MarcReplacement
from books_service.application.exchange.ports import ExportedBook
from books_service.application.stock.revise_copy import CopyRevision
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.catalogue.relation import Relation, RelationKind
from books_service.domain.stock.copy_record import CopyRecord
from books_service.domain.viewer import STAFF
from shared.kernel.errors import LibraryError
from shared.persistence.database import Database
from tests.books.application.exchange.test_any_file_again import EDITS, act
from tests.books.bringing_in import everything, open_branches, state
from tests.books.library import Library
from tests.books.makers import a_record
from tests.books.strategies import RECORDS

MARC = "application/marcxml+xml"
ITEMS = st.fixed_dictionaries(
    {"branch": st.sampled_from(["MAIN", "WEST"]), "shelf_mark": st.sampled_from(["A 1", "B 2"])},
    optional={"item_type": st.just("dvd"), "volume": st.sampled_from(["1", "Vol. 2"]), "note": st.just("Signed.")},
)
FILES = st.lists(st.tuples(RECORDS, st.lists(ITEMS, max_size=2)), min_size=1, max_size=4)
Act = Callable[[Library, UUID, UUID], Awaitable[object]]


async def edit_as_marc(library: Library, book_id: UUID, _: UUID) -> None:
    shown = await library.exchange.show_marc(book_id, MARC, STAFF)
    ours = b'<datafield tag="9ab" ind1=" " ind2=" "><subfield code="a">Ours</subfield></datafield></record>'
    content = shown.content.replace(b"</record>", ours)
    await library.exchange.replace_marc(MarcReplacement(book_id, None, (), MARC, content), MARC)


async def relate(library: Library, book_id: UUID, other_id: UUID) -> None:
    relations = (Relation(RelationKind.CONTINUES, other_id),)
    await library.books.revise_book(BookRevision(book_id, None, {}, relations=relations))


async def say_otherwise_and_take_it_back(library: Library, book_id: UUID, _: UUID) -> None:
    await library.books.revise_book(BookRevision(book_id, None, {"title": "Not ours", "subjects": ("Not ours",)}))
    oldest = (await library.history.of_book(book_id, before=None, limit=100))[-1]
    await library.books.restore_book(BookRestoration(book_id, place=oldest.place))


async def tag(library: Library, book_id: UUID, _: UUID) -> None:
    await library.books.revise_book(BookRevision(book_id, None, {"tags": ("ours",), "suppressed": True}))


async def describe_copies(library: Library, _: UUID, __: UUID) -> None:
    _, held = await everything(library)
    for row in held[:1]:
        facts = {"branch": "WEST", "tags": ("ours",), "volume": "III", "staff_note": "Ours.", "suppressed": True}
        await library.stock.revise_copy(CopyRevision(row[0], None, facts))


FURTHER: Sequence[Act] = (edit_as_marc, relate, say_otherwise_and_take_it_back, tag, describe_copies)
ACTS = st.lists(st.tuples(*(st.integers(0, 9),) * 2, st.integers(0, len(EDITS) + 4 + len(FURTHER))), max_size=5)


async def do(library: Library, one: int, other: int, what: int) -> None:
    """Do something to a book or a copy; what is refused is not done."""
    if what <= len(EDITS) + 4:
        await act(library, one, other, what)
        return
    books = await state(library)
    try:
        await FURTHER[what - len(EDITS) - 5](library, books[one % len(books)][0], books[other % len(books)][0])
    except LibraryError:
        return


def as_file(format: str, what: str, books: Sequence[tuple[BookRecord, list[dict[str, str]]]]) -> bytes:
    """Return the file as another system would write it."""
    writer = (RECORD_WRITERS if what == "books" else COPY_WRITERS)[format]
    pieces, barcode = list[bytes](), 0
    for record, items in books:
        held = list[CopyRecord]()
        for item in items:
            barcode += 1
            held.append(CopyRecord.repaired({"barcode": f"C{barcode}"} | item, "EUR")[0])
        pieces.append(writer.write(ExportedBook(record, tuple(held))))
    return writer.head + writer.between.join(pieces) + writer.foot


async def run(library: Library, content: bytes, format: str, what: str) -> tuple[int, int]:
    """Import the file; return how many things were made and changed."""
    started = await library.start_import(content, format=format, what=what)
    await library.work()
    done = await library.seen(started)
    assert "done" == done.state, done
    return done.created, done.updated


async def shown(library: Library) -> Any:
    """Return everything, with how books belong together."""
    found = await everything(library)
    return found, [(await library.queries.book(book_id)).relations for book_id, _, _ in found[0]]


@pytest.mark.parametrize("change", FURTHER)
async def test_after_each_kind_of_change_the_same_file_changes_nothing(sqlite_database: Database, change: Act) -> None:
    library = Library(sqlite_database)
    await open_branches(library)
    books = [(a_record(title=title), [{"branch": "MAIN", "shelf_mark": "A 1"}]) for title in ("Emma", "Villette")]
    content = as_file("marcxml", "books", books)
    await run(library, content, "marcxml", "books")
    came = await shown(library)
    await change(library, *(book_id for book_id, _, _ in await state(library)))
    there = await shown(library)

    assert came != there
    assert (0, 0) == await run(library, content, "marcxml", "books")
    assert there == await shown(library)


@settings(max_examples=8)
@given(books=FILES, acts=ACTS)
@pytest.mark.parametrize("format", RECORD_WRITERS)
async def test_any_file_of_books_takes_nothing_back(library: Library, format: str, books: Any, acts: Any) -> None:
    await library.clear()
    await open_branches(library)
    content = as_file(format, "books", books)
    await run(library, content, format, "books")
    for each in acts:
        if await state(library):
            await do(library, *each)
    there = await shown(library)

    assert (0, 0) == await run(library, content, format, "books")
    assert there == await shown(library)


@settings(max_examples=8)
@given(books=FILES, acts=ACTS)
@pytest.mark.parametrize("format", COPY_WRITERS)
async def test_any_file_of_copies_takes_nothing_back(library: Library, format: str, books: Any, acts: Any) -> None:
    await library.clear()
    await open_branches(library)
    await run(library, as_file("json", "books", [(record, []) for record, _ in books]), "json", "books")
    content = as_file(format, "copies", books)
    await run(library, content, format, "copies")
    for each in acts:
        if await state(library):
            await do(library, *each)
    there = await shown(library)

    assert (0, 0) == await run(library, content, format, "copies")
    assert there == await shown(library)

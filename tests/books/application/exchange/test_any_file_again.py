"""Any file that comes again finds what its records became, among lines that are alike and whatever was done since."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.exchange.ports import IncomingRecord
from books_service.application.stock.merge_books import BookMerger
from books_service.application.stock.remove_copy import CopyRemoval
from books_service.application.stock.revise_copy import CopyRevision
from shared.kernel.errors import LibraryError
from tests.books.bringing_in import bring_in, everything, open_branches, state
from tests.books.library import Library
from tests.books.makers import ISBN, OTHER_ISBN, a_line

EDITS: Sequence[dict[str, Any]] = [
    {"title": "Ours"},
    {"publisher": None},
    {"publisher": "Ours"},
    {"isbns": None},
    {"isbns": (ISBN,)},
    {"isbns": (OTHER_ISBN, ISBN)},
    {"published_year": 2000},
    {"subjects": ("Ours",)},
    {"identifiers": ()},
    {"external_id": "ours"},
]
RECORDS = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["Emma", "EMMA", "Persuasion"]),
        "isbns": st.sampled_from([None, (ISBN,), (OTHER_ISBN,), (ISBN, OTHER_ISBN), ("broken",)]),
        "publisher": st.sampled_from([None, "Penguin", "Vintage"]),
        "external_id": st.sampled_from([None, None, "1", "2"]),
        "identifiers": st.sampled_from([None, (("control_number", "1", "DLC"),)]),
    }
)
ITEMS = st.fixed_dictionaries(
    {"barcode": st.sampled_from("123"), "branch": st.just("MAIN"), "shelf_mark": st.sampled_from(["A 1", "B 2"])}
)
LINES = st.lists(st.tuples(RECORDS, st.lists(ITEMS, max_size=2)), min_size=1, max_size=5)
ACTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, len(EDITS) + 4)), max_size=6)


def as_file(lines: Sequence[tuple[dict[str, Any], list[dict[str, str]]]]) -> list[IncomingRecord]:
    return [
        IncomingRecord(number, {name: value for name, value in raw.items() if value is not None}, copies=tuple(items))
        for number, (raw, items) in enumerate(lines, start=1)
    ]


async def act(library: Library, one: int, other: int, what: int) -> None:
    """Do something to a book or a copy; what is refused is not done."""
    books, (_, held) = await state(library), await everything(library)
    book_id, other_id = books[one % len(books)][0], books[other % len(books)][0]
    copy_id = held[one % len(held)][0] if held else None
    try:
        if what < len(EDITS):
            await library.books.revise_book(BookRevision(book_id, None, EDITS[what], "ada"))
        elif what == len(EDITS):
            await library.stock.merge_books(BookMerger(book_id, into=other_id))
        elif what == len(EDITS) + 1:
            await library.books.remove_book(BookRemoval(book_id))
        elif copy_id is not None and what == len(EDITS) + 2:
            facts = {"barcode": f"9{other}", "branch": "WEST", "shelf_mark": None, "book_id": other_id}
            await library.stock.revise_copy(CopyRevision(copy_id, None, facts))
        elif copy_id is not None and what == len(EDITS) + 3:
            await library.set_status(copy_id, "missing")
        elif copy_id is not None:
            await library.stock.remove_copy(CopyRemoval(copy_id))
    except LibraryError:
        return


SHARED = (("control_number", "1", "DLC"),)
AS_BESIDE: dict[str, Any] = {"isbns": (OTHER_ISBN, ISBN), "identifiers": SHARED}
REMOVE = len(EDITS) + 1
HARD_TO_DISTINGUISH: dict[str, tuple[list[dict[str, Any]], list[tuple[int, int, int]]]] = {
    "one ISBN, beside another and first": ([AS_BESIDE, {"isbns": (ISBN,), "identifiers": SHARED}], []),
    "one key, and an ISBN beside another and first": (
        [{"external_id": "1", "isbns": (OTHER_ISBN, ISBN)}, {"external_id": "1", "isbns": (ISBN,)}],
        [],
    ),
    "one title, the first removed": ([{}, {"publisher": "Penguin"}], [(0, 0, REMOVE)]),
    "one key, the first removed, its ISBN given to the second": (
        [{"isbns": (ISBN,), "external_id": "1"}, {"title": "Persuasion", "external_id": "1"}],
        [(0, 0, REMOVE), (0, 0, 4)],
    ),
}


@pytest.mark.parametrize("case", HARD_TO_DISTINGUISH)
async def test_each_record_finds_what_it_became_among_others_that_are_alike(library: Library, case: str) -> None:
    raw, acts = HARD_TO_DISTINGUISH[case]
    file = as_file([({"title": "Emma"} | fields, []) for fields in raw])
    await bring_in(library, file)
    for one, other, what in acts:
        await act(library, one, other, what)
    there = await state(library)

    counts, _ = await bring_in(library, file)

    assert (0, 0) == (counts.created, counts.updated)
    assert there == await state(library)


async def test_records_that_only_broken_isbns_tell_apart_keep_their_books(library: Library) -> None:
    await bring_in(library, [a_line(1, isbns=("broken",)), a_line(2, isbns=("broken, too",))])
    _, second = await state(library)

    counts, _ = await bring_in(
        library, [a_line(1, isbns=("broken",), publisher="Vintage"), a_line(2, isbns=("broken, too",))]
    )

    assert (0, 1) == (counts.created, counts.updated)
    (_, _, changed), unchanged = await state(library)
    assert ("Vintage", second) == (changed.publisher, unchanged)


@settings(max_examples=60)
@given(lines=LINES, acts=ACTS)
async def test_any_file_takes_nothing_back_whatever_was_done_since(
    library: Library, lines: Any, acts: Sequence[tuple[int, int, int]]
) -> None:
    await library.clear()
    await open_branches(library)
    await bring_in(library, as_file(lines))
    for one, other, what in acts:
        if await state(library):
            await act(library, one, other, what)
    there = await everything(library)

    counts, _ = await bring_in(library, as_file(lines))

    assert (0, 0) == (counts.created, counts.updated)
    assert not any(kind.created or kind.updated for kind in counts.kinds.values())
    assert there == await everything(library)

"""Any import that is undone leaves the catalogue as it was, and what it was made of as if it had never come."""

import json
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from books_service.application.exchange import import_books as importing
from shared.kernel.file_records import Counts
from shared.kernel.import_undo import Undo
from shared.kernel.imports import ImportView
from tests.books.bringing_in import open_branches
from tests.books.library import Library
from tests.books.makers import ISBN, OTHER_ISBN

NUMBERS = st.sampled_from([{"scheme": "control_number", "value": one, "source": "DLC"} for one in "12"])
COPIES = st.fixed_dictionaries(
    {"barcode": st.sampled_from("123"), "branch": st.sampled_from(["MAIN", "WEST"])},
    optional={
        "shelf_mark": st.sampled_from(["A 1", "B 2"]),
        "location": st.sampled_from(["A", "B"]),
        "status": st.sampled_from(["in_repair", "missing"]),
        "price": st.sampled_from(["1.00", "2.50"]),
    },
)
RECORDS = st.fixed_dictionaries(
    {"title": st.sampled_from(["Emma", "EMMA", "Persuasion"])},
    optional={
        "isbn": st.sampled_from([ISBN, OTHER_ISBN, "broken"]),
        "publisher": st.sampled_from(["Penguin", "Vintage"]),
        "published_year": st.sampled_from([1815, 1816]),
        "external_id": st.sampled_from(["1", "2"]),
        "identifiers": st.lists(NUMBERS, max_size=1),
        "subjects": st.lists(st.sampled_from(["Love", "Bath"]), max_size=2, unique=True),
        "copies": st.lists(COPIES, max_size=2, unique_by=lambda copy: copy["barcode"]),
    },
)
FILES = st.lists(RECORDS, max_size=6)


async def imported(library: Library, file: list[dict[str, Any]]) -> ImportView:
    queued = await library.start_import(json.dumps(file).encode(), format="json")
    await library.work()
    return await library.seen(queued)


async def there(library: Library) -> tuple[list[Any], list[Any]]:
    """Return what the catalogue says of books and copies, whatever versions they have by now."""
    exported = [(id_, book.record, book.copies) for id_, book in await library.records.behind(None, limit=1_000)]
    return [(id_, record) for id_, record, _ in exported], [copies for _, _, copies in exported]


@pytest.fixture(params=[2, 100])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", request.param)


@seed(31)
@settings(max_examples=20)
@given(before=FILES, file=FILES)
async def test_undone_it_leaves_everything_as_it_was(
    batch: None, library: Library, before: list[dict[str, Any]], file: list[dict[str, Any]]
) -> None:
    await library.clear()
    await open_branches(library)
    await imported(library, before)
    was = await there(library)
    first = await imported(library, file)

    undo = await library.exchange.undo_import(Undo(first.import_id))
    await library.work()

    undone = await library.seen(undo)
    assert ("done", 0) == (undone.state, undone.failed), undone.errors
    assert was == await there(library)
    again = await imported(library, before)
    assert (0, 0) == (again.created, again.updated)
    second = await imported(library, file)
    assert Counts(first.read, first.created, first.updated, first.skipped, first.failed) == Counts(
        second.read, second.created, second.updated, second.skipped, second.failed
    )

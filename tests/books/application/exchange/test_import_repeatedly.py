"""Imports that are tried first, broken off and done again."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.application.exchange import import_books as importing
from books_service.application.exchange.ports import IncomingRecord
from books_service.domain.catalogue.book import IsbnAlreadyCatalogued
from books_service.domain.catalogue.isbn import Isbn
from shared.kernel import file_records
from shared.kernel.file_records import Batch, Counts, TooManyRecords
from shared.kernel.imports import ImportFile, ImportNotes, LeaseLost
from tests.books.bringing_in import bring_in, event_types, kept, state, stocked, titles
from tests.books.library import Library
from tests.books.makers import EMMA, ISBN, OTHER_ISBN, a_line, a_record, lines


async def test_a_dry_run_reports_the_same_and_changes_nothing(library: Library) -> None:
    await stocked(library, a_record(isbns=[ISBN]), a_record(title="Persuasion"))
    file = [
        a_line(1, isbns=(ISBN,), publisher="Vintage"),
        a_line(2, title="Persuasion", isbns=(OTHER_ISBN,)),
        a_line(3, title="Persuasion"),
        a_line(4, isbns=(OTHER_ISBN,)),
        a_line(5, isbns=("1",)),
        IncomingRecord(6, {}),
    ]
    before, events = await state(library), await event_types(library)

    foreseen = await bring_in(library, file, dry_run=True)
    unchanged = (await state(library), await event_types(library))
    done = await bring_in(library, file)

    assert foreseen == done
    assert (before, events) == unchanged


async def test_a_dry_run_counts_once_what_two_records_of_a_file_change_to_and_fro(library: Library) -> None:
    number = (("control_number", "1", "DLC"),)
    await bring_in(library, [a_line(1, isbns=(ISBN,), identifiers=number)])
    file = [IncomingRecord(1, {"title": "EMMA", "identifiers": number}), a_line(2, isbns=(ISBN,))]

    foreseen, _ = await bring_in(library, file, dry_run=True)
    done, _ = await bring_in(library, file)

    assert (1, 2) == (foreseen.updated, done.updated)


@pytest.mark.parametrize(
    "file",
    [
        [a_line(1, isbns=(OTHER_ISBN,))],  # it is the second ISBN of a book
        [a_line(1, isbns=(OTHER_ISBN,), publisher="Penguin"), a_line(2, isbns=(ISBN,), publisher="Penguin")],
    ],
)
async def test_a_dry_run_foresees_no_change_that_the_import_does_not_make(
    library: Library, file: list[IncomingRecord]
) -> None:
    await bring_in(library, [a_line(1, isbns=(ISBN, OTHER_ISBN))])

    foreseen = await bring_in(library, file, dry_run=True)

    assert foreseen == await bring_in(library, file)


async def test_many_records_are_kept_batch_by_batch(library: Library) -> None:

    before = library.rung

    counts, _ = await bring_in(library, [a_line(number, title=f"Volume {number}") for number in range(1, 251)])

    assert (250, 3) == (counts.created, library.rung - before)


async def test_what_an_earlier_run_noted_is_gone_through_but_not_counted_again(library: Library) -> None:
    file = [
        a_line(1, isbns=(ISBN,)),
        a_line(2, isbns=("1",)),
        a_line(3, title="Persuasion", isbns=(ISBN,)),
        a_line(4, isbns=("1",)),
    ]
    await bring_in(library, file[:2])

    counts, errors = await bring_in(library, file, already=2)

    assert Counts(read=2, skipped=1, failed=1) == counts
    assert [3, 4] == [error.record for error in errors]


def interrupted(library: Library, before_commit: Callable[[], Any]) -> importing.ImportBooks:
    """The use case, in whose transactions something happens before each is committed."""

    def opens(receipt: Any = None) -> Any:
        uow = library.unit_of_work(receipt)
        commit = uow.commit

        async def interrupted_commit(*, answer: object | None = None, imported: bool = False) -> None:
            await before_commit()
            await commit(answer=answer, imported=imported)

        uow.commit = interrupted_commit  # type: ignore[method-assign]  # the test comes in between
        return uow

    return replace(library.exchange.import_books, unit_of_work=opens)


async def test_a_batch_is_done_again_when_somebody_catalogues_one_of_its_books_meanwhile(library: Library) -> None:
    tries: list[int] = []

    async def somebody_is_faster() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise IsbnAlreadyCatalogued(isbn=Isbn(ISBN), book_id=EMMA)

    file = [a_line(1, isbns=(ISBN,)), a_line(2, title="Persuasion", isbns=(OTHER_ISBN,))]
    batches = [batch async for batch in interrupted(library, somebody_is_faster)(ImportFile(), lambda: lines(*file))]

    assert (Counts(read=2, created=2), ()) == (batches[0].counts, batches[0].errors)
    assert (2, 2) == (len(tries), len(await kept(library)))


async def test_a_batch_that_never_gets_through_ends_the_import(library: Library) -> None:
    async def somebody_is_always_faster() -> None:
        raise IsbnAlreadyCatalogued(isbn=Isbn(ISBN), book_id=EMMA)

    with pytest.raises(IsbnAlreadyCatalogued):
        async for _ in interrupted(library, somebody_is_always_faster)(ImportFile(), lambda: lines(a_line())):
            pass

    assert [] == await kept(library)


async def test_an_import_is_bounded(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_records, "MOST_RECORDS", 2)

    with pytest.raises(TooManyRecords):
        await bring_in(library, [a_line(number, title=f"Volume {number}") for number in (1, 2, 3)])

    assert 2 == len(await kept(library))


FEW_ISBNS = st.sampled_from([ISBN, OTHER_ISBN, "broken", "812971060"])


FEW_NUMBERS = st.sampled_from(
    [("control_number", number, source) for number in "12" for source in ("DLC", "K10", None)]
)


FEW_RECORDS = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["Emma", "EMMA", "Persuasion", None]),
        "isbns": st.none() | st.lists(FEW_ISBNS, min_size=1, max_size=2).map(tuple),
        "publisher": st.sampled_from([None, "Penguin", "Vintage"]),
        "published_year": st.sampled_from([None, "1815", "1815.0", "?"]),
        "identifiers": st.none() | st.tuples(FEW_NUMBERS) | st.tuples(FEW_NUMBERS, FEW_NUMBERS),
    }
).map(lambda raw_fields: {name: value for name, value in raw_fields.items() if value is not None})


FILES = st.lists(FEW_RECORDS, max_size=8).map(
    lambda records: [IncomingRecord(number, raw_fields) for number, raw_fields in enumerate(records, start=1)]
)


@pytest.fixture(params=[2, 100])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", request.param)


@settings(max_examples=40)
@given(before=st.lists(FILES, max_size=2), file=FILES)
async def test_any_file_changes_nothing_the_second_time_whatever_came_before(
    batch: None, library: Library, before: list[list[IncomingRecord]], file: list[IncomingRecord]
) -> None:
    await library.clear()
    for earlier in before:
        await bring_in(library, earlier)
    foreseen = await bring_in(library, file, dry_run=True)
    first, errors = await bring_in(library, file)
    there = await state(library)

    second, same_errors = await bring_in(library, file)

    assert errors == foreseen[1]
    to_and_fro = first.updated - foreseen[0].updated  # by two records of the file
    assert to_and_fro >= 0
    assert first == foreseen[0] + Counts(updated=to_and_fro, skipped=-to_and_fro)
    assert (0, 0) == (second.created, second.updated)
    lasting = [error for error in errors if error.code != "changed-here-too"]  # which is reported once
    assert (first.read, first.failed, lasting) == (second.read, second.failed, same_errors)
    assert there == await state(library)
    isbns = [record.main_isbn for record in await kept(library) if record.main_isbn]
    assert len(isbns) == len(set(isbns))


async def test_two_imports_of_one_file_at_once_bring_each_book_once(library: Library) -> None:
    file = b"title\n" + b"".join(b"Volume %d\n" % number for number in range(300))
    for _ in range(2):
        await library.start_import(file)

    await asyncio.gather(library.work(), library.work())

    assert 300 == len(await library.records.behind(None, limit=1000))


async def test_a_batch_is_kept_with_its_note_or_not_at_all(library: Library) -> None:
    async def lost(_: ImportNotes, batch: Batch) -> None:
        noted.append(batch.counts)
        raise LeaseLost

    noted = list[Counts]()
    with pytest.raises(LeaseLost):
        await bring_in(library, [a_line()], note=lost)

    assert ([Counts(read=1, created=1)], []) == (noted, await titles(library))

"""The records of MARC that are kept beside the books that came with them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from books_service.application.exchange.ports import IncomingRecord
from books_service.application.stock.merge_books import BookMerger
from books_service.domain.exchange.source_record import SourceRecord
from tests.books.bringing_in import bring_in, stocked
from tests.books.library import Library
from tests.books.makers import EMMA, ISBN, NOW, OTHER_ISBN, a_line, a_record

LATER = timedelta(hours=1)


def a_source(contents: str) -> SourceRecord:
    return SourceRecord("00000nam a2200000 a 4500", (["505", "0 ", [["a", contents]]],))


def with_contents(contents: str, **reported: Any) -> IncomingRecord:
    """A record with a field that is kept, and not read."""
    return replace(a_line(1, **reported), source=a_source(contents))


async def sources_of(library: Library) -> list[SourceRecord | None]:
    return [book.source for _, book in await library.records.behind(None, limit=10)]


async def changed_since(library: Library, hour: int) -> set[UUID]:
    library.clock.pass_by(LATER / 2)
    harvest = library.exchange.harvest_books
    page = await harvest(since=NOW + hour * LATER, before=None, after=None, settled=await harvest.settled())
    return {each.book_id for each in page.books}


async def test_what_came_in_otherwise_than_before_is_harvested_again_though_nothing_is_read_of_it(
    library: Library,
) -> None:
    await stocked(library, a_record(isbns=[ISBN]))
    library.clock.pass_by(LATER)

    first, _ = await bring_in(library, [with_contents("Volume I", isbns=(ISBN,))])

    assert 1 == first.skipped
    assert {EMMA} == await changed_since(library, 1)
    library.clock.pass_by(LATER / 2)
    await bring_in(library, [with_contents("Volume I", isbns=(ISBN,))])
    assert set() == await changed_since(library, 2)
    library.clock.pass_by(LATER / 2)
    await bring_in(library, [with_contents("Volume I -- Volume II", isbns=(ISBN,))])
    assert {EMMA} == await changed_since(library, 3)
    assert [a_source("Volume I -- Volume II")] == await sources_of(library)


async def test_a_record_that_says_too_little_to_change_its_book_is_not_kept_instead_of_what_came_with_it(
    library: Library,
) -> None:
    await bring_in(library, [with_contents("Volume I", isbns=(ISBN,))])

    counts, _ = await bring_in(library, [with_contents("A film")])

    assert 1 == counts.skipped
    assert [a_source("Volume I")] == await sources_of(library)


async def test_the_first_of_two_records_that_say_the_same_is_kept(library: Library) -> None:
    await bring_in(library, [with_contents("Volume I"), replace(with_contents("Volume II"), number=2)])

    assert [a_source("Volume I")] == await sources_of(library)


async def test_a_merged_book_hands_on_how_it_came_in_to_one_that_was_typed(library: Library) -> None:
    await bring_in(library, [with_contents("Volume I", isbns=(ISBN,))])
    ((rich, _),) = await library.records.behind(None, limit=1)
    typed = await library.add_book(isbns=[OTHER_ISBN])

    await library.stock.merge_books(BookMerger(rich, typed.book_id))

    assert [a_source("Volume I")] == await sources_of(library)


async def test_a_book_that_came_as_marc_keeps_that_whatever_is_merged_into_it(library: Library) -> None:
    await bring_in(library, [with_contents("Volume I", isbns=(ISBN,))])
    ((kept, _),) = await library.records.behind(None, limit=1)
    await bring_in(library, [with_contents("Volume II", isbns=(OTHER_ISBN,))])
    ((merged, _),) = await library.records.behind(kept, limit=1)

    await library.stock.merge_books(BookMerger(merged, kept))

    assert [a_source("Volume I")] == await sources_of(library)

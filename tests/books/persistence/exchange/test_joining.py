"""Books of files are joined as their MARC records say."""

import itertools
from collections.abc import Collection
from uuid import UUID

import pytest
from sqlalchemy import Table, delete, func, select

from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.exchange import join_books
from books_service.application.stock.merge_books import BookMerger
from books_service.domain.catalogue.relation import Relation, RelationKind
from books_service.persistence.catalogue.books import Books
from books_service.persistence.import_tables import sought_books
from books_service.persistence.tables import book_identifiers, book_relations
from shared.kernel.import_undo import Undo
from tests.books.library import Library
from tests.books.makers import ISBN, a_subscription


def a_record(number: str, title: str, *links: tuple[str, str, str]) -> str:
    """A record with a control number; each link is a tag, a code and a value."""
    fields = "".join(
        f'<datafield tag="{tag}"><subfield code="{code}">{value}</subfield>'
        '<subfield code="g">No. 3</subfield><subfield code="v">3</subfield></datafield>'
        for tag, code, value in links
    )
    return (
        f'<record><leader>00000nam a2200000 a 4500</leader><controlfield tag="001">{number}</controlfield>'
        '<controlfield tag="003">DE-101</controlfield>'
        f'<datafield tag="245"><subfield code="a">{title}</subfield></datafield>{fields}</record>'
    )


JOURNAL = a_record("1", "Weather", ("780", "w", "(DE-101)3"))
ARTICLE = a_record("2", "Rain", ("773", "w", "(DE-101)1"))
BEFORE = a_record("3", "Meteorology")


async def take(library: Library, *records: str) -> UUID:
    content = f"<collection>{''.join(records)}</collection>".encode()
    started = await library.start_import(content, format="marcxml")
    await library.work()
    done = await library.seen(started)
    assert ("done", 0) == (done.state, done.failed), done
    return started.import_id


async def undo(library: Library, import_id: UUID) -> tuple[int, int]:
    """Undo an import; return how many things went back, and how many stay."""
    started = await library.exchange.undo_import(Undo(import_id))
    await library.work()
    done = await library.seen(started)
    return done.updated, done.failed


async def ids(library: Library) -> dict[str, UUID]:
    return {book.record.title: id_ for id_, book in await library.records.behind(None, limit=100)}


async def related(library: Library, title: str) -> list[tuple[str, str, str | None]]:
    book = await library.queries.book((await ids(library))[title])
    return [(each.kind, each.title, each.label) for each in book.relations or ()]


async def count(library: Library, table: Table) -> int:
    (row,) = await library.database.rows(select(func.count()).select_from(table))
    number: int = row[0]
    return number


@pytest.mark.parametrize("order", list(itertools.permutations([JOURNAL, ARTICLE, BEFORE]))[::2])
async def test_in_whatever_order_they_come_books_are_joined_and_a_second_run_changes_nothing(
    library: Library, order: tuple[str, ...]
) -> None:
    await take(library, *order)

    assert [("part_of", "Weather", "No. 3")] == await related(library, "Rain")
    assert [("continues", "Meteorology", "No. 3"), ("has_part", "Rain", "No. 3")] == await related(library, "Weather")
    assert 0 == await count(library, sought_books)
    history = [await library.history.of_book(id_, before=None, limit=100) for id_ in (await ids(library)).values()]

    await take(library, *order)

    assert 2 == await count(library, book_relations)
    again = [await library.history.of_book(id_, before=None, limit=100) for id_ in (await ids(library)).values()]
    assert history == again


async def test_a_book_of_a_later_file_is_joined_to_what_named_it(library: Library) -> None:
    await take(library, ARTICLE)
    assert [] == await related(library, "Rain")

    await take(library, JOURNAL)

    assert [("part_of", "Weather", "No. 3")] == await related(library, "Rain")
    assert 1 == await count(library, sought_books)


async def test_a_book_that_is_entered_by_hand_is_joined_by_its_isbn(library: Library) -> None:
    await take(library, a_record("2", "Rain", ("776", "z", ISBN)))
    await library.add_book(title="Rain in print", isbns=[ISBN])

    await library.exchange.join_books()

    assert [("other_edition", "Rain in print", "No. 3")] == await related(library, "Rain")


async def test_a_relation_that_somebody_takes_away_does_not_come_back(library: Library) -> None:
    await take(library, JOURNAL, ARTICLE)
    rain = (await ids(library))["Rain"]
    await library.books.revise_book(BookRevision(rain, None, {}, relations=()))

    await take(library, JOURNAL, ARTICLE)
    await library.exchange.join_books()

    assert [] == await related(library, "Rain")


async def test_what_somebody_has_said_of_two_books_stays(library: Library) -> None:
    await take(library, JOURNAL, ARTICLE)

    await take(library, a_record("2", "Rain", ("776", "w", "(DE-101)1")))

    assert [("part_of", "Weather", "No. 3")] == await related(library, "Rain")


async def test_a_number_that_two_books_have_joins_none(library: Library) -> None:
    for title in ("Weather", "Climate"):
        await library.add_book(title=title, identifiers=(("issn", "0302-9743"),))

    await take(library, a_record("2", "Rain", ("773", "x", "03029743")))

    assert [] == await related(library, "Rain")
    async with library.unit_of_work() as uow:
        assert [] == await uow.sought_books.here(after=None, most=1), "nothing to be done again and again"


async def test_where_two_have_the_best_number_the_next_one_counts_and_what_one_has_itself_does_not(
    library: Library,
) -> None:
    await take(library, a_record("1", "Weather"), a_record("1", "Weather, too").replace("DE-101", "DE-102"))
    await library.add_book(title="Climate", identifiers=(("issn", "0302-9743"),))
    linked = (
        '<datafield tag="773"><subfield code="w">1</subfield><subfield code="x">0302-9743</subfield></datafield>'
        '<datafield tag="776"><subfield code="w">(DE-102)2</subfield></datafield></record>'
    )

    await take(library, a_record("2", "Rain").replace("DE-101", "DE-102").replace("</record>", linked))

    assert [("part_of", "Weather, too", None)] == await related(library, "Rain")


@pytest.mark.parametrize("closing", [("773", "w", "1"), ("774", "w", "2")])
async def test_no_book_becomes_a_part_of_itself_and_no_history_says_so(
    library: Library, closing: tuple[str, str, str]
) -> None:
    weather, rain = a_record("1", "Weather", ("773", "w", "2")), a_record("2", "Rain", ("773", "w", "3"))
    if closing[0] == "774":
        rain = a_record("2", "Rain")

    await take(library, weather, rain, a_record("3", "Storms", ("773", "w", "1"), closing))

    assert (2, 0) == (await count(library, book_relations), await count(library, sought_books))
    histories = [await library.history.of_book(id_, before=None, limit=100) for id_ in (await ids(library)).values()]
    assert [1, 1, 2] == sorted(sum(entry.act == "revised" for entry in entries) for entries in histories)


async def test_a_link_to_a_book_that_is_full_is_followed_once_in_vain(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(join_books, "MOST_RELATIONS", 1)

    await take(library, JOURNAL, ARTICLE, BEFORE)

    assert (1, 0) == (await count(library, book_relations), await count(library, sought_books))


async def test_what_is_gone_before_it_could_be_locked_is_not_joined(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take(library, ARTICLE)
    await library.add_book(title="Weather", identifiers=(("control_number", "1", "DE-101"),))
    lock = Books.lock

    async def too_late(self: Books, book_ids: Collection[UUID]) -> None:
        await self._session.execute(delete(book_identifiers).where(book_identifiers.c.key == "control_number:de-101:1"))
        await lock(self, book_ids)

    monkeypatch.setattr(Books, "lock", too_late)
    await library.exchange.join_books()

    assert (0, 1) == (await count(library, book_relations), await count(library, sought_books))


async def test_an_import_that_joined_books_is_undone_whole(library: Library) -> None:
    await take(library, BEFORE)
    later = await take(library, JOURNAL, ARTICLE)

    assert (2, 0) == await undo(library, later)

    assert ["Meteorology"] == list(await ids(library))
    assert [] == await related(library, "Meteorology")


async def test_what_named_a_book_of_a_later_import_is_no_reason_to_keep_that(library: Library) -> None:
    await take(library, ARTICLE)
    later = await take(library, JOURNAL)

    assert (1, 0) == await undo(library, later)

    assert ["Rain"] == list(await ids(library))


async def test_what_somebody_related_by_hand_or_subscribed_to_stays(library: Library) -> None:
    made = await take(library, JOURNAL, ARTICLE, BEFORE)
    found = await ids(library)
    by_hand = (Relation(RelationKind.OTHER_EDITION, found["Meteorology"]),)
    await library.books.revise_book(BookRevision(found["Rain"], None, {}, relations=by_hand))
    async with library.unit_of_work() as uow:
        await uow.subscriptions.put(a_subscription(found["Weather"]))
        await uow.commit()

    assert (0, 3) == await undo(library, made)


async def test_a_book_that_is_merged_away_is_joined_in_the_place_of_the_other(library: Library) -> None:
    await take(library, ARTICLE)
    other = await library.add_book(title="Rainfall")
    await library.stock.merge_books(BookMerger((await ids(library))["Rain"], other.book_id))

    await take(library, JOURNAL)

    assert [("part_of", "Weather", "No. 3")] == await related(library, "Rainfall")

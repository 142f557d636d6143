"""Authorities on SQLite and PostgreSQL."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from books_service.application.authorities.views import AuthorityView
from books_service.domain.authorities.authority import AuthorityMerged, HeadingTaken
from books_service.persistence.authority_tables import authority_keys, gone_authorities, heading_corrections
from shared.kernel.errors import LibraryError
from tests.books.cataloguer import Cataloguer
from tests.books.library import Library


@pytest.fixture
def cataloguer(library: Library) -> Cataloguer:
    return Cataloguer(library)


async def listed(
    cataloguer: Cataloguer,
    beginning: str | None = None,
    *,
    kind: str | None = None,
    uri: str | None = None,
    after: tuple[str, UUID] | None = None,
    limit: int = 10,
) -> list[AuthorityView]:
    queries = cataloguer.use_cases.queries
    found = await queries.authorities(kind=kind, beginning=beginning, uri=uri, after=after, limit=limit)
    return [view for _, view in found]


async def test_they_are_listed_by_headings_and_found_by_the_beginning_of_any_form(cataloguer: Cataloguer) -> None:
    await cataloguer.add("Twain, Mark", "Clemens, Samuel", "Clémens, S.", uris=["https://viaf.org/viaf/50566653"])
    await cataloguer.add("Émile", kind="subject")
    await cataloguer.add("Clemens, Anna")

    assert ["Clemens, Anna", "Émile", "Twain, Mark"] == [one.heading for one in await listed(cataloguer)]
    assert ["Clemens, Anna", "Twain, Mark"] == [one.heading for one in await listed(cataloguer, "CLEM")]
    assert ["Émile"] == [one.heading for one in await listed(cataloguer, kind="subject")]
    assert ["Twain, Mark"] == [one.heading for one in await listed(cataloguer, uri="http://viaf.org/viaf/50566653/")]
    assert [] == await listed(cataloguer, "mark")


async def test_a_page_begins_behind_the_one_before(cataloguer: Cataloguer) -> None:
    for heading in ("A", "B", "C"):
        await cataloguer.add(heading)
    (first,) = await listed(cataloguer, limit=1)

    assert ["B", "C"] == [one.heading for one in await listed(cataloguer, after=("a", first.authority_id))]


async def test_of_two_who_add_one_heading_at_once_one_is_refused(cataloguer: Cataloguer) -> None:
    answers = await asyncio.gather(*(cataloguer.add("Twain, Mark") for _ in range(2)), return_exceptions=True)

    assert [HeadingTaken] == [type(one) for one in answers if isinstance(one, Exception)]
    assert 1 == len(await listed(cataloguer))


async def test_of_two_mergers_that_cross_one_is_refused(cataloguer: Cataloguer) -> None:
    twain, clemens = await cataloguer.add("Twain, Mark"), await cataloguer.add("Clemens, Samuel")

    answers = await asyncio.gather(
        cataloguer.merge(twain, clemens), cataloguer.merge(clemens, twain), return_exceptions=True
    )

    assert [AuthorityMerged] == [type(one) for one in answers if isinstance(one, LibraryError)], answers
    assert 1 == len(await listed(cataloguer))


async def test_what_was_merged_twice_leads_to_the_last_one(library: Library, cataloguer: Cataloguer) -> None:
    one, two, three = [await cataloguer.add(heading) for heading in ("One", "Two", "Three")]
    await cataloguer.merge(one, two)
    await cataloguer.merge(two, three)

    with pytest.raises(AuthorityMerged) as merged:
        await cataloguer.use_cases.queries.authority(one.authority_id)

    assert str(three.authority_id) == merged.value.figures["into"]
    assert {three.authority_id} == set((await library.database.rows(select(gone_authorities.c.into_id)))[0])
    rows = await library.database.rows(select(authority_keys).order_by(authority_keys.c.key))
    assert [(key, three.authority_id) for key in ("one", "three", "two")] == [tuple(row) for row in rows]
    queued = await library.database.rows(select(heading_corrections.c.authority_id))
    assert [(three.authority_id,)] == [tuple(row) for row in queued]


async def test_those_who_bear_a_form_are_found_however_it_is_written(cataloguer: Cataloguer) -> None:
    bears = [
        await cataloguer.book("Čapek, Karel", title="R.U.R."),
        await cataloguer.book("Somebody", subjects=("capek karel",), title="About him"),
        await cataloguer.library.add_book(title="Drawn", contributors=[("CAPEK, KAREL", "illustrator")]),
    ]
    await cataloguer.book("Čapek, Karel Josef", title="Another one")
    await cataloguer.book("Karel Čapek", title="Written the other way round")
    chinese = await cataloguer.book("曹雪芹", title="紅樓夢")

    found = await cataloguer.use_cases.queries.bearers(["Capek, Karel", "曹雪芹"])

    assert sorted(book.book_id for book in (*bears, chinese)) == found


async def test_two_workers_share_the_work(cataloguer: Cataloguer) -> None:
    books = [await cataloguer.book(f"Old {number}") for number in range(4)]
    for number in range(4):
        await cataloguer.add(f"New {number}", f"Old {number}")

    assert 4 == sum(await asyncio.gather(cataloguer.work(), cataloguer.work()))

    assert [(f"New {number}",) for number in range(4)] == [await cataloguer.authors(book) for book in books]

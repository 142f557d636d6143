"""PostgreSQL chooses between looking up and walking; whatever it chooses, it finds the same in the same order."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from books_service.application.search.queries.postgres_search import PostgresSearch
from books_service.application.search.queries.statements import has_on_postgresql, matching, place_of
from books_service.domain.search.search import Order, Search
from books_service.persistence.tables import map_model
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.lab.benchmarks.catalogue import Catalogue
from tests.lab.benchmarks.filling import fill
from tests.servers import PostgresServer

BOOKS = 1_200
CATALOGUE = Catalogue()


@pytest.fixture(scope="module")
async def database(postgres_server: PostgresServer) -> AsyncIterator[Database]:
    map_model()
    url = postgres_server.create_database("many_books")
    database = Database(url)
    await migrate(database, "books_service")
    await fill(url.replace("+asyncpg", ""), books=BOOKS)
    yield database
    await database.dispose()
    postgres_server.drop_database("many_books")


ASKED = {
    "the commonest word": Search.of(q="the"),
    "two common words": Search.of(q="the of"),
    "a common beginning": Search.of(q="p"),
    "a common word and a beginning": Search.of(q="the p"),
    "a rare word": Search.of(q=CATALOGUE.words.common(900)),
    "a common word in a language": Search.of(q="the", language="jpn"),
    "a common word, available": Search.of(q="and", available=True),
    "a title": Search.of(title="the"),
    "what is available": Search.of(available=True),
    "a branch": Search.of(branch="B3"),
    "a common word in a branch": Search.of(q="the", branch="b3"),
    "what is available at a branch": Search.of(available_at="B3"),
    "a shelf mark": Search.of(shelf_mark="823"),
    "everything": Search(),
}


@pytest.mark.parametrize("step_factor", [0.1, 5])
@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("search", ASKED.values(), ids=ASKED.keys())
async def test_pages_are_the_same_as_if_all_had_been_looked_up_and_sorted(
    database: Database, search: Search, order: Order, step_factor: float
) -> None:
    whole = matching(search, has_on_postgresql, order, after=None, limit=BOOKS)
    expected = [row.book_id for row in await database.rows(whole)]

    found, place, limit = list[UUID](), None, 7
    while limit:
        rows = await PostgresSearch(database, step_factor=step_factor).find(search, order, after=place, limit=limit)
        found += [row.book_id for row in rows]
        place, limit = (place_of(rows[-1]), 4 * limit) if len(rows) == limit else (place, 0)

    assert expected == found
    assert found


async def test_a_walk_that_finds_nothing_ends_soon_and_all_is_looked_up(database: Database) -> None:
    never_together = Search.of(q=f"the {CATALOGUE.words.common(1)}", author="the")

    searches = PostgresSearch(database)
    found = [await searches.find(never_together, order, after=None, limit=20) for order in Order]

    assert [[]] * len(Order) == found

"""Books that a release before has added: it filed no book by the ISBN that is its own."""

import pytest
from sqlalchemy import delete

from books_service.domain.catalogue.book import IsbnAlreadyCatalogued
from books_service.persistence.catalogue.books import file_own_isbns
from books_service.persistence.tables import book_identifiers
from tests.books.library import Library
from tests.books.makers import ISBN


async def test_a_book_that_a_release_before_has_added_is_found_by_its_isbn_after_the_next_migration(
    library: Library,
) -> None:
    book = await library.add_book(isbns=[ISBN])
    await library.add_book(title="A book without ISBN")
    async with library.database.engine.begin() as connection:
        await connection.execute(delete(book_identifiers))

    for _ in range(2):
        async with library.database.engine.begin() as connection:
            await file_own_isbns(connection)

    with pytest.raises(IsbnAlreadyCatalogued) as refused:
        await library.add_book(isbns=[ISBN], title="The same once more")
    assert str(book.book_id) == refused.value.figures["book_id"]
    assert [book.title] == await library.titles(isbn=ISBN)

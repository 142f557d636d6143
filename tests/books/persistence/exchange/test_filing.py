"""Books that a release before has added, or left behind: it knew nothing of headings, authors' keys and copy terms."""

from sqlalchemy import delete, update

from books_service.domain.search.search import Order
from books_service.persistence.exchange.filing import file_new_books
from books_service.persistence.tables import books, headings, stock
from tests.books.library import Library


async def test_what_a_release_before_has_added_is_found_browsed_and_sorted_after_the_next_migration(
    library: Library,
) -> None:
    await library.shelve(title="Emma", authors=("Austen, Jane",))
    book, _ = await library.shelve(title="Villette", authors=("Brontë, Charlotte",))
    await library.add_copy(book.book_id, "1", shelf_mark="823.8 BRO")
    async with library.database.engine.begin() as connection:
        await connection.execute(delete(headings))
        await connection.execute(delete(stock))
        await connection.execute(update(books).values(author_key="", index_terms=("villette", "=villette")))

    for _ in range(2):
        async with library.database.engine.begin() as connection:
            await file_new_books(connection)

    assert ["Emma", "Villette"] == await library.titles(order=Order.AUTHOR)
    assert ["Villette", "Emma"] == await library.titles(order=Order.SHELF_MARK)
    assert ["Villette"] == await library.titles("823.8 bro") == await library.titles(branch="MAIN")
    rows = await library.database.rows(headings.select().order_by(headings.c.key))
    assert [("Austen, Jane", 1), ("Brontë, Charlotte", 1)] == [(row.heading, row.books) for row in rows]
    assert book.availability.copies == 0
    assert 1 == (await library.queries.book(book.book_id)).availability.branches[0].copies


async def test_a_book_is_found_by_the_volumes_that_a_release_before_did_not_index(library: Library) -> None:
    book, _ = await library.shelve(title="Atlas")
    await library.shelve(title="Emma")
    await library.add_copy(book.book_id, "1", volume="Vol. 2")
    async with library.database.engine.begin() as connection:
        await connection.execute(update(stock).values(copy_terms="!!main #!book"))
        await connection.execute(update(books).values(index_terms=("atlas", "!!main", "#!book")))

    for _ in range(2):
        async with library.database.engine.begin() as connection:
            await file_new_books(connection)

    assert ["Atlas"] == await library.titles(volume="2")


async def test_a_book_whose_copy_a_release_before_has_found_again_is_shown_again(library: Library) -> None:
    book, _ = await library.shelve("1", title="Emma")
    async with library.database.engine.begin() as connection:
        await connection.execute(update(stock).values(hidden_copies=1))
        await connection.execute(update(books).values(hidden=True))

        await file_new_books(connection)

    assert ["Emma"] == await library.titles()
    assert 1 == (await library.queries.book(book.book_id)).availability.copies

"""Whole records by a search, counted and laid out by title; whatever is asked, a bounded part of the catalogue."""

from sqlalchemy import func, select

from books_service.application.exchange.queries import exported
from books_service.application.search.queries.statements import Has, Sought, has_clearly, has_on_sqlite
from books_service.persistence.tables import books
from books_service.application.exchange.ports import ExportedBook
from books_service.domain.search.search import Search
from shared.persistence.database import Database


class RecordSearches:
    """Implements `retrieve_records.RecordSearches`.

    SRU numbers what it finds, so places are counted here, among the first of what is found and not in the whole table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._has: Has = has_clearly if database.dialect == "postgresql" else has_on_sqlite

    async def records(self, search: Search, *, skipped: int, limit: int, most: int) -> tuple[int, list[ExportedBook]]:
        criteria = Sought(search, self._has).criteria(books)
        hits = select(books.c.book_id, books.c.sort_key).where(*criteria).limit(most + 1).cte("hits")
        hits = hits.prefix_with("MATERIALIZED", dialect="postgresql")
        shown = select(hits.c.book_id).order_by(hits.c.sort_key, hits.c.book_id).limit(limit).offset(skipped)
        async with self._database.reading() as connection:
            total: int = (await connection.execute(select(func.count()).select_from(hits))).scalar_one()
            ids = list((await connection.scalars(shown)).all()) if limit and skipped < total else []
            found = await exported(connection, ids)
        return total, [found[book_id] for book_id in ids if book_id in found]

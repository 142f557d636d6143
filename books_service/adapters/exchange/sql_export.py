"""The records of the catalogue in their order, batch by batch, by plain selects that hold nothing in between."""

from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from sqlalchemy import select

from books_service.adapters.sql_tables import books
from books_service.domain.catalogue.record import BookRecord
from shared.persistence.database import Database

_RECORDS = select(books.c.book_id, *(books.c[field.name] for field in fields(BookRecord))).order_by(books.c.book_id)


class SqlBookRecords:
    """Implements `ports.BookRecords`. Ids grow with time, so their order is that in which the books were added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def behind(self, book_id: UUID | None, *, limit: int) -> Sequence[tuple[UUID, BookRecord]]:
        query = _RECORDS.limit(limit)
        if book_id is not None:
            query = query.where(books.c.book_id > book_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [(row[0], BookRecord(*row[1:])) for row in rows]

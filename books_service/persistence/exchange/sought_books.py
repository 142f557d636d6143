"""The books that MARC records name and that have not been joined to them yet, on a table."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.exchange.record_links import SoughtBook
from books_service.persistence.import_tables import sought_books
from books_service.persistence.tables import book_identifiers

_HERE = book_identifiers.c.key == sought_books.c.key


class SoughtBooks:
    """What is said of other books, and which of these are here by now."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def here(self, *, after: UUID | None, most: int) -> Sequence[SoughtBook]:
        """Return what up to `most` books behind `after` say of books that are here, book by book."""
        named = select(sought_books.c.book_id).join_from(sought_books, book_identifiers, _HERE).distinct()
        if after is not None:
            named = named.where(sought_books.c.book_id > after)
        some = named.order_by(sought_books.c.book_id).limit(most).subquery()
        query = (
            select(sought_books, book_identifiers.c.book_id.label("other_id"))
            .join_from(sought_books, book_identifiers, _HERE)
            .where(sought_books.c.book_id.in_(select(some.c.book_id)))
            .order_by(sought_books.c.book_id, sought_books.c.place, sought_books.c.rank)
        )
        rows = (await self._session.execute(query)).all()
        found = list[SoughtBook]()
        for (book_id, place), of_link in groupby(rows, lambda row: (row.book_id, row.place)):
            links = list(of_link)
            by_key = tuple(tuple(row.other_id for row in having) for _, having in groupby(links, lambda row: row.rank))
            found.append(SoughtBook(book_id, place, RelationKind(links[0].kind), links[0].label, by_key))
        return found

    async def forget(self, joined: Sequence[SoughtBook]) -> None:
        """Seek these no more."""
        if joined:
            them = (and_(sought_books.c.book_id == each.book_id, sought_books.c.place == each.place) for each in joined)
            await self._session.execute(delete(sought_books).where(or_(*them)))

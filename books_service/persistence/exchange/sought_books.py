"""The books that MARC records name and that have not been joined to them yet, on a table."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.exchange.record_links import SoughtBook
from books_service.persistence.import_tables import sought_books
from books_service.persistence.tables import book_identifiers

_other, _third = book_identifiers.alias(), book_identifiers.alias()
_HAS_IT_ALONE = ~exists().where(
    _third.c.key == sought_books.c.key, _third.c.book_id.not_in([sought_books.c.book_id, _other.c.book_id])
)
_HERE = (
    select(sought_books, _other.c.book_id.label("other_id"))
    .join(_other, and_(_other.c.key == sought_books.c.key, _other.c.book_id != sought_books.c.book_id))
    .where(_HAS_IT_ALONE)
)


class SoughtBooks:
    """What is said of other books, and which of these are here by now."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def here(self, *, after: UUID | None, most: int) -> Sequence[SoughtBook]:
        """Return the books here that up to `most` books behind `after` name, book by book.

        A key that several books have tells none of them, until it is left to one.
        """
        here = (_HERE if after is None else _HERE.where(sought_books.c.book_id > after)).subquery()
        some = select(here.c.book_id).distinct().order_by(here.c.book_id).limit(most)
        query = select(here).where(here.c.book_id.in_(some)).order_by(here.c.book_id, here.c.place, here.c.rank)
        found = dict[tuple[UUID, int], SoughtBook]()
        for row in await self._session.execute(query):
            each = SoughtBook(row.book_id, row.place, RelationKind(row.kind), row.label, row.other_id)
            found.setdefault((each.book_id, each.place), each)
        return list(found.values())

    async def forget(self, joined: Sequence[SoughtBook]) -> None:
        """Seek these no more."""
        if joined:
            them = (and_(sought_books.c.book_id == each.book_id, sought_books.c.place == each.place) for each in joined)
            await self._session.execute(delete(sought_books).where(or_(*them)))

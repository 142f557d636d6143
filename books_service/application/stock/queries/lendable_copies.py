"""Which copies of a book may be lent, read from the stock."""

from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, select

from books_service.application.catalogue.queries import not_there
from books_service.persistence.tables import books, copies
from books_service.application.stock.lendable_copies import LendableCopiesView, LendableCopyView
from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.made_from import made_from
from shared.persistence.database import Database

_BOOK = bindparam("book_id", type_=books.c.book_id.type)
_IS_LENT = copies.c.status.in_([status for status in CopyStatus if status.lendable])
_IS_HOLDABLE = copies.c.status.in_([status for status in CopyStatus if status.holdable])
_COUNTS = (
    select(
        books.c.title,
        copies.c.item_type,
        func.count(copies.c.copy_id).label("copies"),
        func.count(copies.c.copy_id).filter(_IS_HOLDABLE).label("holdable"),
    )
    .outerjoin_from(books, copies, copies.c.book_id == books.c.book_id)
    .where(books.c.book_id == _BOOK)
    .group_by(books.c.title, copies.c.item_type)
    .order_by(literal_column("2"))
)
_LENDABLE = (
    select(*(copies.c[name] for name in LendableCopyView.__dataclass_fields__))
    .where(copies.c.book_id == _BOOK, _IS_LENT)
    .order_by(copies.c.copy_id)
)


class LendableCopies:
    """Implements `lendable_copies.LendableCopies`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_book(self, book_id: UUID, *, after: UUID | None, limit: int) -> LendableCopiesView:
        page = _LENDABLE.limit(limit)
        if after is not None:
            page = page.where(copies.c.copy_id > after)
        async with self._database.reading() as connection:
            counts = (await connection.execute(_COUNTS, {"book_id": book_id})).all()
            if not counts:
                raise await not_there(connection, book_id)
            found = (await connection.execute(page, {"book_id": book_id})).all()
        return LendableCopiesView(
            book_id,
            counts[0].title,
            copies=sum(row.copies for row in counts),
            holdable=sum(row.holdable for row in counts),
            item_types=[row.item_type for row in counts if row.holdable],
            items=[made_from(row, LendableCopyView, barcode=str(row.barcode)) for row in found],
        )

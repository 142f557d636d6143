"""Corrections by books, applied to stored records."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Update, and_, delete, or_, select, union, update

from loans_service.domain.circulating_copy import barcode_key
from loans_service.domain.holds.bound_wait import BoundWait
from loans_service.persistence.holds.holds import IS_WAITING
from loans_service.persistence.tables import (
    circulation_records,
    holds,
    loans,
    merged_books,
    reported_copies,
    retarget_requests,
)
from shared.persistence.lists import insert_for
from shared.persistence.transaction import Transaction

_TABLES = (loans, holds, circulation_records)
_OF_COPY = {loans: "copy_id", circulation_records: "copy_id", holds: "wanted_copy_id"}


def _correction(table: Table, *conditions: ColumnElement[bool], **values: Any) -> Update:
    """Return the update of rows with those values for which the table has a column."""
    changed = {name: value for name, value in values.items() if name in table.c}
    changed |= {"version": table.c.version + 1} if "version" in table.c else {}
    return update(table).where(*conditions).values(changed)


class Corrections:
    """Applies corrections by books to loans, holds and circulation records, whose versions increase.

    The books must be locked, and with them those in whose queues holds for them stand.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._run = transaction.run
        self._insert = insert_for(transaction.dialect.name)

    async def title(self, book_id: UUID, title: str) -> None:
        """Update the title of a book in its records, and in holds for copies in which it is bound."""
        for table in _TABLES:
            of_book = table.c.book_id == book_id
            if table is holds:
                own = and_(of_book, holds.c.bound_book_id.is_(None))
                of_book = or_(own, holds.c.bound_book_id == book_id)
            await self._run(_correction(table, of_book, table.c.title != title, title=title))

    async def book(self, book_id: UUID, *, into: UUID) -> None:
        """Move all records of a book, and its retarget requests, to another one.

        The merge is stored for records that come in late.
        """
        for table in (*_TABLES, retarget_requests):
            await self._run(_correction(table, table.c.book_id == book_id, book_id=into))
        await self._run(_correction(holds, holds.c.bound_book_id == book_id, bound_book_id=into))
        # A title that is one with what it was bound with is served by any copy.
        is_one = holds.c.bound_book_id == holds.c.book_id
        await self._run(_correction(holds, is_one, bound_book_id=None, wanted_copy_id=None, item_type=None))
        # The remaining book may have been merged before books was restored from a backup.
        await self._run(delete(merged_books).where(merged_books.c.book_id == into))
        await self._run(update(merged_books).where(merged_books.c.into == book_id).values(into=into))
        merged = self._insert(merged_books).values(book_id=book_id, into=into)
        await self._run(merged.on_conflict_do_update(index_elements=["book_id"], set_={"into": into}))

    async def book_that_stays(self, book_id: UUID) -> UUID:
        """Return the book into which a book was merged; the same if it was not merged."""
        rows = await self._run(select(merged_books.c.into).where(merged_books.c.book_id == book_id))
        stays: UUID = rows[0].into if rows else book_id
        return stays

    async def queues_of_bound(self, book_id: UUID) -> frozenset[UUID]:
        """Return the books in whose queues holds for this one stand, because it is bound in copies of those."""
        asked = select(holds.c.book_id).where(holds.c.bound_book_id == book_id).distinct()
        return frozenset(row.book_id for row in await self._run(asked))

    async def waiting_for_bound(self, book_id: UUID) -> list[BoundWait]:
        """Return for which copies holds wait as other titles are bound in these, those of each title together.

        They stand in the queue of this book, or wait for it in other queues.
        """
        waits = (holds.c.bound_book_id, holds.c.book_id, holds.c.wanted_copy_id)
        of_bound = select(*waits, reported_copies.c.status).outerjoin_from(
            holds, reported_copies, reported_copies.c.copy_id == holds.c.wanted_copy_id
        )
        found = union(
            of_bound.where(IS_WAITING, holds.c.book_id == book_id, holds.c.bound_book_id.is_not(None)),
            of_bound.where(IS_WAITING, holds.c.bound_book_id == book_id),
        )
        return sorted(
            (BoundWait(*row) for row in await self._run(found)), key=lambda wait: (wait.title_id, wait.copy_id)
        )

    async def books_under_old_label(self, copy_id: UUID, barcode: str) -> list[UUID]:
        """Return the books to lock because the copy is stored for them with another barcode."""
        under_others = (
            select(table.c.book_id).where(table.c.copy_id == copy_id, table.c.barcode != barcode) for table in _TABLES
        )
        return [row.book_id for row in await self._run(union(*under_others))]

    async def books_of_copy(self, copy_id: UUID) -> frozenset[UUID]:
        """Return the books to which the records of a copy and its last report belong."""
        of_copy = (
            select(table.c.book_id).where(table.c[of] == copy_id)
            for table, of in {**_OF_COPY, reported_copies: "copy_id"}.items()
        )
        return frozenset(row.book_id for row in await self._run(union(*of_copy)))

    async def reported_book(self, copy_id: UUID) -> UUID:
        """Return the book of a copy by its last report, which must exist."""
        (row,) = await self._run(select(reported_copies.c.book_id).where(reported_copies.c.copy_id == copy_id))
        book_id: UUID = row.book_id
        return book_id

    async def copy(self, copy_id: UUID, *, into: UUID) -> None:
        """Move all records of a copy, and the holds for it alone, to another book.

        Its loan is no longer recalled for holds on the former book.
        """
        open_loan = select(loans.c.loan_id).where(loans.c.copy_id == copy_id, loans.c.returned_at.is_(None))
        not_for_it = or_(holds.c.wanted_copy_id.is_(None), holds.c.wanted_copy_id != copy_id)
        recalling = holds.c.recalled_loan_id == open_loan.scalar_subquery()
        await self._run(_correction(holds, recalling, not_for_it, recalled_loan_id=None))
        for table, of in _OF_COPY.items():
            await self._run(_correction(table, table.c[of] == copy_id, table.c.book_id != into, book_id=into))

    async def barcode(self, copy_id: UUID, barcode: str) -> None:
        """Update the barcode of a copy in its records, by which it is shown and found."""
        both = {"barcode": barcode, "barcode_key": barcode_key(barcode)}
        for table in _TABLES:
            await self._run(_correction(table, table.c.copy_id == copy_id, table.c.barcode != barcode, **both))

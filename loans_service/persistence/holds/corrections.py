"""What books corrects, written into what is on record."""

from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, or_, select, union, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from loans_service.domain.circulating_copy import barcode_key
from loans_service.persistence.tables import (
    circulation_records,
    holds,
    loans,
    merged_books,
    reported_copies,
    retarget_requests,
)
from shared.persistence.statements import Prepared, Runs

_TABLES = (loans, holds, circulation_records)


def _correction(table: Table, of: str, *names: str) -> Prepared:
    """Return what gives rows `of` something new values, where the first of them is another one."""
    changed: dict[str, Any] = {name: bindparam(name) for name in names if name in table.c}
    changed |= {"version": table.c.version + 1} if "version" in table.c else {}
    others = (table.c[of] == bindparam("of"), table.c[names[0]] != bindparam(names[0]))
    return Prepared(update(table).where(*others).values(changed))


def _handing_over(table: Table) -> Prepared:
    """Return what gives all rows of a book to another one."""
    changed: dict[str, Any] = {"book_id": bindparam("into")}
    changed |= {"version": table.c.version + 1} if "version" in table.c else {}
    return Prepared(update(table).where(table.c.book_id == bindparam("of")).values(changed))


def _keep_merge(insert: Any) -> Insert:
    """Return what keeps into which book one was merged; the last word on it stands."""
    new = insert(merged_books).values(book_id=bindparam("of"), into=bindparam("into"))
    keep: Insert = new.on_conflict_do_update(index_elements=["book_id"], set_={"into": new.excluded.into})
    return keep


_BOOK = [_handing_over(table) for table in (*_TABLES, retarget_requests)]
_STAYS = Prepared(
    select(merged_books.c.into).where(merged_books.c.book_id == bindparam("of", type_=merged_books.c.book_id.type))
)
_KEEP = (
    # Into what is merged now was merged once, before books went back to a backup.
    Prepared(delete(merged_books).where(merged_books.c.book_id == bindparam("into"))),
    Prepared(update(merged_books).where(merged_books.c.into == bindparam("of")).values(into=bindparam("to"))),
    Prepared({"postgresql": _keep_merge(postgresql.insert), "sqlite": _keep_merge(sqlite.insert)}),
)
_TITLE = [_correction(table, "book_id", "title") for table in _TABLES]
_BARCODE = [_correction(table, "copy_id", "barcode", "barcode_key") for table in _TABLES]
_UNDER_OLD_LABEL = Prepared(
    union(
        *(
            select(table.c.book_id).where(
                table.c.copy_id == bindparam("of", type_=table.c.copy_id.type), table.c.barcode != bindparam("barcode")
            )
            for table in _TABLES
        )
    )
)

_OF_COPY = {loans: "copy_id", circulation_records: "copy_id", holds: "wanted_copy_id"}
_COPY = [_correction(table, of, "book_id") for table, of in _OF_COPY.items()]
_OPEN_LOAN = (
    select(loans.c.loan_id).where(loans.c.copy_id == bindparam("of"), loans.c.returned_at.is_(None)).scalar_subquery()
)
_NOT_FOR_IT = or_(holds.c.wanted_copy_id.is_(None), holds.c.wanted_copy_id != bindparam("of"))
_RELEASE_RECALLED = Prepared(
    update(holds)
    .where(holds.c.recalled_loan_id == _OPEN_LOAN, _NOT_FOR_IT)
    .values(recalled_loan_id=None, version=holds.c.version + 1)
)
_BOOKS_OF_COPY = Prepared(
    union(
        *(
            select(table.c.book_id).where(table.c[of] == bindparam("of", type_=table.c[of].type))
            for table, of in {**_OF_COPY, reported_copies: "copy_id"}.items()
        )
    )
)

_REPORTED_BOOK = Prepared(select(reported_copies.c.book_id).where(reported_copies.c.copy_id == bindparam("of")))


class Corrections:
    """What books corrects, in loans, holds and copies that are on record. What changes thereby is a new version.

    Lock others out before.
    """

    def __init__(self, run: Runs) -> None:
        self._run = run

    async def title(self, book_id: UUID, title: str) -> None:
        """Give what is on record of a book another title."""
        for correction in _TITLE:
            await self._run(correction, of=book_id, title=title)

    async def book(self, book_id: UUID, *, into: UUID) -> None:
        """Let all that is on record of a book belong to another one, and what is to be done for its holds, too.

        It is remembered, for what comes late.
        """
        for correction in _BOOK:
            await self._run(correction, of=book_id, into=into)
        for statement in _KEEP:
            await self._run(statement, of=book_id, into=into, to=into)

    async def book_that_stays(self, book_id: UUID) -> UUID:
        """Return the book to which everything of a merged one belongs now; itself for one that was not merged."""
        found: list[UUID] = [row.into for row in await self._run(_STAYS, of=book_id)]
        return found[0] if found else book_id

    async def books_under_old_label(self, copy_id: UUID, barcode: str) -> list[UUID]:
        """Return the books that are to be locked, because a copy of theirs is on record with another barcode."""
        return [row.book_id for row in await self._run(_UNDER_OLD_LABEL, of=copy_id, barcode=barcode)]

    async def books_of_copy(self, copy_id: UUID) -> frozenset[UUID]:
        """Return the books to which what is on record of a copy belongs, and what books last told of it."""
        return frozenset(row.book_id for row in await self._run(_BOOKS_OF_COPY, of=copy_id))

    async def reported_book(self, copy_id: UUID) -> UUID:
        """Return the book to which a copy belongs by what books last told of it; there is such a report."""
        (row,) = await self._run(_REPORTED_BOOK, of=copy_id)
        book_id: UUID = row.book_id
        return book_id

    async def copy(self, copy_id: UUID, *, into: UUID) -> None:
        """Let all that is on record of a copy, and the holds for it alone, belong to another book.

        Its loan is asked back no more for those who wait for the other one.
        """
        await self._run(_RELEASE_RECALLED, of=copy_id)
        for correction in _COPY:
            await self._run(correction, of=copy_id, book_id=into)

    async def barcode(self, copy_id: UUID, barcode: str) -> None:
        """Give what is on record of a copy the barcode that it bears now: by that it is shown, and found."""
        for correction in _BARCODE:
            await self._run(correction, of=copy_id, barcode=barcode, barcode_key=barcode_key(barcode))

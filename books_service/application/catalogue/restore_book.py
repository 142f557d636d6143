"""Bring a removed book back, or undo what was changed in one."""

from dataclasses import dataclass
from uuid import UUID

from books_service.application.catalogue.add_book import refuse_claimed
from books_service.application.catalogue.queries import relations_of
from books_service.application.catalogue.revise_book import AGAINST_RECORD
from books_service.application.catalogue.views import BookView
from books_service.domain.catalogue.book import Book, BookNotFound, MergedIntoAnother
from books_service.domain.catalogue.past import BookNotRemoved, HistoryEntryNotFound, fields_after
from books_service.domain.catalogue.record import BookRecord
from books_service.persistence.catalogue.book_json import as_json, from_json
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import refuse_if_stale, refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class BookRestoration:
    """`place` is that of the entry of its history after which the book was as it shall be again.

    None: a removed book as it was before. `version` is the one that the caller has seen; None: any version.
    """

    book_id: UUID
    place: int | None = None
    version: int | None = None
    by: str | None = None


@refuses(MergedIntoAnother, BookNotRemoved, HistoryEntryNotFound, *AGAINST_RECORD)
@dataclass(frozen=True, slots=True)
class RestoreBook:
    """Bring a removed book back under its id, or let a book say again what it said before.

    - `place` names the entry of its history after which it was right; all that was changed since is undone, and stays
      in the history, so that this can be undone, too. Without it a removed book comes back as it was.
    - An ISBN that another book has meanwhile is refused, naming that book. A book that was merged into another does not
      come back: its copies, loans and holds belong to the other one.
    - A book that came as MARC goes out as rich as before. Relations stay as they are: a removed book has lost its own.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: BookRestoration, receipt: Receipt | None = None) -> BookView:
        async with self.unit_of_work(receipt) as uow:
            book = (await uow.books.survivors({command.book_id})).get(command.book_id)
            if book is not None and book.id != command.book_id:
                raise MergedIntoAnother(into=book.id)
            if book is not None:
                await self._undo(book, command, uow)
            else:
                book = await self._bring_back(command, uow)
            counts = await uow.books.availability_of(book.id)
            view = BookView.of(book, counts, relations_of(await uow.relations.shown(book.id)))
            await uow.commit(answer=view)
        return view

    async def _undo(self, book: Book, command: BookRestoration, uow: UnitOfWork) -> None:
        refuse_if_stale(command.version, book.version, thing="book")
        if command.place is None:
            raise BookNotRemoved
        fields = fields_after(command.place, await uow.books.past(book.id), as_json(book.record))
        record = await _entered(from_json(fields), uow)
        await refuse_claimed(uow, record, claimed=book.record.isbns)
        book.rewrite(record, now=self.clock.now(), by=command.by)

    async def _bring_back(self, command: BookRestoration, uow: UnitOfWork) -> Book:
        entries = await uow.books.past(command.book_id)
        if not entries:
            raise BookNotFound
        number = await uow.books.take_back(command.book_id)
        record = await _entered(from_json(fields_after(command.place, entries, {})), uow)
        await refuse_claimed(uow, record)
        book = Book.bring_back(
            command.book_id,
            record,
            number=number or await uow.next_book_number(),
            version=len(entries) + 1,  # each version has an entry, and so has each removal
            added_at=entries[-1].at,
            now=self.clock.now(),
            by=command.by,
        )
        uow.books.add(book)
        return book


async def _entered(record: BookRecord, uow: UnitOfWork) -> BookRecord:
    """Return the record with the headings that count by now."""
    return (await uow.headings.of([record])).corrected(record)

"""One act of the catalogue as one transaction: rows, events and receipt."""

from collections.abc import Callable, Mapping, Sequence
from typing import Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from books_service.domain.authorities.authority import HeadingTaken
from books_service.domain.catalogue.book import (
    Book,
    BookAdded,
    BookEvent,
    BookHasCopies,
    BookNotFound,
    BookRevised,
    IsbnAlreadyCatalogued,
)
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.past import BookNotRemoved
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.statistics import counts_of
from books_service.domain.stock.branch import BranchCodeTaken
from books_service.domain.stock.copy import Copy, CopyAdded, CopyEvent, CopyRemoved, CopyRevised, CopyStatusChanged
from books_service.domain.stock.copy_refusals import BarcodeTaken
from books_service.persistence.authorities.authorities import Authorities
from books_service.persistence.authorities.corrections import Corrections
from books_service.persistence.authorities.headings import HeadingLookup
from books_service.persistence.catalogue.relations import Relations
from books_service.persistence.exchange.books import ExchangeBooks
from books_service.persistence.exchange.external_targets import ExternalTargets
from books_service.persistence.exchange.imported_records import ImportedRecords
from books_service.persistence.exchange.sought_books import SoughtBooks
from books_service.persistence.history import changes_of, keep_history, was_counted
from books_service.persistence.import_tables import imports
from books_service.persistence.messages import message
from books_service.persistence.serials.issues import Issues
from books_service.persistence.serials.subscriptions import Subscriptions
from books_service.persistence.stock.branch_zones import BranchZones
from books_service.persistence.stock.copies import Branches, CirculationReports, Copies
from books_service.persistence.stock.copy_terms import CopyTerms
from books_service.persistence.stock.inventories import Inventories
from books_service.persistence.stock.stock_counts import StockCounts
from books_service.persistence.tables import books, copies, plumbing
from shared.kernel.clock import Clock
from shared.kernel.cube import Count
from shared.kernel.errors import LibraryError, Unavailable
from shared.kernel.receipts import Receipt, UnitOfWorkFactory
from shared.persistence.database import Database, violates
from shared.persistence.imports import SqlImportNotes
from shared.persistence.numbers import next_number_of
from shared.persistence.work import SqlWork

_NEXT_BOOK, _NEXT_COPY = next_number_of(books.name), next_number_of(copies.name)


class UnitOfWork:
    """One transaction. Leaving the block without `commit` undoes everything."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        receipt: Receipt | None,
        on_commit: Callable[[], None],
        zones: BranchZones,
    ) -> None:
        self._database = database
        self._work = SqlWork(database, plumbing, receipt=receipt, on_commit=on_commit)
        self._clock = clock
        self._zones = zones
        self._in_hand: dict[int, Book | Copy] = {}

    async def __aenter__(self) -> Self:
        self._session = session = await self._work.open()
        self.books = ExchangeBooks(session, self._track)
        self.relations = Relations(session)
        self.sought_books = SoughtBooks(session)
        self._stock = StockCounts(self._work.transaction.run)
        self._copy_terms = CopyTerms(self._work.transaction.run)
        self.copies = Copies(session, self._track)
        self.branches = Branches(session)
        self.circulation = CirculationReports(session, self._work.transaction.run, self._stock)
        self.inventories = Inventories(session)
        self.subscriptions = Subscriptions(session)
        self.issues = Issues(session)
        self.corrections = Corrections(session)
        self.authorities = Authorities(session, self.corrections)
        self.headings = HeadingLookup(self._work.transaction.run)
        self.external_targets = ExternalTargets(session)
        self.imports = SqlImportNotes(self._work.transaction, imports)
        self.imported = ImportedRecords(self._work.transaction.run, on_sqlite=self._database.dialect == "sqlite")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._work.close()

    async def new_among(self, message_ids: Sequence[str], *, listener: str) -> frozenset[str]:
        """Note incoming messages; return those that were not handled before."""
        return await self._work.new_among(message_ids, listener=listener, now=self._clock.now())

    async def next_book_number(self) -> int:
        """Return the number of a book that is about to be added."""
        (row,) = await self._work.transaction.run(_NEXT_BOOK)
        return int(row.number)

    async def next_copy_number(self) -> int:
        """Return the number of a copy that is about to be added."""
        (row,) = await self._work.transaction.run(_NEXT_COPY)
        return int(row.number)

    async def next_copy_numbers(self, many: int) -> list[int]:
        """Return the numbers of copies that are about to be added together."""
        if many and self._database.dialect == "sqlite":  # which counts when they are written, and lets nobody between
            first = await self.next_copy_number()
            return list(range(first, first + many))
        return [await self.next_copy_number() for _ in range(many)]

    async def commit(self, *, answer: object | None = None, imported: bool = False) -> None:
        """Keep the changes, their events and the receipt of `answer`; `imported` marks the events.

        Raises IsbnAlreadyCatalogued, BarcodeTaken, BranchCodeTaken, HeadingTaken, BookHasCopies or BookNotFound when
        another transaction was faster, and OutOfDate when one of the things changed since it was read.
        """
        isbns = self._isbns()  # read before: after a failed flush the attributes are expired
        events = [event for thing in self._in_hand.values() for event in thing.take_events()]
        of_books = [event for event in events if isinstance(event, BookEvent)]
        await self._find_by_other_forms(of_books)
        # Before the rows of copies are written: books come first everywhere, so that there is no deadlock.
        reindexed = self._reindexed(of_books)
        changed = await self.books.lock_changed({*_changed_books(events), *reindexed})
        await self.books.note_hidden(of_books)
        await self.books.give_up_isbns(_given_up(of_books, isbns))
        self._index_new_books(events)
        rebound = [event.copy for event in events if isinstance(event, CopyRevised) and "bound_with" in event.before]
        await self._flush(isbns, rebound)
        await self.books.file(of_books)
        if strays := await self._stock.strays():
            changed = await self.books.lock_changed({*changed, *strays})
        await self._copy_terms.index(changed, reindexed, now=self._clock.now())
        await self.imported.flush()
        for event in events:
            self._count_again(event)
        await self.books.count_headings(of_books, await self._stock.count())
        await self._copy_terms.note()
        await self.relations.keep_history()
        counts = [[] if imported else await self._counted(event) for event in events]
        await keep_history(self._session, events, counts)
        await self.authorities.file(now=self._clock.now(), imported=imported)
        if imported:
            await self._keep_for_undo(events)
        await self._work.commit(
            [message(event) for event in events],
            answer=answer,
            now=self._clock.now(),
            counts=[count for counted in counts for count in counted],
            imported=imported,
        )

    async def _counted(self, event: BookEvent | CopyEvent) -> list[Count]:
        """Return what an event counts for, on the day that it is where its copy belongs."""
        branch = None if isinstance(event, BookEvent) else event.copy.own_place.branch
        run = self._work.transaction.run
        day = await self._zones.day(branch, event.at, run)
        if isinstance(event, CopyRemoved):
            return [*counts_of(event, day, was_counted=await was_counted(run, event.copy.id))]
        return [*counts_of(event, day)]

    async def _find_by_other_forms(self, events: Sequence[BookEvent]) -> None:
        """Index the books that changed by the other forms of the headings that they bear."""
        changed = {event.book.id: event.book for event in events if isinstance(event, BookAdded | BookRevised)}
        if not changed:
            return
        headings = await self.headings.of([book.record for book in changed.values()])
        for book in changed.values():
            headings.let_find(book)

    def _count_again(self, event: BookEvent | CopyEvent) -> None:
        """Note whose copies are to be counted, and which books may have to be hidden, or shown again."""
        match event:
            case CopyAdded() | CopyStatusChanged() | CopyRevised(before={"suppressed": _}):
                self._stock.changed.add(event.copy.id)
                self._stock.shown.update(event.copy.titles)
            case CopyRemoved():
                self._stock.books.update(event.copy.titles)
                self._stock.shown.update(event.copy.titles)
            case BookAdded(book=book) if book.record.suppressed:
                self._stock.shown.add(book.id)
            case BookRevised(book=book, before=before) if _as_shown(before) != _as_shown(book.record):
                self._stock.shown.add(book.id)
        if isinstance(event, BookAdded):
            self._stock.new.add(event.book.id)
        if isinstance(event, CopyRevised):
            concerned = _titles_of(event)
            self._stock.books |= concerned
            self._stock.shown |= concerned

    def _reindexed(self, events: Sequence[BookEvent]) -> Mapping[UUID, Sequence[str]]:
        """Return the words of the records of books in hand that are indexed anew, new ones left out.

        They are written once, with those of the copies, and not with the rest of the book.
        """
        added = {event.book.id for event in events if isinstance(event, BookAdded)}
        # They are never read: where there are any, they are new.
        changed = [
            thing
            for thing in self._in_hand.values()
            if isinstance(thing, Book) and thing.id not in added and "index_terms" in vars(thing)
        ]
        terms = {book.id: book.index_terms for book in changed}
        for book in changed:
            self._session.expire(book, ["index_terms"])
        return terms

    def _index_new_books(self, events: Sequence[BookEvent | CopyEvent]) -> None:
        """Index the new books that come with copies by these, too, before their rows are written."""
        added: dict[UUID, list[Copy]] = {}
        for event in events:
            if isinstance(event, CopyAdded):
                added.setdefault(event.copy.book_id, []).append(event.copy)
        for event in events:
            if isinstance(event, BookAdded) and event.book.id in added:
                self._copy_terms.begin(event.book, added[event.book.id])

    async def flush(self) -> None:
        """Write the rows so far. Raises what `commit` does when another transaction was faster."""
        await self._flush(self._isbns())

    def _isbns(self) -> dict[UUID, Isbn | None]:
        return {thing.id: thing.record.main_isbn for thing in self._in_hand.values() if isinstance(thing, Book)}

    async def _flush(self, isbns: Mapping[UUID, Isbn | None], rebound: Sequence[Copy] = ()) -> None:
        try:
            await self._work.flush()
            if rebound:
                await self.copies.file_bound(rebound)
        except IntegrityError as error:
            await self._work.close()
            raise await self._refusal_of(error, isbns) from error

    async def _keep_for_undo(self, events: Sequence[BookEvent | CopyEvent]) -> None:
        if self.imports.noted is None or self.imports.noted.what not in ("books", "copies"):
            return
        changes = changes_of(events)
        made = {each.thing_id for each in changes if each.made}
        sources = [each for each in self.books.sources_before() if each[0] not in made]
        await self.imports.keep(changes, {"notes": self.imported.before(), "sources": sources})

    def _track(self, thing: Book | Copy) -> None:
        self._in_hand[id(thing)] = thing

    async def _refusal_of(self, error: IntegrityError, isbns: Mapping[UUID, Isbn | None]) -> Exception:
        if violates(error, "uq_books_isbn", "books.isbn"):
            return await self._isbn_refusal(isbns)
        if violates(error, "pk_books", "books.book_id"):
            return BookNotRemoved()  # somebody else has just brought it back
        if violates(error, "uq_copies_barcode_key", "copies.barcode_key"):
            return BarcodeTaken()
        if violates(error, "uq_authorities_heading_key_kind", "authorities.heading_key, authorities.kind"):
            return HeadingTaken()
        if violates(error, "pk_branches", "branches.key") or violates(error, "uq_branches_code", "branches.code"):
            return BranchCodeTaken()
        if violates(error, "fk_copies_book_id", "") or violates(error, "fk_bound_copies_book_id", ""):
            # only where others write at the same time
            adding = any(isinstance(thing, Copy) for thing in self._in_hand.values())
            return BookNotFound() if adding else BookHasCopies()
        return error

    async def _isbn_refusal(self, in_hand: Mapping[UUID, Isbn | None]) -> LibraryError:
        """Return the refusal for the ISBN in hand that another transaction has just catalogued."""
        query = select(books.c.isbn, books.c.book_id).where(
            books.c.isbn.in_([isbn for isbn in in_hand.values() if isbn])
        )
        for isbn, book_id in await self._database.rows(query):
            if book_id not in in_hand:
                return IsbnAlreadyCatalogued(isbn=isbn, book_id=book_id)
        return Unavailable("Somebody else was just cataloguing the same book. Repeat the request in a moment.")


BooksWorkFactory = UnitOfWorkFactory[UnitOfWork]


def _given_up(events: Sequence[BookEvent], isbns: Mapping[UUID, Isbn | None]) -> set[UUID]:
    """Return the books that gave up an ISBN which another book in hand has now."""
    taken = {isbn: book_id for book_id, isbn in isbns.items()}
    revised = [event for event in events if isinstance(event, BookRevised) and event.before.main_isbn is not None]
    return {event.book.id for event in revised if taken.get(event.before.main_isbn, event.book.id) != event.book.id}


def _as_shown(record: BookRecord) -> tuple[object, object]:
    """Return what of a record decides whether the public is shown the book."""
    return record.suppressed, record.format


def _changed_books(events: Sequence[BookEvent | CopyEvent]) -> set[UUID]:
    """Return the books that were changed, or whose copies were, and that are not new themselves.

    All of them, so that their locks are taken by one statement, in one order for all.
    """
    of_copies = [event for event in events if not isinstance(event, BookEvent)]
    marked = {book_id for event in of_copies for book_id in _titles_of(event)}
    marked |= {event.book.id for event in events if isinstance(event, BookRevised)}
    return marked - {event.book.id for event in events if isinstance(event, BookAdded)}


def _titles_of(event: CopyEvent) -> set[UUID]:
    """Return the books that the copy holds, or held until now."""
    before = event.before if isinstance(event, CopyRevised) else {}
    former = (before.get("book_id", event.copy.book_id), *before.get("bound_with", ()))
    return {*event.copy.titles, *former}

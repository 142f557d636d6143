"""A library with a real database."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from books_service.adapters.catalogue.sql_history import SqlHistory
from books_service.adapters.catalogue.sql_views import SqlCatalogueViews
from books_service.adapters.exchange.record_formats import RECORD_READERS
from books_service.adapters.exchange.sql_export import SqlBookRecords
from books_service.adapters.exchange.sql_imports import SqlImportFiles
from books_service.adapters.search.sql_search import SqlBookSearch
from books_service.adapters.sql_tables import changes, metadata, plumbing
from books_service.adapters.sql_unit_of_work import SqlUnitOfWork
from books_service.application.catalogue.add_book import add_book
from books_service.application.catalogue.views import BookView, BranchView, CopyView, ImportView
from books_service.application.exchange.run_import import run_import
from books_service.application.exchange.start_import import StartImport, start_import
from books_service.application.search.search_books import BooksFound, SearchBooks, search_books
from books_service.application.stock.add_branch import AddBranch, add_branch
from books_service.application.stock.add_copy import AddCopy, add_copy
from books_service.application.stock.change_copy_status import ChangeCopyStatus, change_copy_status
from books_service.application.stock.note_copy_availability import CopyAvailabilityNews, note_copy_availability
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from tests.books.fakes import SteppingClock
from tests.books.makers import a_title_page
from tests.statements import told_to_driver


class Library:
    """The database is real; time is in the hands of the test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SteppingClock()
        self.views = SqlCatalogueViews(database)
        self.searches = SqlBookSearch(database)
        self.history = SqlHistory(database)
        self.files = SqlImportFiles(database)
        self.records = SqlBookRecords(database)
        self.rung = 0

    def unit_of_work(self, receipt: Receipt | None = None) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.database, clock=self.clock, receipt=receipt, on_commit=self._wake)

    def _wake(self) -> None:
        self.rung += 1

    async def add_book(self, *, receipt: Receipt | None = None, **reported: Any) -> BookView:
        return await add_book(a_title_page(**reported), uow=self.unit_of_work(receipt), clock=self.clock)

    async def catalogue(self, records: Sequence[BookRecord]) -> None:
        """Add a book for each of these records, in one act."""
        async with self.unit_of_work() as uow:
            for record in records:
                uow.books.add(Book(id=new_id(), record=record, now=self.clock.now()))
            await uow.commit()

    async def clear(self) -> None:
        """Empty every table."""
        await self.forget_changes()
        async with self.database.engine.begin() as connection:
            if self.database.dialect == "sqlite":
                await connection.execute(text("DELETE FROM word_trigrams"))  # words are never forgotten but here
            for table in reversed(metadata.sorted_tables):
                if table is not changes:
                    await connection.execute(table.delete())

    async def forget_changes(self) -> None:
        """Empty the history, which is guarded from everybody else."""
        async with self.database.engine.begin() as connection:
            if self.database.dialect == "postgresql":
                await connection.execute(text("SET LOCAL session_replication_role = replica"))  # fires no trigger
            else:
                await connection.execute(text("DROP TRIGGER IF EXISTS changes_no_delete"))
            await connection.execute(changes.delete())

    async def search(
        self, q: str | None = None, *, limit: int = 20, order: str = "relevance", **asked: Any
    ) -> BooksFound:
        return await search_books(SearchBooks(limit, order, q=q, **asked), searches=self.searches)

    async def titles(self, q: str | None = None, **asked: Any) -> list[str]:
        """Return the titles of what is found on the first page."""
        return [book.title for book in (await self.search(q, **asked)).books]

    async def open_branch(self, code: str = "MAIN") -> BranchView:
        command = AddBranch(code, f"The {code} branch")
        return await add_branch(command, uow=self.unit_of_work(), clock=self.clock, timezone="UTC")

    async def add_copy(self, book_id: UUID, barcode: str, **facts: Any) -> CopyView:
        command = AddCopy(book_id, barcode, **{"branch": "MAIN"} | facts)
        return await add_copy(command, uow=self.unit_of_work(), clock=self.clock)

    async def shelve(self, *barcodes: str, **reported: Any) -> tuple[BookView, list[CopyView]]:
        """Add a book with copies of these barcodes, in a branch that is opened if need be."""
        async with self.unit_of_work() as uow:
            is_open = await uow.branches.find("MAIN") is not None
        if not is_open:
            await self.open_branch()
        book = await self.add_book(**reported)
        return book, [await self.add_copy(book.book_id, barcode) for barcode in barcodes]

    async def set_status(self, copy_id: UUID, status: str, **how: Any) -> CopyView:
        command = ChangeCopyStatus(copy_id, status, **how)
        return await change_copy_status(command, uow=self.unit_of_work(), clock=self.clock)

    async def hear(self, copy_id: UUID, availability: str, *, sequence: int, due_at: Any = None) -> None:
        """Let circulation say where a copy is."""
        news = CopyAvailabilityNews(str(new_id()), copy_id, availability, due_at, sequence)
        await note_copy_availability([news], listener="books.availability", uow=self.unit_of_work())

    async def start_import(self, content: bytes, *, receipt: Receipt | None = None, **command: Any) -> ImportView:
        usual: dict[str, Any] = {"format": "csv", "columns": {}}
        asked = StartImport(**usual | command)
        uow = self.unit_of_work(receipt)
        return await start_import(asked, _in_pieces(content), uow=uow, readers=RECORD_READERS, clock=self.clock)

    async def work(self) -> bool:
        """Work on one import."""
        return await run_import(
            unit_of_work=self.unit_of_work, files=self.files, readers=RECORD_READERS, clock=self.clock
        )

    async def events(self) -> Sequence[tuple[str, str, Any]]:
        """Return type, subject and data of what waits in the outbox, in order."""
        table = plumbing.outbox.c
        async with self.database.reading() as connection:
            rows = await connection.execute(select(table.type, table.subject, table.data).order_by(table.sequence))
            return [(row[0], row[1], row[2]) for row in rows]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect every statement that the database is sent inside the block."""
        seen: list[str] = []
        with told_to_driver(self.database) as told:
            yield seen
        seen += told.inside


async def _in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 10_000):
        yield content[start : start + 10_000]

"""A library with a real database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from books_service.application.catalogue.queries import BookHistory, BookQueries
from books_service.application.catalogue.views import BookView
from books_service.application.exchange.queries import BookRecords
from books_service.application.exchange.reading_options import BOOKS, reading_options
from books_service.application.search.search_books import BookQuery, BooksFound
from books_service.application.stock.add_book import NewBookWithCopies
from books_service.application.stock.add_branch import NewBranch
from books_service.application.stock.add_copy import NewCopy
from books_service.application.stock.change_copy_status import StatusChange
from books_service.application.stock.follow_circulation import CirculationNews
from books_service.application.stock.queries.copies import CopyHistory, StockQueries
from books_service.application.stock.views import BranchView, CopyLendability, CopyQuery, CopyView, LendabilityQuestion
from books_service.application.use_cases import UseCases
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.stands import ReportedStands
from books_service.domain.viewer import STAFF, Viewer
from books_service.persistence.past_tables import changes
from books_service.persistence.stock.branch_zones import BranchZones
from books_service.persistence.tables import metadata, plumbing
from books_service.persistence.unit_of_work import UnitOfWork
from books_service.settings import Settings
from books_service.wiring.ports import ports_of, stock_photographs_of
from shared.configuration import load
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from shared.kernel.import_profiles import NO_RULES, ImportRules
from shared.kernel.imports import ImportView, Start
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.tasks import WakeUp
from tests.books.makers import NOW, a_title_page
from tests.clocks import SteppingClock
from tests.emptying import empty
from tests.statements import told_to_driver


class Queries(BookQueries, StockQueries):
    """All that can be shown, to staff unless a test says otherwise."""

    async def book(self, book_id: UUID, viewer: Viewer = STAFF) -> BookView:
        return await super().book(book_id, viewer)

    async def copy(self, copy_id: UUID, viewer: Viewer = STAFF) -> CopyView:
        return await super().copy(copy_id, viewer)

    async def copies_with_barcode(self, barcode: str, viewer: Viewer = STAFF) -> list[CopyView]:
        return await super().copies_with_barcode(barcode, viewer)

    async def copies(
        self, query: CopyQuery, viewer: Viewer = STAFF, *, after: UUID | None, limit: int
    ) -> list[CopyView]:
        return await super().copies(query, viewer, after=after, limit=limit)

    async def copies_of(
        self, book_id: UUID, viewer: Viewer = STAFF, *, after: UUID | None, limit: int
    ) -> list[CopyView]:
        return await super().copies_of(book_id, viewer, after=after, limit=limit)


class _History(BookHistory, CopyHistory):
    """What was done to books and copies."""


class _CountingWakeUp(WakeUp):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def notify(self) -> None:
        self.count += 1


class Library:
    """The database is real; time is in the hands of the test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SteppingClock(NOW)
        self._zones = BranchZones("UTC")
        self._wake_up = _CountingWakeUp()
        settings = load(Settings, database_url=database.engine.url.render_as_string(hide_password=False))
        self.photograph_stock = stock_photographs_of(settings, database, self.clock)
        self.use_cases = UseCases(ports_of(settings, database, clock=self.clock, wake_up=self._wake_up))
        self.books, self.stock, self.exchange = (
            self.use_cases.catalogue,
            self.use_cases.stock,
            self.use_cases.exchange,
        )
        self.queries = Queries(database)
        self.history = _History(database)
        self.records = BookRecords(database)

    @property
    def rung(self) -> int:
        """How often a relay was woken."""
        return self._wake_up.count

    def unit_of_work(self, receipt: Receipt | None = None) -> UnitOfWork:
        return UnitOfWork(
            self.database, clock=self.clock, receipt=receipt, on_commit=self._wake_up.notify, zones=self._zones
        )

    async def add_book(self, *, receipt: Receipt | None = None, **reported: Any) -> BookView:
        return await self.stock.add_book(NewBookWithCopies(a_title_page(**reported)), receipt)

    async def catalogue(self, records: Sequence[BookRecord]) -> None:
        """Add a book for each of these records, in one act."""
        async with self.unit_of_work() as uow:
            for record in records:
                uow.books.add(Book(id=new_id(), record=record, now=self.clock.now()))
            await uow.commit()

    async def clear(self) -> None:
        """Empty every table."""
        await self.forget_changes()
        on_sqlite = self.database.dialect == "sqlite"
        words = ["word_trigrams"] if on_sqlite else []  # words are never forgotten but here
        names = [table.name for table in reversed(metadata.sorted_tables) if table is not changes]
        await empty(self.database, [*words, *names])

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
        return await self.use_cases.search_books(BookQuery(limit, order, q=q, **asked))

    async def titles(self, q: str | None = None, **asked: Any) -> list[str]:
        """Return the titles of what is found on the first page."""
        return [book.title for book in (await self.search(q, **asked)).books]

    async def open_branch(self, code: str = "MAIN", *, locations: Sequence[str] = ()) -> BranchView:
        command = NewBranch(code, f"The {code} branch", locations=[(each, f"The {each}") for each in locations])
        return await self.stock.add_branch(command)

    async def add_copy(
        self, book_id: UUID, barcode: str, *, status: str = "in_service", by: str | None = None, **facts: Any
    ) -> CopyView:
        return await self.stock.add_copy(NewCopy(book_id, {"barcode": barcode, "branch": "MAIN"} | facts, status, by))

    async def lendability(self, **asked: Any) -> CopyLendability:
        """Return what one copy is answered; raise what is refused."""
        (found,) = await self.queries.lendability([LendabilityQuestion(**asked)])
        if isinstance(found, LibraryError):
            raise found
        return found

    async def shelve(self, *barcodes: str, **reported: Any) -> tuple[BookView, list[CopyView]]:
        """Add a book with copies of these barcodes, in a branch that is opened if need be."""
        async with self.unit_of_work() as uow:
            is_open = await uow.branches.find("MAIN") is not None
        if not is_open:
            await self.open_branch()
        book = await self.add_book(**reported)
        return book, [await self.add_copy(book.book_id, barcode) for barcode in barcodes]

    async def set_status(self, copy_id: UUID, status: str, **how: Any) -> CopyView:
        return await self.stock.change_copy_status(StatusChange(copy_id, status, **how))

    async def hear(
        self,
        copy_id: UUID,
        availability: str,
        *,
        sequence: int,
        due_at: Any = None,
        transit_to: str | None = None,
        stands: ReportedStands | None = None,
        scanned_at: Any = None,
    ) -> None:
        """Let circulation say where a copy is."""
        state = (Availability(availability), due_at, transit_to)
        news = CirculationNews(
            str(new_id()), copy_id, self.clock.now(), sequence, *state, stands=stands, scanned_at=scanned_at
        )
        await self.stock.follow_circulation([news], listener="books.circulation")

    async def start_import(
        self,
        content: bytes,
        *,
        format: str = "csv",
        mapping: dict[str, str] | None = None,
        what: str = BOOKS,
        dry_run: bool = False,
        by: str | None = None,
        receipt: Receipt | None = None,
        rules: ImportRules = NO_RULES,
        **options: str,
    ) -> ImportView:
        read_as = reading_options(format, mapping or {}, what=what, **options)
        start = Start(what, format, asdict(read_as), dry_run, by, rules)
        return await self.exchange.start_import(start, receipt, content=_in_pieces(content))

    async def seen(self, started: ImportView, *, after_error: int = 0) -> ImportView:
        """Return an import as it is now."""
        return (await self.exchange.imports.view(started.import_id, after_error=after_error))[0]

    async def work(self) -> bool:
        """Work on one import."""
        return await self.exchange.run_import()

    async def events(self) -> Sequence[tuple[str, str, Any]]:
        """Return type, subject and data of what waits in the outbox, in order."""
        table = plumbing.outbox.c
        rows = await self.database.rows(select(table.type, table.subject, table.data).order_by(table.sequence))
        return [(row[0], row[1], row[2]) for row in rows]

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[list[str]]:
        """Collect every statement that the database is sent inside the block."""
        seen: list[str] = []
        async with told_to_driver(self.database) as statements:
            yield seen
        for statement in statements.inside:
            rows_of = statement.partition(" VALUES ")[0]  # SQLite traces each row of what SQLAlchemy sends once
            if not (rows_of.startswith("INSERT ") and seen and seen[-1].partition(" VALUES ")[0] == rows_of):
                seen.append(statement)


async def _in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 10_000):
        yield content[start : start + 10_000]

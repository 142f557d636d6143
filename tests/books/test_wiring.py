"""What is wired, at work."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from books_service.adapters.exchange.text.csv_records import read_csv
from books_service.application.exchange.ports import IncomingRecord, ReadingOptions
from books_service.domain.catalogue.isbn import Isbn
from books_service.main import create_app
from books_service.settings import Settings
from books_service.wiring.commands import opened
from books_service.worker import create_worker
from deploy.local import demo
from shared.configuration import load
from shared.kernel.file_records import Counts
from shared.kernel.imports import ImportFile, ImportNotFound
from shared.messaging.bus import OutgoingEvent
from shared.messaging.envelope import encode
from shared.messaging.in_process import InProcessBus
from shared.persistence.database import Database
from shared.tokens import StaticKeys
from tests.books.api.conftest import KEY, bearer
from tests.books.library import Library
from tests.books.makers import EMMA, NOW


def settings_of(database: Database) -> Settings:
    return load(Settings, database_url=database.engine.url.render_as_string(hide_password=False))


async def test_where_there_is_no_broker_the_application_works_on_imports_itself(database: Database) -> None:
    app = create_app(settings_of(database), keys=StaticKeys([KEY.public_jwk()]))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://books.test", headers=bearer("librarian")) as http,
    ):
        queued = await http.post("/v1/imports?format=csv", content=b"title\nEmma\n")
        async with asyncio.timeout(60):
            while (done := (await http.get(queued.headers["location"])).json())["state"] != "done":
                await asyncio.sleep(0.05)

    assert 1 == done["created"]


async def test_the_worker_hears_what_circulation_says_and_tells_what_the_catalogue_does(library: Library) -> None:
    book, (copy,) = await library.shelve("1")
    bus, stop = InProcessBus(), asyncio.Event()
    worker = asyncio.create_task(create_worker(settings_of(library.database), bus=bus).run(stop))
    reported = {"copy_id": str(copy.copy_id), "book_id": str(EMMA), "availability": "on_loan"}
    event = {"specversion": "1.0", "id": "e-1", "source": "/loans", "type": "loans.copy.availability_changed"}
    event |= {"subject": str(copy.copy_id), "time": NOW.isoformat(), "sequence": "1"}
    outgoing = OutgoingEvent(1, "e-1", "loans.copy.availability_changed", encode(event | {"data": reported}))

    async with asyncio.timeout(60):
        while await bus.carry(outgoing) is not True or await library.events():
            await asyncio.sleep(0.05)
    stop.set()
    await worker

    assert 1 == (await library.queries.book(book.book_id)).availability.on_loan


async def test_the_worker_forgets_imports_that_ended_long_ago(library: Library) -> None:
    old = await library.start_import(
        b"title\nEmma\n"
    )  # at the time of the test's clock, long before that of the worker
    await library.work()
    stop = asyncio.Event()
    worker = asyncio.create_task(create_worker(settings_of(library.database), bus=InProcessBus()).run(stop))

    async def is_known() -> bool:
        try:
            await library.seen(old)
        except ImportNotFound:
            return False
        return True

    async with asyncio.timeout(60):
        while await is_known():
            await asyncio.sleep(0.05)
    stop.set()
    await worker

    assert 1 == len(await library.records.behind(None, limit=10)), "the book stays"


async def test_the_demo_catalogue_is_clean_and_gets_two_copies_of_each_book(database: Database) -> None:
    def read() -> AsyncIterator[IncomingRecord]:
        return read_csv(_pieces(), ReadingOptions({}, ";"))

    counts, errors = Counts(), list[object]()
    library = Library(database)
    await library.open_branch()
    async with opened(settings_of(database)) as use_cases:
        async for batch in use_cases.exchange.import_books(ImportFile(), read):
            counts, errors = counts + batch.counts, [*errors, *batch.errors]
        await demo.add_copies(use_cases)

    assert counts.created == counts.read >= 100
    assert [] == errors
    assert 1 == len(await library.queries.copies_with_barcode("30000000000019"))
    shown = (await library.search(order="-added_at", limit=1_000)).books
    assert {2} == {book.availability.available for book in shown}
    assert all(book.authors and book.languages == ("eng",) and book.subjects for book in shown)
    assert len([Isbn(book.isbns[0]) for book in shown if book.isbns]) > 100


async def _pieces() -> AsyncIterator[bytes]:
    yield demo.CATALOGUE.read_bytes()

"""The frame: what is opened is closed again in order, what runs has a name, and nothing runs that was not asked for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from shared.configuration import load
from shared.kernel.clock import SystemClock
from shared.messaging.in_process import InProcessBus
from shared.outgoing_http import NeighbourClient
from shared.persistence.database import Database
from shared.persistence.migrating.app_role import Rights
from shared.persistence.migrating.migrations import migrate
from shared.service import Service, opened_database, web, worker
from shared.service.issuer import checked_with_issuer
from shared.service.settings import OwnSettings, named_by
from shared.service.web import TokenCheck
from shared.service.worker import TimedJob
from shared.tasks import WakeUp
from shared.tokens import StaticKeys, TokenVerifier
from shared.web.application import Api
from tests.shared.persistence.migrate import PACKAGE
from tests.shared.stores import Hearing, Store, a_message, a_type, eventually
from tests.shared.web.oddities import oddities
from tests.shared.web.sample import ACCESS, KEY
from tests.shared.web.things import router


class Things(OwnSettings):
    model_config = named_by("THINGS")


SETTINGS = load(Things, database_url="sqlite+aiosqlite:///things.db")
API = Api(
    title="Things",
    description="Keeps things.",
    routers=(router, oddities),
    access=ACCESS,
    scopes={"things:write": "change", "things:read": "see", "admin": "all", "self": "one's own"},
    tags=(),
)


def things(store: Store, **more: Any) -> Service:
    facts: dict[str, Any] = {
        "name": "things",
        "package": PACKAGE,
        "version": "0.1.0",
        "map_model": lambda: None,
        "tables": store.tables,
        "rights": Rights(),
        "publishes": {},
        "reads": {},
    }
    return Service(**facts | more)


class WatchedDatabase(Database):
    """A database that notes when it is closed."""

    def __init__(self, url: str, events: list[str]) -> None:
        super().__init__(url)
        self._events = events

    async def dispose(self) -> None:
        await super().dispose()
        self._events.append("database closed")


def an_app(store: Store, database: Database, *, tokens: TokenCheck | None = None, **more: Any) -> FastAPI:
    check = tokens or TokenCheck(TokenVerifier(StaticKeys([KEY.public_jwk()]), issuer="library"))
    return web.create_app(things(store), API, SETTINGS, root_path="", database=database, tokens=check, **more)


@asynccontextmanager
async def nobody_answers() -> AsyncIterator[NeighbourClient]:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    async with aclosing(
        NeighbourClient(base_url="http://issuer.test", neighbour="issuer", transport=httpx.MockTransport(refuse))
    ) as client:
        yield client


async def readiness_of(app: FastAPI) -> tuple[int, dict[str, str]]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://things.test") as http,
    ):
        answer = await http.get("/health/ready")
    return answer.status_code, answer.json()["checks"]


# --- the application -------------------------------------------------------------------------------------------------


async def test_tasks_run_while_the_application_answers_and_what_they_use_is_closed_after_them(
    store: Store, tmp_path: Path
) -> None:
    events: list[str] = []

    @asynccontextmanager
    async def resources() -> AsyncIterator[None]:
        events.append("opened")
        yield
        events.append("closed")

    async def watch(stop: asyncio.Event) -> None:
        events.append("works")
        await stop.wait()
        events.append("ends")

    database = WatchedDatabase(f"sqlite+aiosqlite:///{tmp_path / 'things.db'}", events)
    await migrate(database, PACKAGE)
    app = an_app(store, database, resources=resources, tasks={"watching": watch})
    async with app.router.lifespan_context(app):
        await eventually(lambda: "works" in events)
        events.append("answers")

    assert ["opened", "works", "answers", "ends", "closed", "database closed"] == events


async def test_where_something_cannot_be_opened_nothing_begins_and_the_database_is_closed(
    store: Store, tmp_path: Path
) -> None:
    events: list[str] = []

    def resources() -> AbstractAsyncContextManager[None]:
        raise RuntimeError("no key to sign with")

    async def watch(_: asyncio.Event) -> None:
        events.append("works")

    database = WatchedDatabase(f"sqlite+aiosqlite:///{tmp_path / 'things.db'}", events)
    app = an_app(store, database, resources=resources, tasks={"watching": watch})

    with pytest.raises(RuntimeError, match="no key to sign with"):
        async with app.router.lifespan_context(app):
            raise AssertionError("it answers")

    assert ["database closed"] == events


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_who_has_the_keys_asks_nobody_for_any() -> None:
    async with nobody_answers() as issuer:
        check = checked_with_issuer(issuer, SETTINGS, keys=StaticKeys([KEY.public_jwk()]))

    assert ((), {}) == (check.readiness, dict(check.tasks))


@pytest.mark.parametrize(("required", "status"), [(True, 503), (False, 200)])
async def test_without_keys_a_service_is_ready_only_where_something_can_be_answered_without(
    store: Store, tmp_path: Path, required: bool, status: int
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'things.db'}")
    await migrate(database, PACKAGE)

    async with nobody_answers() as issuer:
        check = checked_with_issuer(issuer, SETTINGS, keys=None, required=required)
        found = await readiness_of(an_app(store, database, tokens=check))

    assert (status, {"database": "ok", "schema": "ok", "keys": "failing"}) == found


async def test_what_the_issuer_has_revoked_is_followed_while_the_application_answers(
    store: Store, tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"items": [], "next_cursor": None})

    issuer = NeighbourClient(base_url="http://issuer.test", neighbour="issuer", transport=httpx.MockTransport(answer))
    check = checked_with_issuer(issuer, SETTINGS, keys=None)
    app = an_app(
        store,
        Database(f"sqlite+aiosqlite:///{tmp_path / 'things.db'}"),
        tokens=check,
        resources=lambda: aclosing(issuer),
    )

    async with app.router.lifespan_context(app), asyncio.timeout(20):
        while not asked:
            await asyncio.sleep(0.01)

    assert "/v1/auth/revocations" == asked[0]


# --- the background side ---------------------------------------------------------------------------------------------


async def while_at_work(store: Store, until: Callable[[], Awaitable[None]], described: Service, **more: Any) -> None:
    stop = asyncio.Event()
    working = worker.create_worker(
        described, SETTINGS, database=store.database, clock=SystemClock(), wake_up=WakeUp(), **more
    )
    running = asyncio.create_task(working.run(stop))
    try:
        async with asyncio.timeout(40):
            await until()
    finally:
        stop.set()
        await running


async def test_the_worker_tells_what_happened_and_hears_what_others_tell(store: Store) -> None:
    type_ = a_type()
    hearing, bus = Hearing(type_), InProcessBus()

    async def heard() -> None:
        await store.emit(a_message(type_))
        await hearing.has_heard(1)

    await while_at_work(store, heard, things(store), bus=bus, listeners={"hearing": hearing.listener})

    assert ["/things"] == [event.source for event in hearing.heard]


async def test_what_is_done_every_so_often_is_logged_by_its_name_when_it_fails(store: Store) -> None:
    async def fail() -> None:
        raise ValueError("no")

    with capture_logs() as lines:

        async def both_failed() -> None:
            while len({line.get("task") for line in lines if line["log_level"] == "error"}) < 2:
                await asyncio.sleep(0.01)

        await while_at_work(
            store,
            both_failed,
            things(store),
            bus=InProcessBus(),
            listeners={},
            tidy=[fail],
            timed={"counting": TimedJob(600, fail)},
        )

    assert {"housekeeping", "counting"} == {line["task"] for line in lines if line["log_level"] == "error"}


async def test_of_two_jobs_with_one_name_neither_is_lost_unseen(store: Store) -> None:
    async def work() -> None:
        """Do nothing."""

    with pytest.raises(ValueError, match="housekeeping"):
        worker.create_worker(
            things(store),
            SETTINGS,
            database=store.database,
            clock=SystemClock(),
            wake_up=WakeUp(),
            bus=InProcessBus(),
            listeners={},
            timed={"housekeeping": TimedJob(600, work)},
        )


# --- the database ----------------------------------------------------------------------------------------------------


async def test_the_database_is_closed_again_whatever_is_done_with_it(store: Store, tmp_path: Path) -> None:
    mapped: list[str] = []

    settings = load(OwnSettings, database_url=f"sqlite+aiosqlite:///{tmp_path / 'things.db'}", database_pool_size=3)
    pools: list[object] = []

    async def go_wrong() -> None:
        described = things(store, map_model=lambda: mapped.append("mapped"))
        async with opened_database(described, settings) as database:
            await database.ping()
            pools.extend((database, database.engine.pool))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await go_wrong()

    database, pool = pools
    assert ["mapped"] == mapped
    assert isinstance(database, Database)
    assert database.engine.pool is not pool, "what was open has been thrown away"

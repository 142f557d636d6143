"""The frame of a service's web application. Imported, with FastAPI, only by processes that serve."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial

import structlog
from fastapi import FastAPI

from shared.kernel.clock import SystemClock
from shared.messaging.asyncapi import asyncapi_document
from shared.messaging.worker import Job
from shared.persistence.cube.recounts import Recounts
from shared.persistence.database import Database, is_away
from shared.persistence.migrating.schema import SchemaNotCurrent, UnknownPast, expect_current
from shared.persistence.receipts import SqlReceipts
from shared.service import Service, answers_of
from shared.service.settings import OwnSettings
from shared.tasks import Act, Supervisor, happens_within, together
from shared.tokens import Verifier
from shared.web.application import Api, build_app
from shared.web.errors import Schema
from shared.web.health import Check

log = structlog.get_logger(__name__)

_PAUSE_BETWEEN_LOOKS = 2.0  # seconds between two checks whether the database has been migrated


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """How a service checks tokens: the verifier, its readiness check, and the tasks that keep it current."""

    verifier: Verifier
    readiness: tuple[Check, ...] = ()
    tasks: Mapping[str, Job] = field(default_factory=dict[str, Job])


def create_app(
    service: Service,
    api: Api,
    settings: OwnSettings,
    *,
    root_path: str,
    database: Database,
    tokens: TokenCheck,
    resources: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
    tasks: Mapping[str, Job] | None = None,
    receipt_secret: Callable[[], bytes] = bytes,
) -> FastAPI:
    """Return the application; the service adds its ports as `app.state.ports`.

    `resources` and the database are open from before the first request until after the last. The `tasks` run meanwhile,
    and are restarted if they fail. `receipt_secret` is the service's own part of the key that seals its receipts.
    """
    expect_schema = _refusing_once(partial(expect_current, database, service.package))
    waiting: dict[str, Job] = {name: partial(_once_migrated, expect_schema, job) for name, job in (tasks or {}).items()}
    background = together(tokens.tasks, waiting)
    app = build_app(
        api,
        name=service.name,
        package=service.package,
        version=service.version,
        settings=settings,
        root_path=root_path,
        lifespan=lambda _: _lifespan(database, resources, background),
        verifier=tokens.verifier,
        receipts=SqlReceipts(database, service.tables.receipts, secret=receipt_secret),
        readiness=(Check("database", database.ping), Check("schema", expect_schema), *tokens.readiness),
        asyncapi=lambda: asyncapi_document(
            title=api.title, version=service.version, publishes=service.publishes, reads=service.reads
        ),
        schema=Schema(service.package, expect_schema),
    )
    app.state.spool_folder = settings.spool_folder
    if service.counts is not None:
        app.state.recounts = Recounts(database, service.tables, SystemClock())
        app.state.figures = answers_of(service, database, SystemClock())
    return app


def _refusing_once(expect_schema: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Log once that the database is not one of ours, however often that is found."""
    logged: list[UnknownPast] = []

    async def expect() -> None:
        try:
            await expect_schema()
        except UnknownPast as error:
            if not logged:
                log.error("the database is none of ours", reason=str(error))  # noqa: TRY400 - no traceback says more
            logged.append(error)
            raise

    return expect


async def _once_migrated(expect_schema: Act, job: Job, stop: asyncio.Event) -> None:
    """Run the job once the database has been migrated, since before that it could only fail."""
    while not stop.is_set():
        try:
            await expect_schema()
        except SchemaNotCurrent:
            await happens_within(stop, _PAUSE_BETWEEN_LOOKS)
        except Exception:  # noqa: BLE001 - a database that does not answer is for the job to deal with
            break
        else:
            break
    await job(stop)


@asynccontextmanager
async def _lifespan(
    database: Database, resources: Callable[[], AbstractAsyncContextManager[object]], tasks: Mapping[str, Job]
) -> AsyncIterator[None]:
    supervisor = Supervisor(is_away=is_away)
    try:
        async with resources():
            for name, job in tasks.items():
                supervisor.start(name, partial(job, supervisor.stopping))
            try:
                yield
            finally:
                await supervisor.stop()
    finally:
        await database.dispose()

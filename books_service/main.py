"""Puts the web application together. Nothing connects before it starts."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial

from fastapi import FastAPI

from books_service.api.access import ACCESS, SCOPES, SERVICE_SCOPES
from books_service.api.routes import BODY_LIMITS, DESCRIPTION, ROUTERS, TAGS, TITLE
from books_service.api.samples import SAMPLES
from books_service.application.exchange.ports import ExternalCatalogues
from books_service.application.use_cases import UseCases
from books_service.settings import Settings
from books_service.wiring.neighbours import neighbours_of
from books_service.wiring.ports import ports_of
from books_service.wiring.service import SERVICE, database_of
from shared.kernel.clock import Clock, SystemClock
from shared.outgoing_http import NeighbourClient, Transports
from shared.persistence.database import Database
from shared.service import web
from shared.service.issuer import checked_with_issuer
from shared.tasks import WakeUp, work_off
from shared.tokens import KeyTable
from shared.web.application import Api

API = Api(
    title=TITLE,
    description=DESCRIPTION,
    routers=ROUTERS,
    access=ACCESS,
    scopes=SCOPES,
    service_scopes=SERVICE_SCOPES,
    tags=TAGS,
    samples=SAMPLES,
    body_limits=BODY_LIMITS,
)


def create_app(
    settings: Settings,
    *,
    wake_up: WakeUp | None = None,
    keys: KeyTable | None = None,
    clock: Clock | None = None,
    database: Database | None = None,
    transports: Transports | None = None,
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit.

    It works on imports itself unless the settings say that a relay does. The `database` is that of the settings unless
    one is handed in. `transports` lead to neighbours that are in the same process.
    """
    database, members = database or database_of(settings), neighbours_of(settings, transports)
    ports = ports_of(settings, database, clock=clock or SystemClock(), wake_up=wake_up or WakeUp())
    use_cases = UseCases(ports)
    imports = partial(work_off, use_cases.exchange.run_import)
    app = web.create_app(
        SERVICE,
        API,
        settings,
        root_path=settings.root_path,
        database=database,
        tokens=checked_with_issuer(members, settings, keys=keys, required=False),
        resources=lambda: _closing(members, ports.catalogues),
        tasks={"imports": imports} if settings.imports_in == "serve" else {},
    )
    bind(app, use_cases)
    return app


@asynccontextmanager
async def _closing(members: NeighbourClient, catalogues: ExternalCatalogues) -> AsyncIterator[None]:
    """Close both in the end."""
    async with aclosing(members), aclosing(catalogues):
        yield


def bind(app: FastAPI, use_cases: UseCases) -> None:
    """Hand the use cases to the routes of `app`."""
    app.state.catalogue = use_cases.catalogue
    app.state.authorities = use_cases.authorities
    app.state.stock = use_cases.stock
    app.state.serials = use_cases.serials
    app.state.exchange = use_cases.exchange
    app.state.search_books = use_cases.search_books
    app.state.browse_index = use_cases.browse_index

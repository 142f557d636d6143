"""Assembles the web application. Nothing connects before it starts."""

from contextlib import aclosing
from functools import partial

from fastapi import FastAPI

from loans_service.api.access import ACCESS, SCOPES, SERVICE_SCOPES
from loans_service.api.routes import BODY_LIMITS, DESCRIPTION, ROUTERS, TAGS, TITLE
from loans_service.api.samples import SAMPLES
from loans_service.application.use_cases import UseCases
from loans_service.settings import Settings
from loans_service.wiring.neighbours import neighbours_of
from loans_service.wiring.ports import ports_of
from loans_service.wiring.service import SERVICE, database_of
from shared.kernel.clock import Clock, SystemClock
from shared.outgoing_http import Transports
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
    database, neighbours = database or database_of(settings), neighbours_of(settings, transports)
    ports = ports_of(settings, database, neighbours, clock=clock or SystemClock(), wake_up=wake_up or WakeUp())
    use_cases = UseCases(ports)
    imports = partial(work_off, use_cases.moving_in.run_import)
    app = web.create_app(
        SERVICE,
        API,
        settings,
        root_path=settings.root_path,
        database=database,
        tokens=checked_with_issuer(neighbours.members, settings, keys=keys),
        resources=lambda: aclosing(neighbours),
        tasks={"imports": imports} if settings.imports_in == "serve" else {},
    )
    bind(app, use_cases)
    return app


def bind(app: FastAPI, use_cases: UseCases) -> None:
    """Hand the use cases to the routes of `app`."""
    app.state.ports = use_cases.ports
    app.state.lending = use_cases.lending
    app.state.holding = use_cases.holding
    app.state.fines = use_cases.fines
    app.state.tills = use_cases.tills
    app.state.rules = use_cases.rules
    app.state.reports = use_cases.reports
    app.state.privacy = use_cases.privacy
    app.state.consistency = use_cases.consistency
    app.state.notices = use_cases.notices
    app.state.moving_in = use_cases.moving_in

"""Puts the web application together. Nothing connects before it starts."""

from contextlib import aclosing
from functools import partial

from fastapi import FastAPI

from loans_service.api.access import ACCESS, SCOPES
from loans_service.api.routes import BODY_LIMITS, DESCRIPTION, ROUTERS, TAGS, TITLE
from loans_service.api.samples import SAMPLES
from loans_service.application.consistency.check_consistency import ConsistencyUseCases
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.use_cases import HoldUseCases
from loans_service.application.lending.amendments.charge_borrower import close_settled
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.moving_in.use_cases import take_in_of
from loans_service.application.ports import Ports
from loans_service.application.privacy.use_cases import PrivacyUseCases
from loans_service.application.rules.use_cases import RulesUseCases
from loans_service.settings import Settings
from loans_service.wiring.ports import neighbours_of, ports_of
from loans_service.wiring.service import SERVICE, database_of
from loans_service.wiring.use_cases import moving_in_of
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
    tags=TAGS,
    samples=SAMPLES,
    body_limits=BODY_LIMITS,
)


def create_app(
    settings: Settings,
    *,
    wake_up: WakeUp | None = None,
    keys: KeyTable | None = None,
    database: Database | None = None,
    transports: Transports | None = None,
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit.

    It works on imports itself unless the settings say that a relay does. The `database` is that of the settings unless
    one is handed in. `transports` lead to neighbours that are in the same process.
    """
    database, wake_up = database or database_of(settings), wake_up or WakeUp()
    neighbours = neighbours_of(settings, transports)
    ports = ports_of(settings, database, neighbours, wake_up)
    moving_in = moving_in_of(database, take_in_of(ports), ports, wake_up.notify)
    app = web.create_app(
        SERVICE,
        API,
        settings,
        root_path=settings.root_path,
        database=database,
        tokens=checked_with_issuer(neighbours.members, settings, keys=keys),
        resources=lambda: aclosing(neighbours),
        tasks={"imports": partial(work_off, moving_in.run_import)} if settings.imports_in == "serve" else {},
    )
    bind(app, ports)
    app.state.moving_in = moving_in
    return app


def bind(app: FastAPI, ports: Ports) -> None:
    """Hand the use cases, bound to `ports`, to the routes of `app`."""
    app.state.ports = ports
    app.state.lending = LendingUseCases(ports)
    app.state.holding = HoldUseCases(ports)
    app.state.fines = FinesUseCases(ports, close_settled)
    app.state.rules = RulesUseCases(ports)
    app.state.privacy = PrivacyUseCases(ports)
    app.state.consistency = ConsistencyUseCases(ports)

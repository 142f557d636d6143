"""Puts the web application together. Nothing connects before it starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from members_service.adapters.identity.argon2_passwords import Argon2Cost, Argon2Passwords
from members_service.adapters.identity.live_sessions import LiveSessions
from members_service.adapters.identity.signing_keys import SigningKeys
from members_service.api.access import ACCESS, SERVICE_SCOPES
from members_service.api.identity.discovery import Published
from members_service.api.routes import BODY_LIMITS, DESCRIPTION, ROUTERS, TAGS, TITLE
from members_service.api.samples import SAMPLES
from members_service.application.identity.sessions.queries import RevocationQueries
from members_service.application.use_cases import UseCases
from members_service.domain.identity.roles import ALL_SCOPES
from members_service.settings import Settings
from members_service.wiring.lending import lending_of
from members_service.wiring.neighbours import branches_of, neighbours_of
from members_service.wiring.ports import data_keys_of, ports_of, signing_keys_of
from members_service.wiring.service import SERVICE, database_of
from shared.kernel.clock import Clock, SystemClock
from shared.outgoing_http import Transports
from shared.persistence.database import Database
from shared.service import web
from shared.service.web import TokenCheck
from shared.tasks import WakeUp, work_off
from shared.tokens import TokenVerifier
from shared.web.application import Api
from shared.web.statistics import SAMPLES as OF_STATISTICS

API = Api(
    title=TITLE,
    description=DESCRIPTION,
    routers=ROUTERS,
    access=ACCESS,
    scopes=ALL_SCOPES,
    service_scopes=SERVICE_SCOPES,
    tags=TAGS,
    samples=(*SAMPLES, *OF_STATISTICS),
    body_limits=BODY_LIMITS,
)


def create_app(
    settings: Settings,
    *,
    wake_up: WakeUp | None = None,
    password_cost: Argon2Cost | None = None,
    clock: Clock | None = None,
    database: Database | None = None,
    transports: Transports | None = None,
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit.

    It works on imports itself unless the settings say that a relay does. The `database` is that of the settings unless
    one is handed in. `transports` lead to neighbours that are in the same process.
    """
    database, books = database or database_of(settings), neighbours_of(settings, transports)
    keys, data_keys, passwords = signing_keys_of(settings), data_keys_of(settings), Argon2Passwords(password_cost)
    lending = lending_of(settings, transports)
    ports = ports_of(
        settings,
        database,
        branches_of(books),
        lending.port,
        data_keys=data_keys,
        signing_keys=keys,
        passwords=passwords,
        clock=clock or SystemClock(),
        wake_up=wake_up or WakeUp(),
    )
    use_cases = UseCases(ports)

    @asynccontextmanager
    async def resources() -> AsyncIterator[None]:
        keys.load()
        data_keys.load()
        try:
            yield
        finally:
            passwords.close()
            await books.aclose()
            await lending.aclose()
            await ports.identity.providers.aclose()

    imports = partial(work_off, use_cases.moving_in.run_import)
    app = web.create_app(
        SERVICE,
        API,
        settings,
        root_path=settings.root_path,
        database=database,
        tokens=TokenCheck(LiveSessions(TokenVerifier(keys, issuer=settings.auth_issuer), RevocationQueries(database))),
        resources=resources,
        tasks={"signing keys": keys.watch} | ({"imports": imports} if settings.imports_in == "serve" else {}),
        receipt_secret=lambda: data_keys.secret("receipts"),
    )
    bind(app, use_cases)
    app.state.published = _published(settings, keys)
    return app


def bind(app: FastAPI, use_cases: UseCases) -> None:
    """Hand the use cases to the routes of `app`."""
    app.state.membership = use_cases.membership
    app.state.guardians = use_cases.guardians
    app.state.desk_messages = use_cases.desk_messages
    app.state.moving_in = use_cases.moving_in
    app.state.identity = use_cases.identity
    app.state.privacy = use_cases.privacy
    app.state.letters = use_cases.letters
    app.state.notice_words = use_cases.notice_words
    app.state.notice_preferences = use_cases.notice_preferences
    app.state.notice_sending = use_cases.notice_sending


def _published(settings: Settings, keys: SigningKeys) -> Published:
    return Published(
        issuer=settings.auth_issuer,
        address=settings.public_address,
        password_grant=settings.password_grant_is_offered,
        scopes=tuple(ALL_SCOPES),
        keys=keys.jwks,
        keys_max_age=settings.keys_max_age,
    )

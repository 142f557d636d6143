"""Says what the service is, and puts it together; what its use cases are given is made in wiring/.

Nothing connects before the application starts.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from members_service.adapters.housekeeping import forget_what_has_expired
from members_service.adapters.identity.argon2_passwords import Argon2Cost, Argon2Passwords
from members_service.adapters.identity.signing_keys import SigningKeys
from members_service.adapters.identity.sql_revocations import LiveSessions
from members_service.adapters.keyed_pins import KeyedPins
from members_service.adapters.membership.member_messages import MUST_ARRIVE, SCHEMAS
from members_service.adapters.privacy.sql_audit import keep_records_for
from members_service.adapters.privacy.sql_reencryption import seal_everything
from members_service.adapters.sql_rights import RIGHTS
from members_service.adapters.sql_tables import map_model, plumbing
from members_service.api.access import ACCESS, SERVICE_SCOPES
from members_service.api.identity.discovery import Published
from members_service.api.routes import BODY_LIMITS, DESCRIPTION, ROUTERS, TAGS, TITLE
from members_service.application.privacy.erase_member import EraseMember
from members_service.domain.identity.roles import ALL_SCOPES
from members_service.listeners import borrower_events
from members_service.settings import BackgroundSettings, Settings
from members_service.wiring.membership import import_jobs_of, run_import_of
from members_service.wiring.privacy import erase_expired_of
from members_service.wiring.resources import Opened, Resources, data_keys_of, signing_keys_of
from members_service.wiring.use_cases import UseCases, use_cases_of
from shared import service
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.imports import ForgetImports
from shared.messaging.bus import Bus
from shared.messaging.worker import BackgroundWorker
from shared.persistence.database import Database
from shared.service import Service, TokenCheck
from shared.tasks import WakeUp, work_off
from shared.tokens import TokenVerifier

SERVICE = Service(
    name="members",
    package="members_service",
    version="0.1.0",
    title=TITLE,
    description=DESCRIPTION,
    map_model=map_model,
    tables=plumbing,
    rights=RIGHTS,
    routers=ROUTERS,
    access=ACCESS,
    scopes=ALL_SCOPES,
    service_scopes=SERVICE_SCOPES,
    tags=TAGS,
    publishes=SCHEMAS,
    must_arrive=MUST_ARRIVE,
    body_limits=BODY_LIMITS,
    reads=borrower_events.SCHEMAS,
)

database_of = partial(service.database_of, SERVICE)


async def finish_migration(settings: BackgroundSettings, connection: AsyncConnection) -> None:
    """Say how long audit records are kept, and grant the role that serves what it needs; last in each migration."""
    await keep_records_for(connection, days=settings.audit_kept_days)
    await service.grant_rights(SERVICE, settings, connection)


async def reencrypt(settings: BackgroundSettings) -> int:
    """Seal all personal data under the newest key; return how many rows were not."""
    keys = data_keys_of(settings)
    keys.load()
    async with service.opened_database(SERVICE, settings) as database:
        return await seal_everything(database, keys)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[UseCases]:
    """Give the use cases outside of the web: for commands, and for demo data."""
    keys, data_keys, passwords = signing_keys_of(settings), data_keys_of(settings), Argon2Passwords()
    async with service.opened_database(SERVICE, settings) as database:
        try:
            yield use_cases_of(
                Resources(
                    settings=settings,
                    database=database,
                    signing_keys=keys,
                    data_keys=data_keys,
                    pins=KeyedPins(data_keys),
                    passwords=passwords,
                    wake_up=WakeUp(),
                )
            )
        finally:
            passwords.close()


def create_app(
    settings: Settings,
    *,
    wake_up: WakeUp | None = None,
    password_cost: Argon2Cost | None = None,
    clock: Clock | None = None,
    database: Database | None = None,
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit.

    Where there is no broker there may be no worker either: then the application works on imports itself. The `database`
    is that of the settings unless one is handed in.
    """
    database = database or database_of(settings)
    keys, data_keys, passwords = signing_keys_of(settings), data_keys_of(settings), Argon2Passwords(password_cost)

    use_cases = use_cases_of(
        Resources(
            settings=settings,
            database=database,
            signing_keys=keys,
            data_keys=data_keys,
            pins=KeyedPins(data_keys),
            passwords=passwords,
            wake_up=wake_up or WakeUp(),
            clock=clock or SystemClock(),
        )
    )

    @asynccontextmanager
    async def resources() -> AsyncIterator[None]:
        keys.load()
        data_keys.load()
        try:
            yield
        finally:
            passwords.close()

    imports = partial(work_off, use_cases.membership.run_import)
    app = service.create_app(
        SERVICE,
        settings,
        root_path=settings.root_path,
        database=database,
        tokens=TokenCheck(LiveSessions(TokenVerifier(keys, issuer=settings.auth_issuer), database)),
        resources=resources,
        tasks={"signing keys": keys.watch} | ({} if settings.rabbitmq_url else {"imports": imports}),
        receipt_secret=lambda: data_keys.secret("receipts"),
    )
    app.state.membership = use_cases.membership
    app.state.identity = use_cases.identity
    app.state.privacy = use_cases.privacy
    app.state.published = _published(settings, keys)
    return app


def _published(settings: Settings, keys: SigningKeys) -> Published:
    return Published(
        issuer=settings.auth_issuer,
        address=settings.public_address,
        password_grant=settings.password_grant_is_offered,
        scopes=tuple(ALL_SCOPES),
        keys=keys.jwks,
        keys_kept=settings.keys_kept,
    )


def create_worker(
    settings: BackgroundSettings, *, bus: Bus | None = None, wake_up: WakeUp | None = None
) -> BackgroundWorker:
    """Return the background side: relay, listener, hourly tidying, and imports unless the application does them.

    `bus` is the broker's unless one is handed in.

    Raises ConfigurationError without the keys for personal data, which erasing needs.
    """
    database, data_keys = database_of(settings), data_keys_of(settings)
    data_keys.load()
    clock, wake_up = SystemClock(), wake_up or WakeUp()
    background = Opened(
        settings=settings,
        database=database,
        data_keys=data_keys,
        pins=KeyedPins(data_keys),
        wake_up=wake_up,
        clock=clock,
    )
    erase_member = EraseMember(background.unit_of_work, clock)
    imports = partial(work_off, run_import_of(background))
    forget_imports = ForgetImports(import_jobs_of(background), clock, timedelta(days=settings.imports_kept_days))
    return service.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={"farewells": borrower_events.erasure_listener(erase_member)},
        tidy=[
            partial(forget_what_has_expired, database, clock),
            forget_imports,
            erase_expired_of(background),
        ],
        jobs={"imports": imports} if settings.rabbitmq_url else {},
    )

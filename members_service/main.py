"""Chooses and wires: which database, which keys, which hasher. Nothing connects before the application starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from members_service.adapters.identity.access_tokens import SignedAccessTokens
from members_service.adapters.identity.argon2_passwords import Argon2Cost, Argon2Passwords
from members_service.adapters.identity.common_passwords import password_rules
from members_service.adapters.identity.os_secret_generator import OsSecretGenerator
from members_service.adapters.identity.pyotp_authenticator import PyotpAuthenticator
from members_service.adapters.identity.signing_keys import SigningKeys
from members_service.adapters.identity.sql_account_views import SqlAccountViews, SqlSessionViews
from members_service.adapters.identity.sql_assertions import SqlAssertions
from members_service.adapters.identity.sql_attempts import SqlSignInThrottle, forget_what_is_over
from members_service.adapters.identity.sql_revocations import LiveSessions, SqlRevocations
from members_service.adapters.identity.tagged_refresh_tokens import TaggedRefreshTokens
from members_service.adapters.membership.json_categories import read_categories
from members_service.adapters.membership.member_messages import MUST_ARRIVE, SCHEMAS
from members_service.adapters.membership.sql_views import SqlMemberViews
from members_service.adapters.privacy.data_keys import DataKeys
from members_service.adapters.privacy.sql_audit import SqlAuditViews, keep_records_for, remove_expired_records
from members_service.adapters.privacy.sql_personal_records import SqlPersonalRecords
from members_service.adapters.privacy.sql_reencryption import seal_everything
from members_service.adapters.sql_rights import RIGHTS
from members_service.adapters.sql_tables import map_model, plumbing
from members_service.adapters.sql_unit_of_work import SqlUnitOfWork
from members_service.api.access import ACCESS, SERVICE_SCOPES
from members_service.api.identity import (
    accounts,
    activation,
    authorize,
    discovery,
    resets,
    revocations,
    second_factor,
    sessions,
    tokens,
)
from members_service.api.membership import blocks, members, memberships, standing
from members_service.api.privacy import audit, personal_data
from members_service.application.identity.second_factor_ports import SecondFactorPorts
from members_service.application.ports import Ports, UnitOfWork
from members_service.domain.identity.client import SWAGGER, PublicClient, ServiceClient
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.roles import ALL_SCOPES
from members_service.listeners import borrower_events
from members_service.settings import BackgroundSettings, RegisteredClient, Settings
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.receipts import Receipt
from shared.messaging.asyncapi import asyncapi_document
from shared.messaging.bus import Bus
from shared.messaging.housekeeping import EVERY, housekeeping
from shared.messaging.rabbit import RabbitBus
from shared.messaging.relay import OutboxRelay
from shared.messaging.worker import BackgroundWorker
from shared.persistence.app_role import grant
from shared.persistence.cursor_keys import SqlCursorKey
from shared.persistence.database import Database
from shared.persistence.migrations import expect_current
from shared.persistence.receipts import SqlReceipts
from shared.tasks import Supervisor, WakeUp, every
from shared.tokens import TokenVerifier
from shared.web.health import Check
from shared.web.service import build_app

PACKAGE = "members_service"
VERSION = "0.1.0"
TITLE = "Members"
DESCRIPTION = """Who may use the library, and who somebody is.

Members decides on *standing* (may this member borrow, and if not, why) and keeps the *accounts* with which people and
services sign in. Its access tokens are checked by every service with the public keys at `/.well-known/jwks.json`.
"""


_ROUTERS = (
    standing.router,
    members.router,
    memberships.router,
    memberships.categories,
    personal_data.router,
    blocks.router,
    second_factor.router,
    accounts.router,
    activation.router,
    resets.router,
    audit.router,
    authorize.router,
    tokens.router,
    revocations.router,
    sessions.router,
    discovery.router,
)
"""In this order, for paths with fixed words must be tried before those with an id in their place."""


def database_of(settings: BackgroundSettings) -> Database:
    """Return the service's own database, not yet connected."""
    map_model()
    return Database(
        settings.database_url, pool_size=settings.database_pool_size, name="members", ca_file=settings.tls_ca_file
    )


async def finish_migration(settings: BackgroundSettings, connection: AsyncConnection) -> None:
    """Say how long audit records are kept, and grant the role that serves what it needs; last in each migration."""
    await keep_records_for(connection, days=settings.audit_kept_days)
    await grant(connection, settings.database_app_role, RIGHTS)


def signing_keys_of(settings: Settings) -> SigningKeys:
    """Return the service's own keys, not yet read."""
    return SigningKeys(settings.signing_keys_file, make_missing=settings.make_signing_key, lead=settings.key_lead)


def data_keys_of(settings: BackgroundSettings) -> DataKeys:
    """Return the keys for personal data, not yet read."""
    return DataKeys(settings.data_keys_file, make_missing=settings.make_data_keys)


async def reencrypt(settings: BackgroundSettings) -> int:
    """Seal all personal data under the newest key; return how many rows were not."""
    keys = data_keys_of(settings)
    keys.load()
    database = database_of(settings)
    try:
        return await seal_everything(database, keys)
    finally:
        await database.dispose()


def create_app(
    settings: Settings,
    *,
    wake_up: WakeUp | None = None,
    password_cost: Argon2Cost | None = None,
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit."""
    database = database_of(settings)
    keys, data_keys = signing_keys_of(settings), data_keys_of(settings)
    passwords = Argon2Passwords(password_cost)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        keys.load()
        data_keys.load()
        supervisor = Supervisor()
        supervisor.start("signing keys", lambda: keys.watch(supervisor.stopping))
        try:
            yield
        finally:
            await supervisor.stop()
            passwords.close()
            await database.dispose()

    app = build_app(
        name="members",
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        settings=settings,
        root_path=settings.root_path,
        lifespan=lifespan,
        verifier=LiveSessions(TokenVerifier(keys, issuer=settings.auth_issuer), database),
        receipts=SqlReceipts(database, plumbing.receipts, secret=lambda: data_keys.secret("receipts")),
        cursor_key=SqlCursorKey(database, plumbing.cursor_keys),
        readiness=(Check("database", database.ping), Check("schema", lambda: expect_current(database, PACKAGE))),
        routers=_ROUTERS,
        access=ACCESS,
        scopes=ALL_SCOPES,
        service_scopes=SERVICE_SCOPES,
        asyncapi=asyncapi_document(title=TITLE, version=VERSION, publishes=SCHEMAS, reads=borrower_events.SCHEMAS),
        tags=_TAGS,
    )
    app.state.ports = ports_of(
        settings,
        database,
        keys=keys,
        data_keys=data_keys,
        passwords=passwords,
        clock=SystemClock(),
        wake_up=wake_up or WakeUp(),
    )
    app.state.published = _published(settings, keys)
    return app


def _published(settings: Settings, keys: SigningKeys) -> discovery.Published:
    return discovery.Published(
        issuer=settings.auth_issuer,
        address=(settings.auth_public_url or settings.root_path).rstrip("/"),
        password_grant=settings.password_grant_is_offered,
        scopes=tuple(ALL_SCOPES),
        keys=keys.jwks,
        keys_kept=settings.keys_kept,
    )


_TAGS = (
    {"name": "members", "description": "Memberships, and what they allow today."},
    {"name": "personal data", "description": "What is known of a person, and how it is erased."},
    {"name": "accounts", "description": "What signs in, and with which roles."},
    {"name": "audit", "description": "Who did what to whose access or data."},
    {"name": "tokens", "description": "Signing in (OAuth 2) and the keys to check tokens with."},
)


def ports_of(
    settings: Settings,
    database: Database,
    *,
    keys: SigningKeys,
    data_keys: DataKeys,
    passwords: Argon2Passwords,
    clock: Clock,
    wake_up: WakeUp,
) -> Ports:
    """Return everything that the use cases need."""

    def unit_of_work(receipt: Receipt | None) -> UnitOfWork:
        return SqlUnitOfWork(database, keys=data_keys, clock=clock, receipt=receipt, on_commit=wake_up.ring)

    return Ports(
        unit_of_work=unit_of_work,
        members=SqlMemberViews(database, data_keys),
        accounts=SqlAccountViews(database, data_keys),
        audit=SqlAuditViews(database),
        revocations=SqlRevocations(database),
        sessions=SqlSessionViews(database),
        second_factor=SecondFactorPorts(
            PyotpAuthenticator(), settings.require_second_factor, lambda: data_keys.secret("sign-in steps")
        ),
        throttle=SqlSignInThrottle(database, data_keys),
        passwords=passwords,
        password_rules=password_rules(),
        tokens=SignedAccessTokens(keys, issuer=settings.auth_issuer),
        refresh_tokens=TaggedRefreshTokens(data_keys),
        clients={name: _client(name, one) for name, one in settings.clients.items() if not one.redirect_uris},
        public_clients=_public_clients(settings),
        assertions=SqlAssertions(database, {name: one.jwk for name, one in settings.clients.items() if one.jwk}),
        password_grant=settings.password_grant_is_offered,
        categories=read_categories(),
        records=SqlPersonalRecords(database, data_keys),
        secret_generator=OsSecretGenerator(),
        clock=clock,
        zone=ZoneInfo(settings.library_timezone),
    )


def _client(name: str, registered: RegisteredClient) -> ServiceClient:
    secret = registered.secret
    kept = digest(secret.get_secret_value()) if secret else registered.digest()
    return ServiceClient(name, kept, registered.scopes)


def _public_clients(settings: Settings) -> dict[str, PublicClient]:
    redirects = {SWAGGER: settings.documentation_pages}
    redirects |= {name: frozenset(one.redirect_uris) for name, one in settings.clients.items() if one.redirect_uris}
    return {name: PublicClient(name, theirs) for name, theirs in redirects.items()}


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Ports]:
    """Give the use cases everything they need outside of the web: for commands, and for demo data."""
    database = database_of(settings)
    passwords = Argon2Passwords()
    try:
        yield ports_of(
            settings,
            database,
            keys=signing_keys_of(settings),
            data_keys=data_keys_of(settings),
            passwords=passwords,
            clock=SystemClock(),
            wake_up=WakeUp(),
        )
    finally:
        passwords.close()
        await database.dispose()


def create_worker(
    settings: BackgroundSettings, *, bus: Bus | None = None, wake_up: WakeUp | None = None
) -> BackgroundWorker:
    """Return the background side: relay, listener, hourly tidying. `bus` is the broker's unless one is handed in.

    Raises ConfigurationError without the keys for personal data, which erasing needs.
    """
    database, data_keys = database_of(settings), data_keys_of(settings)
    data_keys.load()
    clock = SystemClock()
    bell = wake_up or WakeUp()
    carrier = bus or RabbitBus(settings.rabbitmq_url or "", ca_file=settings.tls_ca_file)
    relay = OutboxRelay(
        database, plumbing.outbox, carrier.publisher(), source="/members", must_arrive=MUST_ARRIVE, wake_up=bell
    )

    def unit_of_work(receipt: Receipt | None) -> UnitOfWork:
        return SqlUnitOfWork(database, keys=data_keys, clock=clock, receipt=receipt, on_commit=bell.ring)

    farewells = borrower_events.farewell_listener(unit_of_work, clock)
    tidy = housekeeping(database, plumbing, clock)

    async def tidy_everything() -> None:
        await tidy()
        async with database.session() as session, session.begin():
            await forget_what_is_over(session, now=clock.now())
        await remove_expired_records(database)
        await database.empty_log()  # an erasure may have met a reader that kept it from doing so

    return BackgroundWorker(
        service="members",
        jobs={
            "relay": relay.run,
            "farewells": lambda stop: carrier.listen(farewells, stop),
            "housekeeping": lambda stop: every(EVERY, tidy_everything, stop=stop),
        },
        close=database.dispose,
    )

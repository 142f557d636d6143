"""Chooses and wires: which database, which neighbours, which bus. Nothing connects before the application starts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from loans_service.adapters.books_over_http import BooksOverHttp
from loans_service.adapters.consistency.sql_circulation import SqlCirculation
from loans_service.adapters.fines.sql_fines import SqlFineViews
from loans_service.adapters.holds.sql_hold_views import SqlHoldViews
from loans_service.adapters.lending.circulation_metrics import measure
from loans_service.adapters.lending.sql_accounts import SqlAccounts
from loans_service.adapters.lending.sql_due_items import SqlDueItems
from loans_service.adapters.lending.sql_loans import SqlLoanViews
from loans_service.adapters.lending.sql_sweep_queries import SqlSweepQueries
from loans_service.adapters.loan_messages import MUST_ARRIVE, SCHEMAS
from loans_service.adapters.members_over_http import MembersOverHttp
from loans_service.adapters.own_token import OwnToken
from loans_service.adapters.rules.public_holidays import public_holidays
from loans_service.adapters.rules.sql_past_loans import SqlPastLoans
from loans_service.adapters.rules.sql_rulebook import RulesCache, SqlRuleViews
from loans_service.adapters.sql_rights import RIGHTS
from loans_service.adapters.sql_tables import map_model, plumbing
from loans_service.adapters.sql_unit_of_work import SqlUnitOfWork
from loans_service.api.access import ACCESS, SCOPES
from loans_service.api.consistency import consistency
from loans_service.api.fines import fines
from loans_service.api.holds import hold_queues, holds
from loans_service.api.lending import borrowers, bulk, closings, decisions, loan_acts, loans, returns
from loans_service.api.privacy import exports, history_choices
from loans_service.api.rules import calendars, policies, simulations
from loans_service.application.lending.sweep import Swept, sweep
from loans_service.application.ports import Ports, UnitOfWork
from loans_service.application.privacy.clear_borrower import clear_borrowers
from loans_service.listeners import member_events
from loans_service.settings import BackgroundSettings, Settings
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.receipts import Receipt
from shared.messaging.asyncapi import asyncapi_document
from shared.messaging.bus import Bus
from shared.messaging.housekeeping import EVERY, housekeeping
from shared.messaging.rabbit import RabbitBus
from shared.messaging.relay import OutboxRelay
from shared.messaging.worker import BackgroundWorker
from shared.outgoing_http import NeighbourClient, TokenIssuer, neighbour_client
from shared.persistence.app_role import grant
from shared.persistence.cursor_keys import SqlCursorKey
from shared.persistence.database import Database
from shared.persistence.migrations import expect_current
from shared.persistence.receipts import SqlReceipts
from shared.tasks import Supervisor, WakeUp, every
from shared.tokens import KeyTable, TokenVerifier
from shared.web.health import Check
from shared.web.service import build_app

_log = structlog.get_logger(__name__)

PACKAGE = "loans_service"
VERSION = "0.1.0"
TITLE = "Loans"
DESCRIPTION = """Who has what until when.

A *loan* is one copy lent to one member until a due date. A check-out asks books whether the copy may be lent, and
members whether the member may borrow; a return needs neither. Every refusal has a stable code, and a request that is
refused is told all of them at once.
"""

_LETS_GO_EVERY = 2.0  # seconds; finds those whose last loan was closed meanwhile, by whatever act

_SWEEPS_EVERY = 300.0  # seconds
_MEASURES_EVERY = 15.0  # seconds

_LONG_BODIES = (  # many lines, tables and queues; they may have 1 MiB
    "/v1/loans/bulk",
    "/v1/returns/bulk",
    "/v1/hold-queues",
    "/v1/policies",
    "/v1/calendars",
)
_TAGS = (
    {"name": "loans", "description": "Check out, and look loans up."},
    {"name": "returns", "description": "Take copies back."},
    {"name": "holds", "description": "Wait for a book: queues, hold shelves, and what the desk has to fetch."},
    {"name": "fines", "description": "What is owed, paid and forgiven."},
    {"name": "borrowers", "description": "What lending knows of a person."},
    {"name": "policies", "description": "For how long and how often, to whom, and what lateness costs: a table."},
    {"name": "calendars", "description": "When each branch is open."},
    {"name": "consistency", "description": "Whether the catalogue shows what lending knows."},
)


def database_of(settings: BackgroundSettings) -> Database:
    """Return the service's own database, not yet connected."""
    map_model()
    return Database(
        settings.database_url, pool_size=settings.database_pool_size, name="loans", ca_file=settings.tls_ca_file
    )


async def finish_migration(settings: BackgroundSettings, connection: AsyncConnection) -> None:
    """Grant the role that serves what it needs; the last step of each migration."""
    await grant(connection, settings.database_app_role, RIGHTS)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The clients of the other two services."""

    books: NeighbourClient
    members: NeighbourClient

    @classmethod
    def of(cls, settings: Settings) -> "Neighbours":
        """Make both clients, once per process."""
        return cls(
            books=neighbour_client(
                base_url=settings.books_url,
                neighbour="books",
                service="loans",
                attempt_timeout=0.5,
                ca_file=settings.tls_ca_file,
            ),
            members=neighbour_client(
                base_url=settings.members_url, neighbour="members", service="loans", ca_file=settings.tls_ca_file
            ),
        )

    async def aclose(self) -> None:
        """Close both."""
        await self.books.aclose()
        await self.members.aclose()


def create_app(settings: Settings, *, wake_up: WakeUp | None = None, keys: KeyTable | None = None) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit."""
    database = database_of(settings)
    neighbours = Neighbours.of(settings)
    clock = SystemClock()
    issuer = TokenIssuer(neighbours.members, settings.auth_jwks_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        supervisor = Supervisor()
        if keys is None:
            supervisor.start("revocations", lambda: issuer.follow(settings.auth_revocations_every, supervisor.stopping))
        try:
            yield
        finally:
            await supervisor.stop()
            await neighbours.aclose()
            await database.dispose()

    app = build_app(
        name="loans",
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        settings=settings,
        root_path=settings.root_path,
        lifespan=lifespan,
        verifier=TokenVerifier(keys or issuer.keys, issuer=settings.auth_issuer, revoked=issuer.revoked),
        receipts=SqlReceipts(database, plumbing.receipts),
        cursor_key=SqlCursorKey(database, plumbing.cursor_keys),
        readiness=(
            Check("database", database.ping),
            Check("schema", lambda: expect_current(database, PACKAGE)),
            *(() if keys else (Check("keys", issuer.keys.load),)),
        ),
        routers=(  # in the order in which the documents show them
            loans.router,
            decisions.router,
            bulk.router,
            loan_acts.router,
            returns.router,
            hold_queues.router,  # before the route that takes any word for the id of a hold
            holds.router,
            fines.router,
            borrowers.router,
            history_choices.router,
            exports.router,
            policies.router,
            simulations.router,
            calendars.router,
            closings.router,
            consistency.router,
        ),
        access=ACCESS,
        scopes=SCOPES,
        asyncapi=asyncapi_document(title=TITLE, version=VERSION, publishes=SCHEMAS, reads=member_events.SCHEMAS),
        tags=_TAGS,
        body_limits=dict.fromkeys(_LONG_BODIES, 2**20),
    )
    app.state.ports = _ports(settings, database, neighbours, clock, wake_up or WakeUp())
    return app


def _ports(settings: Settings, database: Database, neighbours: Neighbours, clock: Clock, wake_up: WakeUp) -> Ports:
    token = OwnToken(
        neighbours.members, client_id=settings.client_id, client_secret=settings.client_secret.get_secret_value()
    )

    rules = _rules(settings)

    def unit_of_work(receipt: Receipt | None = None, *, by: str = "system") -> UnitOfWork:
        notify = wake_up.notify
        return SqlUnitOfWork(database, rules=rules, clock=clock, receipt=receipt, on_commit=notify, by=by)

    return Ports(
        unit_of_work=unit_of_work,
        views=SqlLoanViews(database),
        rules=SqlRuleViews(database, rules),
        past=SqlPastLoans(database),
        due_items=SqlDueItems(database),
        holds=SqlHoldViews(database),
        fines=SqlFineViews(database),
        accounts=SqlAccounts(database),
        circulation=SqlCirculation(database),
        catalogue=BooksOverHttp(neighbours.books, token),
        members=MembersOverHttp(neighbours.members, token),
        clock=clock,
        zone=ZoneInfo(settings.library_timezone),
        currency=settings.library_currency,
        holidays_of=public_holidays,
    )


def _rules(settings: BackgroundSettings) -> RulesCache:
    zone = ZoneInfo(settings.library_timezone)
    return RulesCache(currency=settings.library_currency, zone=zone, holidays_of=public_holidays)


async def swept(
    settings: BackgroundSettings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    on_commit: Callable[[], None] = lambda: None,
) -> Swept:
    """Do the timed work once, as of `clock`; on a database of its own if none is handed in, which is closed again."""
    own = None if database else database_of(settings)
    used = database or own or database_of(settings)
    rules, time = _rules(settings), clock or SystemClock()

    def unit_of_work(receipt: Receipt | None = None, *, by: str = "") -> UnitOfWork:
        return SqlUnitOfWork(used, rules=rules, clock=time, receipt=receipt, on_commit=on_commit, by=by)

    def tell(record: UUID, error: Exception) -> None:
        _log.error("a record could not be swept", record=str(record), exc_info=error)

    try:
        done = await sweep(
            SqlSweepQueries(used), unit_of_work=unit_of_work, holds=SqlHoldViews(used), clock=time, tell=tell
        )
    finally:
        if own is not None:
            await own.dispose()
    if done != Swept():
        _log.info("swept", **asdict(done))
    return done


def create_worker(
    settings: BackgroundSettings, *, bus: Bus | None = None, wake_up: WakeUp | None = None
) -> BackgroundWorker:
    """Return the background side: relay, listener and timed jobs. `bus` is the broker's unless one is handed in."""
    database = database_of(settings)
    carrier = bus or RabbitBus(settings.rabbitmq_url or "", ca_file=settings.tls_ca_file)
    wake_up, clock, rules = wake_up or WakeUp(), SystemClock(), _rules(settings)
    relay = OutboxRelay(
        database,
        plumbing.outbox,
        carrier.publisher(),
        source="/loans",
        must_arrive=MUST_ARRIVE,
        wake_up=wake_up,
    )

    def unit_of_work() -> UnitOfWork:
        return SqlUnitOfWork(database, rules=rules, clock=clock, receipt=None, on_commit=wake_up.notify)

    async def erasure_requests() -> None:
        await clear_borrowers(unit_of_work, clock)

    async def gauges() -> None:
        await measure(database, now=clock.now())

    listener = member_events.leaving_listener(unit_of_work, clock)
    tidy = housekeeping(database, plumbing, clock)
    return BackgroundWorker(
        service="loans",
        jobs={
            "relay": relay.run,
            "members": lambda stop: carrier.listen(listener, stop),
            "erasure_requests": lambda stop: every(
                _LETS_GO_EVERY, erasure_requests, stop=stop, name="erasure_requests"
            ),
            "sweep": lambda stop: every(
                _SWEEPS_EVERY,
                lambda: swept(settings, database=database, on_commit=wake_up.notify),
                stop=stop,
                name="sweep",
            ),
            "gauges": lambda stop: every(_MEASURES_EVERY, gauges, stop=stop, name="gauges"),
            "housekeeping": lambda stop: every(EVERY, tidy, stop=stop, name="housekeeping"),
        },
        close=database.dispose,
    )

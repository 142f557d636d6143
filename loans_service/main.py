"""Chooses and wires: which database, which neighbours, which bus. Nothing connects before the application starts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from loans_service.adapters.books_over_http import BooksOverHttp
from loans_service.adapters.consistency.sql_circulation import SqlCirculation
from loans_service.adapters.fines.sql_fines import SqlFineViews
from loans_service.adapters.holds.sql_hold_views import SqlHoldViews
from loans_service.adapters.holds.sql_retarget_requests import SqlDueRequests
from loans_service.adapters.holds.stock_over_http import StockOverHttp
from loans_service.adapters.lending.circulation_metrics import measure
from loans_service.adapters.lending.logged_sweep import logged_sweep, tell_of_book
from loans_service.adapters.lending.sql_accounts import SqlAccounts
from loans_service.adapters.lending.sql_due_items import SqlDueItems
from loans_service.adapters.lending.sql_loans import SqlLoanViews
from loans_service.adapters.lending.sql_renewals import SqlRenewalViews
from loans_service.adapters.loan_messages import MUST_ARRIVE, SCHEMAS
from loans_service.adapters.members_over_http import MembersOverHttp
from loans_service.adapters.neighbours import Neighbours
from loans_service.adapters.own_token import OwnToken
from loans_service.adapters.rules.public_holidays import public_holidays
from loans_service.adapters.rules.sql_past_loans import SqlPastLoans
from loans_service.adapters.rules.sql_rulebook import RulesCache, SqlRuleViews
from loans_service.adapters.sql_rights import RIGHTS
from loans_service.adapters.sql_tables import plumbing
from loans_service.adapters.sql_unit_of_work import SqlUnitOfWork
from loans_service.api.access import ACCESS, SCOPES
from loans_service.api.routes import BODY_LIMITS, DESCRIPTION, ROUTERS, TAGS, TITLE
from loans_service.application.consistency.compare_all import CompareAll, Compared
from loans_service.application.holds.choose_targets import ChooseTargets
from loans_service.application.holds.join_queues import JoinQueues
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.application.lending.sweep import Swept
from loans_service.application.moving_in.take_in import TakeIn
from loans_service.application.ports import SYSTEM, OpensWork, Ports, UnitOfWork
from loans_service.application.privacy.clear_borrower import ClearBorrowers, NoteLeaving
from loans_service.application.privacy.follow_member import FollowHistoryChoice, JoinBorrowers
from loans_service.application.rules.note_zones import NoteZones
from loans_service.listeners import copy_events, member_events
from loans_service.settings import BackgroundSettings, Settings, WorkerSettings
from loans_service.wiring import bind, clear_borrower_of, consistency_of, moving_in_of, sweep_of, take_in_of
from shared import service
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.imports import ForgetImports
from shared.kernel.receipts import Receipt
from shared.messaging.bus import Bus
from shared.messaging.worker import BackgroundWorker
from shared.persistence.database import Database
from shared.persistence.migrating.schema import expect_current
from shared.service import Service, TimedJob
from shared.tasks import WakeUp, work_off
from shared.tokens import KeyTable

SERVICE = Service(
    name="loans",
    package="loans_service",
    version="0.1.0",
    title=TITLE,
    description=DESCRIPTION,
    tables=plumbing,
    rights=RIGHTS,
    routers=ROUTERS,
    access=ACCESS,
    scopes=SCOPES,
    tags=TAGS,
    body_limits=BODY_LIMITS,
    publishes=SCHEMAS,
    must_arrive=MUST_ARRIVE,
    reads=member_events.SCHEMAS | copy_events.SCHEMAS,
)

_CLEARS_BORROWERS_EVERY = 2.0  # seconds; finds those whose last loan was closed meanwhile, by whatever act
_CHOOSES_TARGETS_EVERY = 1.0  # seconds; whoever can be served waits no longer than five
_SWEEPS_EVERY = 300.0
_LEARNS_ZONES_EVERY = 60.0
_MEASURES_EVERY = 15.0

database_of = partial(service.database_of, SERVICE)
finish_migration = partial(service.grant_rights, SERVICE)


def _rules_of(settings: BackgroundSettings) -> RulesCache:
    zone = ZoneInfo(settings.library_timezone)
    return RulesCache(currency=settings.library_currency, zone=zone, holidays_of=public_holidays)


def _units_of_work(database: Database, rules: RulesCache, clock: Clock, wake_up: WakeUp) -> OpensWork:
    def unit_of_work(receipt: Receipt | None = None, *, by: str = SYSTEM) -> UnitOfWork:
        return SqlUnitOfWork(database, rules=rules, clock=clock, receipt=receipt, on_commit=wake_up.notify, by=by)

    return unit_of_work


def _neighbours_of(settings: WorkerSettings) -> Neighbours:
    return Neighbours.at(settings.books_url, settings.members_url, ca_file=settings.tls_ca_file)


def _ports_of(settings: WorkerSettings, database: Database, neighbours: Neighbours, wake_up: WakeUp) -> Ports:
    """Return everything that the use cases need."""
    secret = settings.client_secret.get_secret_value()
    token = OwnToken(neighbours.members, client_id=settings.client_id, client_secret=secret)
    rules, clock = _rules_of(settings), SystemClock()
    books, members = BooksOverHttp(neighbours.books, token), MembersOverHttp(neighbours.members, token)
    return Ports(
        unit_of_work=_units_of_work(database, rules, clock, wake_up),
        views=SqlLoanViews(database),
        rules=SqlRuleViews(database, rules),
        past=SqlPastLoans(database),
        due_items=SqlDueItems(database),
        holds=SqlHoldViews(database),
        fines=SqlFineViews(database),
        accounts=SqlAccounts(database),
        renewals=SqlRenewalViews(database),
        circulation=SqlCirculation(database),
        catalogue=books,
        stock=StockOverHttp(neighbours.books, token),
        shown=books,
        branches=books,
        members=members,
        titles=books,
        categories=members,
        guardians=members,
        clock=clock,
        currency=settings.library_currency,
        holidays_of=public_holidays,
    )


def create_app(
    settings: Settings,
    *,
    wake_up: WakeUp | None = None,
    keys: KeyTable | None = None,
    database: Database | None = None,
) -> FastAPI:
    """Return the application. `wake_up` wakes a relay of the same process after each commit.

    Where there is no broker there may be no worker either: then the application works on imports itself. The `database`
    is that of the settings unless one is handed in.
    """
    database, neighbours, wake_up = database or database_of(settings), _neighbours_of(settings), wake_up or WakeUp()
    ports = _ports_of(settings, database, neighbours, wake_up)
    moving_in = moving_in_of(database, take_in_of(ports), ports.clock, wake_up.notify)
    app = service.create_app(
        SERVICE,
        settings,
        root_path=settings.root_path,
        database=database,
        tokens=service.checked_with_issuer(neighbours.members, settings, keys=keys),
        resources=lambda: aclosing(neighbours),
        tasks={} if settings.rabbitmq_url else {"imports": partial(work_off, moving_in.run_import)},
    )
    bind(app, ports)
    app.state.moving_in = moving_in
    return app


@asynccontextmanager
async def taking_in(settings: WorkerSettings) -> AsyncIterator[Mapping[str, TakeIn[Any, Any]]]:
    """Give what takes in the records of another system, outside of the web."""
    neighbours = _neighbours_of(settings)
    async with service.opened_database(SERVICE, settings) as database, aclosing(neighbours):
        await expect_current(database, SERVICE.package)
        yield take_in_of(_ports_of(settings, database, neighbours, WakeUp()))


async def swept(settings: BackgroundSettings, *, clock: Clock) -> Swept:
    """Do the timed work once, as of `clock`."""
    async with service.opened_database(SERVICE, settings) as database:
        unit_of_work = _units_of_work(database, _rules_of(settings), clock, WakeUp())
        return await logged_sweep(sweep_of(database, unit_of_work, clock, kept_days=settings.kept_days))


async def compared(settings: WorkerSettings, *, repair: bool) -> Compared:
    """Compare what books shows of copies with what lending knows."""
    neighbours = _neighbours_of(settings)
    async with service.opened_database(SERVICE, settings) as database, aclosing(neighbours):
        ports = _ports_of(settings, database, neighbours, WakeUp())
        return await CompareAll(consistency_of(ports))(repair=repair)


def create_worker(
    settings: WorkerSettings, *, bus: Bus | None = None, wake_up: WakeUp | None = None
) -> BackgroundWorker:
    """Return the background side: relay, listener, timed jobs, and imports unless the application does them.

    `bus` is the broker's unless one is handed in.
    """
    database, neighbours, wake_up = database_of(settings), _neighbours_of(settings), wake_up or WakeUp()
    ports = _ports_of(settings, database, neighbours, wake_up)
    unit_of_work, clock = ports.unit_of_work, ports.clock
    choose_targets = ChooseTargets(unit_of_work, SqlDueRequests(database), ports.stock, clock, tell_of_book)
    clear_borrower = clear_borrower_of(database, unit_of_work, clock)
    sweep = sweep_of(database, unit_of_work, clock, ports.members, kept_days=settings.kept_days)
    run_import = moving_in_of(database, take_in_of(ports), clock, wake_up.notify).run_import
    return service.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={
            "members": member_events.members_listener(
                NoteLeaving(unit_of_work, clear_borrower),
                JoinBorrowers(unit_of_work, clear_borrower.cancel_hold),
                FollowHistoryChoice(unit_of_work, clock),
            ),
            "copies": copy_events.copies_listener(
                NoteCopyReport(unit_of_work, clock),
                CorrectTitle(unit_of_work, ports.stock),
                JoinQueues(unit_of_work, clock),
            ),
        },
        timed={
            "erasure_requests": TimedJob(_CLEARS_BORROWERS_EVERY, ClearBorrowers(unit_of_work, clear_borrower)),
            "zones": TimedJob(_LEARNS_ZONES_EVERY, NoteZones(unit_of_work, ports.branches)),
            "targets": TimedJob(_CHOOSES_TARGETS_EVERY, choose_targets),
            "sweep": TimedJob(_SWEEPS_EVERY, partial(logged_sweep, sweep)),
            "gauges": TimedJob(_MEASURES_EVERY, lambda: measure(database, now=clock.now())),
        },
        tidy=[ForgetImports(run_import.jobs, clock, timedelta(days=settings.imports_kept_days))],
        jobs={"imports": partial(work_off, run_import)} if settings.rabbitmq_url else {},
        close=neighbours.aclose,
    )

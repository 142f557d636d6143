"""Puts the background side together. Nothing connects before it runs."""

from datetime import timedelta
from functools import partial

from books_service.application.use_cases import UseCases
from books_service.listeners import loan_events
from books_service.settings import Settings
from books_service.wiring.ports import ports_of, stock_photographs_of
from books_service.wiring.service import SERVICE, database_of
from shared.kernel.clock import SystemClock
from shared.kernel.imports import ForgetImports
from shared.messaging.bus import Bus
from shared.messaging.worker import BackgroundWorker
from shared.service import worker
from shared.service.worker import TimedJob
from shared.tasks import WakeUp, work_off

_MOVES_COPIES_EVERY = 20.0  # seconds
_EXPECTS_ISSUES_EVERY = 600.0
_JOINS_BOOKS_EVERY = 600.0
_PHOTOGRAPHS_EVERY = 3_600.0


def create_worker(settings: Settings, *, bus: Bus | None = None, wake_up: WakeUp | None = None) -> BackgroundWorker:
    """Return the background side: relay, listener, timed work, headings, imports unless the application does them.

    `bus` is the broker's unless one is handed in.
    """
    database, clock, wake_up = database_of(settings), SystemClock(), wake_up or WakeUp()
    use_cases = UseCases(ports_of(settings, database, clock=clock, wake_up=wake_up))
    stock, serials, exchange = use_cases.stock, use_cases.serials, use_cases.exchange
    jobs = {"headings": partial(work_off, use_cases.authorities.correct_books)}
    if settings.imports_in == "relay":
        jobs["imports"] = partial(work_off, exchange.run_import)
    return worker.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={"circulation": loan_events.circulation_listener(stock.follow_circulation)},
        timed={
            "temporary_places": TimedJob(_MOVES_COPIES_EVERY, stock.end_temporary_places),
            "closed_branches": TimedJob(_MOVES_COPIES_EVERY, stock.empty_closed_branches),
            "stock": TimedJob(_PHOTOGRAPHS_EVERY, stock_photographs_of(settings, database, clock)),
            "sought_books": TimedJob(_JOINS_BOOKS_EVERY, exchange.join_books),
            "expected_issues": TimedJob(_EXPECTS_ISSUES_EVERY, serials.expect_issues),
        },
        tidy=[ForgetImports(exchange.imports, clock, timedelta(days=settings.imports_kept_days))],
        jobs=jobs,
    )

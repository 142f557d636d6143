"""Puts the background side together. Nothing connects before it runs."""

from datetime import timedelta
from functools import partial

from sqlalchemy import delete

from members_service.adapters.notices.notice_metrics import measure_notices
from members_service.application.use_cases import BackgroundUseCases
from members_service.listeners import borrower_events, loan_events
from members_service.persistence.audit import remove_expired_records
from members_service.persistence.identity.attempts import forget_what_is_over
from members_service.persistence.membership.applications import is_over
from members_service.persistence.membership.tables import applications
from members_service.settings import WorkerSettings
from members_service.wiring.lending import Lending, lending_of
from members_service.wiring.neighbours import branches_of, neighbours_of
from members_service.wiring.notices import NoticeJobs, notice_jobs_of
from members_service.wiring.ports import background_ports_of, data_keys_of, member_photographs_of
from members_service.wiring.service import SERVICE, database_of
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.imports import ForgetImports
from shared.messaging.bus import Bus
from shared.messaging.worker import BackgroundWorker
from shared.outgoing_http import NeighbourClient, Transports
from shared.persistence.database import Database
from shared.service import worker
from shared.tasks import WakeUp, work_off


def create_worker(
    settings: WorkerSettings,
    *,
    bus: Bus | None = None,
    wake_up: WakeUp | None = None,
    transports: Transports | None = None,
) -> BackgroundWorker:
    """Return the background side: relay, listener, hourly tidying, and imports unless the application does them.

    `bus` is the broker's unless one is handed in. `transports` lead to neighbours that are in the same process.

    Raises ConfigurationError without the keys for personal data, which erasing needs.
    """
    database, data_keys = database_of(settings), data_keys_of(settings)
    data_keys.load()
    clock, wake_up, books = SystemClock(), wake_up or WakeUp(), neighbours_of(settings, transports)
    branches = branches_of(books)
    lending = lending_of(settings, transports)
    ports = background_ports_of(
        settings, database, branches, lending.port, data_keys=data_keys, clock=clock, wake_up=wake_up
    )
    use_cases = BackgroundUseCases(ports)
    notices = notice_jobs_of(
        settings, database, books, lending=lending.port, data_keys=data_keys, clock=clock, wake_up=wake_up
    )
    moving_in, privacy = use_cases.moving_in, use_cases.privacy
    return worker.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={
            "farewells": borrower_events.erasure_listener(privacy.erase_member),
            "notices": loan_events.notice_listener(notices.note, notices.hear),
        },
        tidy=[
            partial(_forget_what_has_expired, database, clock),
            ForgetImports(moving_in.imports, clock, timedelta(days=settings.imports_kept_days)),
            privacy.erase_expired,
            member_photographs_of(settings, database, data_keys, clock),
            use_cases.tidying.end_guardianships,
            use_cases.tidying.leave_closed_branches,
            notices.forget,
        ],
        timed=notices.timed(lambda: measure_notices(database, now=clock.now())),
        jobs=notices.jobs
        | ({"imports": partial(work_off, moving_in.run_import)} if settings.imports_in == "relay" else {}),
        close=partial(_close, notices, lending, books),
    )


async def _close(notices: NoticeJobs, lending: Lending, books: NeighbourClient) -> None:
    await notices.aclose()
    await lending.aclose()
    await books.aclose()


async def _forget_what_has_expired(database: Database, clock: Clock) -> None:
    """Delete what has expired: tries, what is left of sign-ins, applications, and audit records."""
    async with database.begin() as transaction:
        await forget_what_is_over(transaction, now=clock.now())
        await transaction.run(delete(applications).where(is_over(clock.now())))
        await transaction.commit()
    await remove_expired_records(database)
    await database.empty_log()  # an erasure may have met a reader that kept it from doing so

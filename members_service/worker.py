"""Puts the background side together. Nothing connects before it runs."""

from datetime import timedelta
from functools import partial

from members_service.adapters.keyed_pins import KeyedPins
from members_service.application.privacy.erase_member import EraseMember
from members_service.listeners import borrower_events
from members_service.persistence.audit import remove_expired_records
from members_service.persistence.identity.attempts import forget_what_is_over
from members_service.settings import WorkerSettings
from members_service.wiring.membership import end_guardianships_of, import_jobs_of, run_import_of
from members_service.wiring.neighbours import books_of, branches_of
from members_service.wiring.privacy import erase_expired_of
from members_service.wiring.resources import Opened, data_keys_of
from members_service.wiring.service import SERVICE, database_of
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.imports import ForgetImports
from shared.messaging.bus import Bus
from shared.messaging.worker import BackgroundWorker
from shared.outgoing_http import Transports
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
    clock, wake_up, books = SystemClock(), wake_up or WakeUp(), books_of(settings, transports)
    background = Opened(
        settings=settings,
        database=database,
        data_keys=data_keys,
        pins=KeyedPins(data_keys),
        branches=branches_of(books),
        wake_up=wake_up,
        clock=clock,
    )
    erase_member = EraseMember(background.unit_of_work, clock)
    imports = partial(work_off, run_import_of(background))
    forget_imports = ForgetImports(import_jobs_of(background), clock, timedelta(days=settings.imports_kept_days))
    return worker.create_worker(
        SERVICE,
        settings,
        database=database,
        clock=clock,
        wake_up=wake_up,
        bus=bus,
        listeners={"farewells": borrower_events.erasure_listener(erase_member)},
        tidy=[
            partial(_forget_what_has_expired, database, clock),
            forget_imports,
            erase_expired_of(background),
            end_guardianships_of(background),
        ],
        jobs={"imports": imports} if settings.imports_in == "relay" else {},
        close=books.aclose,
    )


async def _forget_what_has_expired(database: Database, clock: Clock) -> None:
    """Delete what has expired: tries, what is left of sign-ins, and audit records."""
    async with database.begin() as transaction:
        await forget_what_is_over(transaction, now=clock.now())
        await transaction.commit()
    await remove_expired_records(database)
    await database.empty_log()  # an erasure may have met a reader that kept it from doing so

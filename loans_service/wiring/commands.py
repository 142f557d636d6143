"""What commands do, outside of the web."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from loans_service.adapters.lending.logged_sweep import log_sweep_failure, logged_sweep
from loans_service.application.consistency.compare_all import Compared
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.sweep import SweepQueries
from loans_service.application.lending.sweep import Sweep, Swept
from loans_service.application.use_cases import UseCases
from loans_service.domain.privacy.retention import Retention
from loans_service.persistence.lending.forgetting import Forgetting
from loans_service.settings import BackgroundSettings, WorkerSettings
from loans_service.wiring.neighbours import neighbours_of
from loans_service.wiring.ports import ports_of, rules_cache_of, unit_of_work_factory
from loans_service.wiring.service import SERVICE
from shared.kernel.clock import Clock, SystemClock
from shared.persistence.migrating.schema import expect_current
from shared.service import opened_database
from shared.tasks import WakeUp


@asynccontextmanager
async def opened(settings: WorkerSettings) -> AsyncIterator[UseCases]:
    """Give the use cases for as long as something is done with them."""
    neighbours = neighbours_of(settings)
    async with opened_database(SERVICE, settings) as database, aclosing(neighbours):
        await expect_current(database, SERVICE.package)
        yield UseCases(ports_of(settings, database, neighbours, clock=SystemClock(), wake_up=WakeUp()))


async def swept(settings: BackgroundSettings, *, clock: Clock) -> Swept:
    """Do the timed work once, as of `clock`; without neighbours, so that no loan renews itself."""
    async with opened_database(SERVICE, settings) as database:
        unit_of_work = unit_of_work_factory(database, rules_cache_of(settings, clock), clock, WakeUp())
        queries, forgetting, holds = SweepQueries(database), Forgetting(database), HoldQueries(database)
        retention = Retention(settings.kept_days)
        return await logged_sweep(Sweep(queries, forgetting, unit_of_work, holds, clock, log_sweep_failure, retention))


async def compared(settings: WorkerSettings, *, repair: bool) -> Compared:
    """Compare what books shows of copies with what lending knows."""
    async with opened(settings) as use_cases:
        return await use_cases.consistency.compare_all(repair=repair)

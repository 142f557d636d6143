"""What commands do, outside of the web."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from loans_service.adapters.lending.logged_sweep import logged_sweep
from loans_service.application.consistency.check_consistency import ConsistencyUseCases
from loans_service.application.consistency.compare_all import CompareAll, Compared
from loans_service.application.lending.sweep import Swept
from loans_service.application.moving_in.take_in import TakeIn
from loans_service.application.moving_in.use_cases import take_in_of
from loans_service.settings import BackgroundSettings, WorkerSettings
from loans_service.wiring.ports import neighbours_of, ports_of, rules_cache_of, units_of_work
from loans_service.wiring.service import SERVICE
from loans_service.wiring.use_cases import sweep_of
from shared.kernel.clock import Clock
from shared.persistence.migrating.schema import expect_current
from shared.service import opened_database
from shared.tasks import WakeUp


@asynccontextmanager
async def taking_in(settings: WorkerSettings) -> AsyncIterator[Mapping[str, TakeIn[Any, Any]]]:
    """Give what takes in the records of another system, outside of the web."""
    neighbours = neighbours_of(settings)
    async with opened_database(SERVICE, settings) as database, aclosing(neighbours):
        await expect_current(database, SERVICE.package)
        yield take_in_of(ports_of(settings, database, neighbours, WakeUp()))


async def swept(settings: BackgroundSettings, *, clock: Clock) -> Swept:
    """Do the timed work once, as of `clock`."""
    async with opened_database(SERVICE, settings) as database:
        unit_of_work = units_of_work(database, rules_cache_of(settings), clock, WakeUp())
        return await logged_sweep(sweep_of(database, unit_of_work, clock, kept_days=settings.kept_days))


async def compared(settings: WorkerSettings, *, repair: bool) -> Compared:
    """Compare what books shows of copies with what lending knows."""
    neighbours = neighbours_of(settings)
    async with opened_database(SERVICE, settings) as database, aclosing(neighbours):
        ports = ports_of(settings, database, neighbours, WakeUp())
        return await CompareAll(ConsistencyUseCases(ports))(repair=repair)

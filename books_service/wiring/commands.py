"""What commands and demo data are given, outside of the web."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from books_service.application.use_cases import UseCases
from books_service.settings import Settings
from books_service.wiring.ports import ports_of
from books_service.wiring.service import SERVICE
from shared.kernel.clock import SystemClock
from shared.persistence.migrating.schema import expect_current
from shared.service import opened_database
from shared.tasks import WakeUp


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[UseCases]:
    """Give the use cases for as long as something is done with them."""
    async with opened_database(SERVICE, settings) as database:
        await expect_current(database, SERVICE.package)
        yield UseCases(ports_of(settings, database, clock=SystemClock(), wake_up=WakeUp()))

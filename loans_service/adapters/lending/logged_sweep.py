"""The timed work on the database, told in the log."""

from dataclasses import asdict
from uuid import UUID

import structlog

from loans_service.adapters.holds.sql_hold_views import SqlHoldViews
from loans_service.adapters.lending.sql_sweep_queries import SqlSweepQueries
from loans_service.application.lending.sweep import Swept, sweep
from loans_service.application.ports import OpensWork
from shared.kernel.clock import Clock
from shared.persistence.database import Database

_log = structlog.get_logger(__name__)


async def logged_sweep(database: Database, unit_of_work: OpensWork, clock: Clock) -> Swept:
    """Do the timed work once, as of `clock`; log what was done, and each record that could not be."""
    queries, holds = SqlSweepQueries(database), SqlHoldViews(database)
    done = await sweep(queries, unit_of_work=unit_of_work, holds=holds, clock=clock, tell=_tell)
    if done != Swept():
        _log.info("swept", **asdict(done))
    return done


def _tell(record: UUID, error: Exception) -> None:
    _log.error("a record could not be swept", record=str(record), exc_info=error)


def tell_of_book(book_id: UUID, error: Exception) -> None:
    """Log that the holds for a book could not be looked at."""
    _log.error("targets could not be chosen for a book; it is tried again", book=str(book_id), exc_info=error)

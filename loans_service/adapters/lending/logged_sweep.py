"""Log what the timed work did, and what failed."""

from dataclasses import asdict
from uuid import UUID

import structlog

from loans_service.application.lending.sweep import Sweep, Swept

_log = structlog.get_logger(__name__)


async def logged_sweep(sweep: Sweep) -> Swept:
    """Do the timed work once, and log what was done."""
    done = await sweep()
    if done != Swept():
        _log.info("swept", **asdict(done))
    return done


def log_sweep_failure(record: UUID, error: Exception) -> None:
    """Log a record that could not be swept."""
    _log.error("a record could not be swept", record=str(record), exc_info=error)


def log_target_failure(book_id: UUID, error: Exception) -> None:
    """Log that the holds for a book could not be looked at."""
    _log.error("the holds for a book could not be looked at; this is tried again", book=str(book_id), exc_info=error)

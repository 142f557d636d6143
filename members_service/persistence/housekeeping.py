"""Throws away what the service no longer needs, beside what every service throws away."""

from members_service.persistence.audit import remove_expired_records
from members_service.persistence.identity.attempts import forget_what_is_over
from shared.kernel.clock import Clock
from shared.persistence.database import Database


async def forget_what_has_expired(database: Database, clock: Clock) -> None:
    """Do one round: tries and steps that are over, and audit records that were kept long enough."""
    async with database.session() as session, session.begin():
        await forget_what_is_over(session, now=clock.now())
    await remove_expired_records(database)
    await database.empty_log()  # an erasure may have met a reader that kept it from doing so

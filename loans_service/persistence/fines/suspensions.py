"""Suspensions for lateness in the database."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, and_, bindparam, func, insert, select, update

from loans_service.domain.fines.lateness_suspension import LatenessSuspension
from loans_service.persistence.fines.fine_tables import lateness_suspensions
from loans_service.persistence.locks import book_key
from loans_service.persistence.tables import loans
from shared.persistence.statements import Prepared, Runs

_ROWS, _TABLE = lateness_suspensions, lateness_suspensions.c
SUSPENDED_UNTIL = (
    select(func.max(_TABLE.ends_on))
    .where(_TABLE.member_id == bindparam("member_id", type_=Uuid()), _TABLE.lifted_at.is_(None))
    .scalar_subquery()
    .label("suspended_until")
)
"""The last day of a member's suspensions, which may be over; NULL without any."""
_LOCK = Prepared(select(func.pg_advisory_xact_lock(bindparam("member_lock", type_=BigInteger)).label("locked")))
_UNTIL = Prepared(select(SUSPENDED_UNTIL))
_FACTS = ("member_id", "loan_id", "starts_on", "ends_on", "days", "made_at")
_NEW = Prepared(
    insert(lateness_suspensions).values(
        suspension_id=bindparam("suspension_id"), **{name: bindparam(name) for name in _FACTS}
    )
)
_NOT_OVER = and_(
    _TABLE.member_id == bindparam("of_member"), _TABLE.lifted_at.is_(None), _TABLE.ends_on >= bindparam("today")
)
_BRANCHES = Prepared(select(loans.c.branch).join(_ROWS, loans.c.loan_id == _TABLE.loan_id).where(_NOT_OVER).distinct())
_LIFT = Prepared(
    update(lateness_suspensions)
    .where(_NOT_OVER)
    .values(lifted_at=bindparam("now"), lifted_by=bindparam("by"), why_lifted=bindparam("why"))
    .returning(_TABLE.ends_on)
)


class LatenessSuspensions:
    """The suspensions for lateness on record.

    Their lock is taken after those of borrower and book, and nothing after it, so that there are no deadlocks.
    """

    def __init__(self, run: Runs, *, by: str, on_sqlite: bool) -> None:
        self._run = run
        self._by = by
        self._on_sqlite = on_sqlite

    async def lock(self, member_id: UUID) -> None:
        """Lock the suspensions of a member until this transaction ends."""
        if not self._on_sqlite:
            await self._run(_LOCK, member_lock=book_key(member_id))

    async def until(self, member_id: UUID) -> date | None:
        """Return the last day of a member's suspensions, which may be over; None without any."""
        (row,) = await self._run(_UNTIL, member_id=member_id)
        until: date | None = row.suspended_until
        return until

    async def add(self, suspension: LatenessSuspension) -> None:
        facts: dict[str, Any] = {name: getattr(suspension, name) for name in _FACTS}
        await self._run(_NEW, suspension_id=suspension.id, **facts)

    async def branches(self, member_id: UUID, *, today: date) -> list[str]:
        """Return the branches of the loans for which a member is suspended now, in their order."""
        return sorted(row.branch for row in await self._run(_BRANCHES, of_member=member_id, today=today))

    async def lift(self, member_id: UUID, *, why: str, today: date, now: datetime) -> date | None:
        """Lift the suspensions of a member that are not over; return the last day of them, None without any."""
        rows = await self._run(_LIFT, of_member=member_id, today=today, now=now, by=self._by, why=why)
        return max((row.ends_on for row in rows), default=None)

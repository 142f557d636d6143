"""Gauges of circulation, which the relay measures for Prometheus."""

from datetime import datetime

from prometheus_client import Gauge
from sqlalchemy import func, select

from loans_service.persistence.holds.holds import IS_READY, IS_WAITING
from loans_service.persistence.lending.loans import IS_WITH_BORROWER
from loans_service.persistence.tables import holds, loans
from shared.persistence.database import Database

_loans_open = Gauge("loans_open", "Copies that are with borrowers.")
_loans_overdue = Gauge("loans_overdue", "Of these, past their due date.")
_holds_waiting = Gauge("holds_waiting", "Members who wait for a copy.")
_holds_ready = Gauge("holds_ready", "Copies that wait on the hold shelf.")


async def measure(database: Database, *, now: datetime) -> None:
    """Count, in one statement on the indexes of what is open."""
    count = select(func.count())
    of_loans = count.select_from(loans).where(IS_WITH_BORROWER)
    counts = (
        of_loans.scalar_subquery(),
        of_loans.where(loans.c.due_at < now).scalar_subquery(),
        count.select_from(holds).where(IS_WAITING).scalar_subquery(),
        count.select_from(holds).where(IS_READY).scalar_subquery(),
    )
    (row,) = await database.rows(select(*counts))
    for gauge, number in zip((_loans_open, _loans_overdue, _holds_waiting, _holds_ready), row, strict=True):
        gauge.set(number)

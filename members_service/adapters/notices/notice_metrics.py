"""Gauges of notices, which the relay measures for Prometheus."""

from datetime import datetime

from prometheus_client import Counter, Gauge
from sqlalchemy import func, select

from members_service.application.notices.read_bounces import Outcome
from members_service.domain.notices.message import MessageState
from members_service.domain.notices.notice import NoticeState
from members_service.persistence.notices.tables import is_pending, notice_messages, notices
from shared.persistence.database import Database

_SHOWN = (MessageState.READY, MessageState.UNCERTAIN, MessageState.FAILED, MessageState.BOUNCED)

_oldest = Gauge("notices_oldest_age_seconds", "How long the longest waiting notice is due; 0 when none is.")
_unreachable = Gauge("notices_unreachable", "Notices whose members are reached by no way.")
_messages = Gauge("notice_messages", "Messages that wait, or that somebody has to look at, by their state.", ("state",))
_came_back = Counter("notice_mails_came_back_total", "Mails read from the mailbox of what comes back.", ("outcome",))


def count_what_came_back(outcome: Outcome) -> None:
    """Count a mail that was read from the mailbox."""
    _came_back.labels(outcome.value).inc()


async def measure_notices(database: Database, *, now: datetime) -> None:
    """Count what waits, on the indexes of it."""
    c = notice_messages.c
    oldest = select(func.min(notices.c.due_at)).where(is_pending, notices.c.due_at <= now)
    (row,) = await database.rows(oldest)
    _oldest.set(0 if row[0] is None else (now - row[0]).total_seconds())
    unreachable = select(func.count()).select_from(notices)
    (row,) = await database.rows(unreachable.where(notices.c.state == NoticeState.UNREACHABLE.value))
    _unreachable.set(row[0])
    counted = select(c.state, func.count()).where(c.state.in_([one.value for one in _SHOWN])).group_by(c.state)
    counts = {row[0]: row[1] for row in await database.rows(counted)}
    for state in _SHOWN:
        _messages.labels(state.value).set(counts.get(state.value, 0))

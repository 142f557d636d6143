"""The audit trail in the database, which lets nobody change a record, or remove one before its time; and in the log."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from members_service.application.privacy.audit_views import AuditFilter, AuditView
from members_service.domain.audit import AuditRecord
from members_service.domain.identity.attempts import network_of
from members_service.persistence.audit_tables import audit_records, audit_retention
from members_service.persistence.data_keys import DataKeys
from shared.kernel.ids import new_id
from shared.kernel.made_from import made_from
from shared.persistence.database import Database

_SHOWN_BYTES = 12  # of a digest: enough to tell networks apart
_REMOVED_AT_ONCE = 1_000
# The function belongs to the role that migrates and knows for how long records are kept: whoever serves may not remove
# any record by themselves. SQLite has no roles; there the same condition stands here and in the table's trigger.
_REMOVE_ON_POSTGRESQL = text("SELECT remove_expired_audit_records(:most)")
_REMOVE_ON_SQLITE = text(
    """
    DELETE FROM audit_records WHERE record_id IN (
        SELECT record_id FROM audit_records
        WHERE "at" < (SELECT datetime('now', '-' || kept_days || ' days') FROM audit_retention)
        ORDER BY "at" LIMIT :most
    )
    """
)

_log = structlog.get_logger(__name__)


class Audit:
    """Implements `work.Audit` inside somebody's transaction."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._added: list[AuditRecord] = []

    def add(self, record: AuditRecord) -> None:
        self._added.append(record)

    async def write(self) -> None:
        """Write what was added; part of the commit."""
        if self._added:
            await self._session.execute(insert(audit_records), [self._row(record) for record in self._added])

    def tell(self) -> None:
        """Put what is kept now into the log, too."""
        for record in self._added:
            ids = {"account_id": record.account_id, "member_id": record.member_id, "client_id": record.client_id}
            told = {name: str(value) for name, value in ids.items() if value is not None} | dict(record.facts)
            _log.info("audit record", **{"event.action": str(record.action), "user.id": record.by}, **told)
        self._added.clear()

    def _row(self, record: AuditRecord) -> dict[str, Any]:
        return {
            "record_id": new_id(),
            "action": record.action,
            "at": record.at,
            "by": record.by,
            "account_id": record.account_id,
            "member_id": record.member_id,
            "client_id": record.client_id,
            "network": None if record.address is None else self._network(record.address),
            "facts": dict(record.facts),
        }

    def _network(self, address: str) -> str:
        return self._keys.digest(network_of(address), purpose="network")[:_SHOWN_BYTES].hex()


class AuditQueries:
    """Implements `audit_views.AuditViews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def records(
        self, wanted: AuditFilter, *, limit: int | None, before: tuple[datetime, UUID] | None
    ) -> list[AuditView]:
        at, record_id = audit_records.c.at, audit_records.c.record_id
        query = select(audit_records).where(*_conditions(wanted)).order_by(at.desc(), record_id.desc()).limit(limit)
        if before is not None:
            moment, last = before
            query = query.where(or_(at < moment, and_(at == moment, record_id < last)))
        return [_view(row) for row in await self._database.rows(query)]


async def keep_records_for(connection: AsyncConnection, *, days: int) -> None:
    """Note for how many days records are kept; only the role that migrates may."""
    await connection.execute(update(audit_retention).values(kept_days=days))


async def remove_expired_records(database: Database) -> int:
    """Remove the records that have been kept long enough, some at a time; return how many."""
    removed = 0
    while some := await _remove_some(database):
        removed += some
    if removed:
        _log.info("audit records expired", records=removed)
    return removed


async def _remove_some(database: Database) -> int:
    async with database.engine.begin() as connection:
        if database.dialect == "postgresql":
            return int((await connection.execute(_REMOVE_ON_POSTGRESQL, {"most": _REMOVED_AT_ONCE})).scalar_one())
        return (await connection.execute(_REMOVE_ON_SQLITE, {"most": _REMOVED_AT_ONCE})).rowcount


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    equal = {
        "action": wanted.action,
        "by": wanted.by,
        "account_id": wanted.account_id,
        "member_id": wanted.member_id,
    }
    found = [audit_records.c[name] == value for name, value in equal.items() if value is not None]
    if wanted.about:
        found.append(or_(audit_records.c.member_id.in_(wanted.about), audit_records.c.account_id.in_(wanted.about)))
    if wanted.since is not None:
        found.append(audit_records.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(audit_records.c.at < wanted.until)
    return found


def _view(row: Row[Any]) -> AuditView:
    return made_from(row, AuditView, action=str(row.action))

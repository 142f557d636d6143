"""The audit trail in the database, which lets nobody change or remove a record; and one log line for each."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Row, and_, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.sql_tables import audit_records
from members_service.application.account_views import AuditFilter, AuditView
from members_service.domain.attempts import network_of
from members_service.domain.audit import AuditRecord
from shared.kernel.ids import new_id
from shared.persistence.database import Database

_SHOWN_BYTES = 12  # of a digest: enough to tell networks apart

_log = structlog.get_logger(__name__)


class SqlAudit:
    """Implements `ports.Audit` inside somebody's transaction."""

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
            _log.info("audit record", **{"event.action": str(record.deed), "user.id": record.by}, **told)
        self._added.clear()

    def _row(self, record: AuditRecord) -> dict[str, Any]:
        return {
            "record_id": new_id(),
            "deed": record.deed,
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


class SqlAuditViews:
    """Implements `views.AuditViews`."""

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
        async with self._database.reading() as connection:
            return [_view(row) for row in await connection.execute(query)]


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    equal = {
        "deed": wanted.deed,
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
    return AuditView(
        record_id=row.record_id,
        deed=str(row.deed),
        at=row.at,
        by=row.by,
        account_id=row.account_id,
        member_id=row.member_id,
        client_id=row.client_id,
        network=row.network,
        facts=row.facts,
    )

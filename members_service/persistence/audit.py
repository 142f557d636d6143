"""The audit trail in the database, where no record is changed, or removed before its time, and in the log."""

from typing import Any

import structlog
from sqlalchemy import column, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from members_service.domain.audit import AuditRecord
from members_service.domain.networks import network_of
from members_service.persistence.audit_tables import audit_records, audit_retention
from members_service.persistence.data_keys import DataKeys
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.persistence.statements import Prepared

_NETWORK_BYTES = 12  # of a digest: enough to distinguish networks
_REMOVED_AT_ONCE = 1_000
# The function belongs to the role that migrates and knows for how long records are kept: whoever serves may not remove
# any record by themselves. SQLite has no roles; there the same condition stands here and in the table's trigger.
_ON_POSTGRESQL = "SELECT remove_expired_audit_records(:most)"
_ON_SQLITE = """
    DELETE FROM audit_records WHERE record_id IN (
        SELECT record_id FROM audit_records
        WHERE "at" < (SELECT datetime('now', '-' || kept_days || ' days') FROM audit_retention)
        ORDER BY "at" LIMIT :most
    ) RETURNING 1
    """
_REMOVE = Prepared(
    {
        dialect: text(statement).columns(column("removed"))
        for dialect, statement in (("postgresql", _ON_POSTGRESQL), ("sqlite", _ON_SQLITE))
    }
)

_log = structlog.get_logger(__name__)


class Audit:
    """The audit trail: append-only."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self._added: list[AuditRecord] = []

    def add(self, record: AuditRecord) -> None:
        """Add `record` to this transaction."""
        self._added.append(record)

    async def knows(self, record: AuditRecord) -> bool:
        """Return whether there is a record of the same action, of the same account, from the same network."""
        network = None if record.address is None else self._network(record.address)
        c = audit_records.c
        same = (c.account_id == record.account_id, c.action == record.action, c.network.is_not_distinct_from(network))
        query = select(c.record_id).where(*same).limit(1)
        return (await self._session.scalar(query)) is not None

    async def write(self) -> None:
        """Insert the records that were added; part of the commit."""
        if self._added:
            await self._session.execute(insert(audit_records), [self._row(record) for record in self._added])

    def log(self) -> None:
        """Write the records that were committed to the log, too."""
        for record in self._added:
            ids = {"account_id": record.account_id, "member_id": record.member_id, "client_id": record.client_id}
            fields = {name: str(value) for name, value in ids.items() if value is not None} | dict(record.facts)
            _log.info("audit record", **{"event.action": str(record.action), "user.id": record.by}, **fields)
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
        return self._keys.digest(network_of(address), purpose="network")[:_NETWORK_BYTES].hex()


async def keep_records_for(connection: AsyncConnection, *, days: int) -> None:
    """Set the retention of records in days; only the role that migrates may."""
    await connection.execute(update(audit_retention).values(kept_days=days))


async def remove_expired_records(database: Database) -> int:
    """Remove the records past their retention, some at a time; return how many."""
    removed = 0
    while some := await _remove_some(database):
        removed += some
    if removed:
        _log.info("audit records expired", records=removed)
    return removed


async def _remove_some(database: Database) -> int:
    async with database.begin() as transaction:
        rows = await transaction.run(_REMOVE, most=_REMOVED_AT_ONCE)
        await transaction.commit()
    return sum(row.removed for row in rows)

"""The tables of the audit trail."""

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, String, Table, Uuid

from members_service.persistence.schema import metadata
from shared.persistence.types import UtcDateTime

audit_records = Table(
    "audit_records",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("action", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100)),
    Column("account_id", Uuid),
    Column("member_id", Uuid),
    Column("client_id", String(100)),
    Column("network", String(24)),
    Column("facts", JSON, nullable=False),
    comment="Who did what to whose access or data. No foreign keys: a record outlives what it speaks of.",
)
Index("ix_audit_records_at", audit_records.c.at, audit_records.c.record_id)
for _name in ("action", "by", "account_id", "member_id"):
    Index(f"ix_audit_records_{_name}", audit_records.c[_name], audit_records.c.at, audit_records.c.record_id)

audit_retention = Table(
    "audit_retention",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    Column("kept_days", Integer, CheckConstraint("kept_days >= 90", name="long_enough"), nullable=False),
    comment="For how many days audit records are kept, in its one row. Only the role that migrates may write it.",
)

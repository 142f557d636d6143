"""The audit trail. The database itself refuses to change or remove a record."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0003"
down_revision = "0002"

_SAYS = "audit records are never changed"


def upgrade() -> None:
    op.create_table(
        "audit_records",
        sa.Column("record_id", sa.Uuid, primary_key=True),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100)),
        sa.Column("account_id", sa.Uuid),
        sa.Column("member_id", sa.Uuid),
        sa.Column("client_id", sa.String(100)),
        sa.Column("network", sa.String(24)),
        sa.Column("facts", sa.JSON, nullable=False),
        comment="Who did what to whose access or data. No foreign keys: a record outlives what it speaks of.",
    )
    op.create_index("ix_audit_records_at", "audit_records", ["at", "record_id"])
    for column in ("action", "by", "account_id", "member_id"):
        op.create_index(f"ix_audit_records_{column}", "audit_records", [column, "at", "record_id"])
    for statement in _on_postgresql() if op.get_bind().dialect.name == "postgresql" else _on_sqlite():
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_records")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_change_audit_records()")


def _on_postgresql() -> tuple[str, ...]:
    function = "refuse_to_change_audit_records()"
    return (
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$",
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records EXECUTE FUNCTION {function}",
    )


def _on_sqlite() -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER audit_records_no_{verb.lower()} BEFORE {verb} ON audit_records "
        f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        for verb in ("UPDATE", "DELETE")
    )

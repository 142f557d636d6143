"""The audit trail: the database itself lets nobody change a record, or remove one that has not expired."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0002"
down_revision = "0001"

_KEPT_DAYS = 1095
_NEVER_CHANGED = "audit records are never changed"
_KEPT = "audit records are kept until they expire"

_REFUSE_CHANGE = "refuse_to_change_audit_records()"
_REFUSE_REMOVAL = "refuse_to_remove_audit_records()"
_REMOVE_EXPIRED = "remove_expired_audit_records(integer)"
_PATH = "SET search_path = pg_catalog, pg_temp"


def upgrade() -> None:
    _create_records()
    _create_retention()
    for statement in _on_postgresql() if _is_postgresql() else _on_sqlite():
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_records")
    op.drop_table("audit_retention")
    if _is_postgresql():
        for function in (_REMOVE_EXPIRED, _REFUSE_REMOVAL, _REFUSE_CHANGE):
            op.execute(f"DROP FUNCTION {function}")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _create_records() -> None:
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


def _create_retention() -> None:
    retention = op.create_table(
        "audit_retention",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kept_days", sa.Integer, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.CheckConstraint("kept_days >= 90", name="long_enough"),
        comment="For how many days audit records are kept, in its one row. Only the role that migrates may write it.",
    )
    op.bulk_insert(retention, [{"id": 1, "kept_days": _KEPT_DAYS}])


def _on_postgresql() -> tuple[str, ...]:
    """The functions name every table in full: nobody puts one of their own before it."""
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    expired = f"at < now() - (SELECT make_interval(days => kept_days) FROM {schema}.audit_retention)"  # noqa: S608 - quoted
    return (
        f"""
        CREATE FUNCTION {_REFUSE_CHANGE} RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION '{_NEVER_CHANGED}'; END $$
        """,
        f"CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit_records EXECUTE FUNCTION {_REFUSE_CHANGE}",
        f"""
        CREATE FUNCTION {_REFUSE_REMOVAL} RETURNS trigger LANGUAGE plpgsql {_PATH} AS $$
        BEGIN
            IF (OLD.{expired}) IS NOT TRUE THEN
                RAISE EXCEPTION '{_KEPT}';
            END IF;
            RETURN OLD;
        END $$
        """,
        f"""
        CREATE TRIGGER kept_long_enough BEFORE DELETE ON audit_records
        FOR EACH ROW EXECUTE FUNCTION {_REFUSE_REMOVAL}
        """,
        _function_that_removes(f"{schema}.audit_records", expired),
        f"REVOKE ALL ON FUNCTION {_REMOVE_EXPIRED} FROM PUBLIC",
    )


def _function_that_removes(records: str, expired: str) -> str:
    """It runs with the rights of the role that migrates.

    Whoever serves may call it, but not say how old is old enough; that and the clock are the database's own.
    """
    return f"""
        CREATE FUNCTION {_REMOVE_EXPIRED.replace("integer", "most integer")} RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER {_PATH} AS $$
        DECLARE
            removed integer;
        BEGIN
            DELETE FROM {records} WHERE record_id IN (
                SELECT record_id FROM {records} WHERE {expired}
                ORDER BY at, record_id LIMIT least(greatest(most, 0), 10000) FOR UPDATE SKIP LOCKED
            );
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN removed;
        END $$
        """  # noqa: S608 - no word of it is from outside


def _on_sqlite() -> tuple[str, ...]:
    expired = "old.at < (SELECT datetime('now', '-' || kept_days || ' days') FROM audit_retention)"
    too_young = f"WHEN ({expired}) IS NOT TRUE"
    return (
        f"CREATE TRIGGER audit_records_no_update BEFORE UPDATE ON audit_records {_refuse(_NEVER_CHANGED)}",
        f"CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records {too_young} {_refuse(_KEPT)}",
    )


def _refuse(why: str) -> str:
    return f"BEGIN SELECT RAISE(ABORT, '{why}'); END"

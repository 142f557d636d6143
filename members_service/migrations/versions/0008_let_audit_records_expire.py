"""Audit records end some day: the database lets those be removed that were kept for as long as its owner says."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_KEPT_DAYS = 1095
_SAYS = "audit records are kept until they expire"
_FUNCTIONS = ("remove_expired_audit_records(integer)", "refuse_to_remove_audit_records()")


def upgrade() -> None:
    kept = op.create_table(
        "audit_retention",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kept_days", sa.Integer, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.CheckConstraint("kept_days >= 90", name="long_enough"),
        comment="For how many days audit records are kept, in its one row. Only the role that migrates may write it.",
    )
    op.execute(sa.insert(kept).values(id=1, kept_days=_KEPT_DAYS))
    for statement in _on_postgresql() if _is_postgresql() else _on_sqlite():
        op.execute(statement)


def downgrade() -> None:
    if _is_postgresql():
        op.execute("DROP TRIGGER kept_long_enough ON audit_records")
        for function in _FUNCTIONS:
            op.execute(f"DROP FUNCTION {function}")
        op.execute("DROP TRIGGER append_only ON audit_records")
        op.execute(_append_only("UPDATE OR DELETE OR TRUNCATE"))
    else:
        op.execute("DROP TRIGGER audit_records_no_delete")
        op.execute(_guard_on_sqlite("", "audit records are never changed"))
    op.drop_table("audit_retention")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _append_only(verbs: str) -> str:
    return (
        f"CREATE TRIGGER append_only BEFORE {verbs} ON audit_records EXECUTE FUNCTION refuse_to_change_audit_records()"
    )


def _on_postgresql() -> tuple[str, ...]:
    """The functions name every table in full: nobody puts one of their own before it.

    The one that removes runs with the rights of the role that migrates. Whoever serves may call it, but not say how old
    is old enough; that and the clock are the database's own.
    """
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    path = "SET search_path = pg_catalog, pg_temp"
    until = f"now() - (SELECT make_interval(days => kept_days) FROM {schema}.audit_retention)"  # noqa: S608 - quoted
    remove, refuse = _FUNCTIONS
    return (
        "DROP TRIGGER append_only ON audit_records",
        _append_only("UPDATE OR TRUNCATE"),
        f"""
        CREATE FUNCTION {refuse} RETURNS trigger LANGUAGE plpgsql {path} AS $$
        BEGIN
            IF (OLD.at < {until}) IS NOT TRUE THEN
                RAISE EXCEPTION '{_SAYS}';
            END IF;
            RETURN OLD;
        END $$
        """,
        f"CREATE TRIGGER kept_long_enough BEFORE DELETE ON audit_records FOR EACH ROW EXECUTE FUNCTION {refuse}",
        f"""
        CREATE FUNCTION {remove.replace("integer", "most integer")} RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER {path} AS $$
        DECLARE
            removed integer;
        BEGIN
            DELETE FROM {schema}.audit_records WHERE record_id IN (
                SELECT record_id FROM {schema}.audit_records WHERE at < {until}
                ORDER BY at, record_id LIMIT least(greatest(most, 0), 10000) FOR UPDATE SKIP LOCKED
            );
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN removed;
        END $$
        """,  # noqa: S608 - no word of it is from outside
        f"REVOKE ALL ON FUNCTION {remove} FROM PUBLIC",
    )


def _on_sqlite() -> tuple[str, ...]:
    expired = "old.at < (SELECT datetime('now', '-' || kept_days || ' days') FROM audit_retention)"
    return ("DROP TRIGGER audit_records_no_delete", _guard_on_sqlite(f"WHEN ({expired}) IS NOT TRUE", _SAYS))


def _guard_on_sqlite(when: str, says: str) -> str:
    return (
        f"CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records {when} "
        f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
    )

"""The history of books and copies is only ever added to, and knows who sent in a file."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SAYS = "the history of books and copies is never changed"
_FUNCTION = "refuse_to_change_history()"


def upgrade() -> None:
    op.add_column("imports", sa.Column("by", sa.String(100)))
    for statement in _on_postgresql() if op.get_bind().dialect.name == "postgresql" else _on_sqlite():
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER append_only ON changes")
        op.execute(f"DROP FUNCTION {_FUNCTION}")
    else:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER changes_no_{verb}")
    op.drop_column("imports", "by")


def _on_postgresql() -> tuple[str, ...]:
    return (
        f"CREATE FUNCTION {_FUNCTION} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$",
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON changes EXECUTE FUNCTION {_FUNCTION}",
    )


def _on_sqlite() -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER changes_no_{verb.lower()} BEFORE {verb} ON changes BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        for verb in ("UPDATE", "DELETE")
    )

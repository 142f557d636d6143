"""What the migrations of all services have in common."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import BigNumber, UtcDateTime

IMPORT_FILES = ("import_pieces", "import_errors")
"""The tables that `create_import_files` makes."""

MACHINERY = ("outbox", "inbox", "receipts", "cursor_keys")
"""The tables that `create_machinery` makes."""


def create_index(
    name: str, table: str, *columns: str | sa.TextClause, where: str | None = None, unique: bool = False
) -> None:
    """Create an index, a partial one if `where` is given."""
    rows = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=rows, sqlite_where=rows)


def create_machinery() -> None:
    """Make the tables that carry events, receipts and cursors, as they were first.

    This is part of migrations that have run, so it never changes: what comes later is a migration of each service.
    """
    op.create_table(
        "outbox",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.String(100)),
        sa.Column("traceparent", sa.String(60)),
        sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("listener", sa.String(60), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "receipts",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "cursor_keys",
        sa.Column("cursor_key_id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
    )


def create_import_files(sealed: str | None = None) -> None:
    """Make `import_pieces` and `import_errors`, which belong to `imports`, as they were first.

    `sealed` is a comment on what the pieces contain. This never changes either.
    """
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False, comment=sealed),
        comment="The files of unfinished imports, in pieces, so that any worker can read them.",
    )
    op.create_table(
        "import_errors",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("identifier", sa.String(100)),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )

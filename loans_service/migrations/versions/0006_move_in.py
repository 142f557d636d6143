"""Mark events of what came with an import; imports in hand, and which record became what."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0006"
down_revision = "0005"

_TABLES = ("imports", "import_pieces", "import_errors", "imported_records")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()))
    counts = ("read", "created", "updated", "skipped", "failed", "errors")
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Uuid, primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("mapping", sa.JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("by", sa.String(100)),
    )
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
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
    op.create_table(
        "imported_records",
        sa.Column("what", sa.String(10), primary_key=True),
        sa.Column("record_key", sa.Uuid, primary_key=True),
        sa.Column("thing_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.Uuid, nullable=False),
        comment="By what a record is recognised that comes again, what it became, and what it said; all digests.",
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("imported")

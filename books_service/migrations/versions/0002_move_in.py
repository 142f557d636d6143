"""Imports in hand."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import IMPORT_FILES, create_import_files, create_index
from shared.persistence.types import UtcDateTime

revision = "0002"
down_revision = "0001"

_TABLES = ("imports", *IMPORT_FILES)


def upgrade() -> None:
    counts = ("read", "created", "updated", "skipped", "failed", "errors")
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Uuid, primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("lease", sa.Uuid),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("by", sa.String(100)),
        sa.Column("left_out", sa.JSON, nullable=False, server_default=sa.text("'{}'")),
        *(
            sa.Column(f"copies_{count}", sa.Integer, nullable=False, server_default=sa.text("0"))
            for count in counts[1:5]
        ),
    )
    create_index("ix_imports_unfinished", "imports", "created_at", where="state IN ('queued', 'running')")
    create_import_files()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)

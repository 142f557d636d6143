"""Imports in hand, and which record became what."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import IMPORT_FILES, create_import_files
from shared.persistence.types import UtcDateTime

revision = "0003"
down_revision = "0002"

_TABLES = ("imports", *IMPORT_FILES, "imported_records")


def upgrade() -> None:
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
        sa.Column("left_out", sa.JSON, nullable=False, server_default=sa.text("'{}'")),
    )
    create_import_files()
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

"""Copies that are kept though nobody borrows them, and since when copies have been missing."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_index

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("copies", sa.Column("keep_reason", sa.String(200)))
    create_index("ix_copies_missing", "copies", "status_since", "copy_id", where="status = 'missing'")


def downgrade() -> None:
    op.drop_index("ix_copies_missing", "copies")
    op.drop_column("copies", "keep_reason")

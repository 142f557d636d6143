"""By which key of another system a merged record came: a file that brings it again says nothing new."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    key = sa.Column("external_id", sa.String(200), comment="The key that another system has for it, too.")
    op.add_column("merged_members", key)
    op.create_index("ix_merged_members_external_id", "merged_members", ["external_id"])


def downgrade() -> None:
    op.drop_index("ix_merged_members_external_id", "merged_members")
    op.drop_column("merged_members", "external_id")

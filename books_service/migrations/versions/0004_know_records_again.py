"""What records of files became, and what they said: a file that comes again takes nothing back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "imported_records",
        sa.Column("record_key", sa.Uuid, primary_key=True),
        sa.Column("thing_id", sa.Uuid, primary_key=True),
        sa.Column("digests", sa.Text, nullable=False),
        comment="By what a record of a file is recognised, which book or copy it became, and digests of what it said.",
    )


def downgrade() -> None:
    op.drop_table("imported_records")

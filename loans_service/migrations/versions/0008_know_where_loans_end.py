"""The zone in which a loan of a branch without a calendar ends."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("loans", sa.Column("timezone", sa.String(64)))


def downgrade() -> None:
    op.drop_column("loans", "timezone")

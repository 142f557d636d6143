"""A first table, made slowly enough for another process to meet this one at it."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("things", sa.Column("thing_id", sa.Integer, primary_key=True))
    time.sleep(0.5)
    op.execute("INSERT INTO things VALUES (1)")


def downgrade() -> None:
    op.drop_table("things")

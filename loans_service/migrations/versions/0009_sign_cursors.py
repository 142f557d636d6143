"""Cursors are signed, under a key that all processes of the service share; the first that needs it draws it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "cursor_keys",
        sa.Column("cursor_key_id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("cursor_key_id", name="pk_cursor_keys"),
    )


def downgrade() -> None:
    op.drop_table("cursor_keys")

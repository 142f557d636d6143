"""A note of a copy that only staff read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("copies", sa.Column("staff_note", sa.String(200)))


def downgrade() -> None:
    op.drop_column("copies", "staff_note")

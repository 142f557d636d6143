"""Which volume of its book a hold is for, and of which volume copies are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_COLUMNS = (("holds", "volume"), ("holds", "volume_key"), ("reported_copies", "volume_key"))


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text))


def downgrade() -> None:
    for table, column in _COLUMNS:
        op.drop_column(table, column)

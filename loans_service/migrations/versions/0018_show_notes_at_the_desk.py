"""What staff write of a copy, as books last told, so that a return shows it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("reported_copies", sa.Column("staff_note", sa.Text()))


def downgrade() -> None:
    op.drop_column("reported_copies", "staff_note")

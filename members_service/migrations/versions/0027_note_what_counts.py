"""What each entry of a history counted for, by which figures are counted again."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("history_entries", sa.Column("counted", sa.JSON, comment="What it counted for."))


def downgrade() -> None:
    op.drop_column("history_entries", "counted")

"""What each change of a book or copy counted for, by which figures are counted again."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("changes", sa.Column("counted", sa.JSON, comment="What it counted for."))


def downgrade() -> None:
    op.drop_column("changes", "counted")

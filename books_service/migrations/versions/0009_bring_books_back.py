"""How a removed book came in, in case that it is brought back."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("gone_books", sa.Column("source", sa.JSON))


def downgrade() -> None:
    op.drop_column("gone_books", "source")

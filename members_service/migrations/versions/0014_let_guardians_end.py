"""The last day of a guardian or proxy."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("guardians", sa.Column("until", sa.Date))


def downgrade() -> None:
    op.drop_column("guardians", "until")

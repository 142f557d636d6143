"""Under which lease an import is worked on, so that a slow worker writes nothing after another has taken it over."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("imports", sa.Column("lease", sa.Uuid))


def downgrade() -> None:
    op.drop_column("imports", "lease")

"""In which branch a block counts."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("blocks", sa.Column("branch", sa.String(40), comment="Where it counts; everywhere if null."))


def downgrade() -> None:
    op.drop_column("blocks", "branch")

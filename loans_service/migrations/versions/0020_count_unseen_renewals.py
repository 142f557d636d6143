"""How often a loan was renewed since its copy was last seen."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("loans", sa.Column("unseen_renewals", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("loans", "unseen_renewals")

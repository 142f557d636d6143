"""From when on a version of the policy is in force, if it was stored before that."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("policies", sa.Column("starts_at", UtcDateTime))


def downgrade() -> None:
    op.drop_column("policies", "starts_at")

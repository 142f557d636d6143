"""From when on a version of the policy is in force, if it was stored before that."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    comment = "It counts from then on, before all that start earlier or never say; of several the last version."
    op.add_column("policies", sa.Column("starts_at", UtcDateTime, comment=comment))


def downgrade() -> None:
    op.drop_column("policies", "starts_at")

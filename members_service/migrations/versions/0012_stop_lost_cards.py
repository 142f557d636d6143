"""Several cards that work, and cards that were stopped because they are lost."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("cards", sa.Column("kept_at", UtcDateTime, comment="Kept beside a newer card, not merged."))
    op.add_column("cards", sa.Column("stopped_at", UtcDateTime))


def downgrade() -> None:
    op.drop_column("cards", "stopped_at")
    op.drop_column("cards", "kept_at")

"""The reminders that a loan was made with, where its rule names its own; when it was shortened for a recall."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("loans", sa.Column("reminder_terms", sa.JSON))
    op.add_column("loans", sa.Column("recalled_at", UtcDateTime))


def downgrade() -> None:
    op.drop_column("loans", "recalled_at")
    op.drop_column("loans", "reminder_terms")
